/** The file of `overrides.per_tenant_override_config`: limits of single tenants. */
import { expandEnv, ExpansionError } from './expand-env.ts';
import { parseYaml } from './parse-yaml.ts';
import { ConfigError, type ConfigProblem, type ConfigWarning } from './problem.ts';
import { ReadContext } from './read-context.ts';
import { deepFreeze } from './same-value.ts';
import { scopedLimits, usesLegacyLimits } from './schema/legacy-limits.ts';
import { limitsSchema, type Limits } from './schema/limits.ts';
import { LEGACY_WARNING } from './schema/overrides.ts';
import { describeNode, type MapEntry, type SourceNode } from './source-node.ts';
import { explainUnknownKey, indexPaths } from './unknown-key.ts';

export interface ParseOverridesOptions {
  /** Name of the file in positions. */
  readonly source: string;
  /** Replaces `${VAR}` when given, as `-config.expand-env` does for the main file. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** What a per-tenant file says. */
export interface TenantLimits {
  /** Limits by tenant; `*` stands for tenants that are not listed. */
  readonly limits: ReadonlyMap<string, Limits>;
  /** Dotted paths of the limits each tenant sets. */
  readonly settings: ReadonlyMap<string, readonly string[]>;
  readonly warnings: readonly ConfigWarning[];
}

const limitPaths = indexPaths(limitsSchema);

/**
 * Reads the text of a per-tenant file. What an entry leaves out is zero, not the default: an entry
 * replaces the defaults. Throws {@link ConfigError} with every problem found.
 */
export function parseTenantLimits(text: string, options: ParseOverridesOptions): TenantLimits {
  const { node, problems } = parseYaml(expand(text, options), options.source);
  if (!node) throw new ConfigError(problems);
  const context = new ReadContext(limitPaths);
  const limits = new Map<string, Limits>();
  for (const entry of tenantEntries(node, context))
    limits.set(entry.key, readTenant(entry, context.at('overrides').at(entry.key)));
  if (context.problems.length > 0) throw new ConfigError(context.problems);
  const settings = new Map<string, string[]>([...limits.keys()].map((tenant) => [tenant, []]));
  for (const tenant of limits.keys()) {
    const prefix = `overrides.${tenant}.`;
    const paths = [...context.positions.keys()].filter((path) => path.startsWith(prefix));
    settings.get(tenant)!.push(...paths.map((path) => path.slice(prefix.length)));
  }
  return { limits, settings, warnings: context.warnings };
}

function expand(text: string, options: ParseOverridesOptions): string {
  const { env, source } = options;
  if (!env) return text;
  try {
    return expandEnv(text, (name) => env[name]);
  } catch (error) {
    if (!(error instanceof ExpansionError)) throw error;
    const problem: ConfigProblem = {
      code: 'invalid_expansion',
      path: '',
      source,
      line: text.slice(0, error.offset).split('\n').length,
      column: 1,
      message: error.message,
    };
    throw new ConfigError([problem]);
  }
}

/** The entries of the only section the file has. */
function tenantEntries(node: SourceNode, context: ReadContext): readonly MapEntry[] {
  if (node.kind === 'null') return [];
  if (node.kind !== 'map') {
    const message = `${describeNode(node)} is given where the section overrides is expected`;
    context.problem(node.position, 'wrong_type', message);
    return [];
  }
  const place = { siblings: ['overrides'], parentPath: '', pathsByKey: new Map() };
  for (const { key, position } of node.entries)
    if (key !== 'overrides')
      context.at(key).problem(position, 'unknown_key', explainUnknownKey(key, place));
  const tenants = node.entries.find((entry) => entry.key === 'overrides')?.value;
  if (!tenants || tenants.kind === 'null') return [];
  // An entry without a value is none: the tenant has the limits of `*` or the defaults.
  if (tenants.kind === 'map') return tenants.entries.filter(({ value }) => value.kind !== 'null');
  const message = `${describeNode(tenants)} is given where tenants are expected`;
  context.at('overrides').problem(tenants.position, 'wrong_type', message);
  return [];
}

function readTenant(entry: MapEntry, context: ReadContext): Limits {
  const { value } = entry;
  if (value.kind !== 'map') return deepFreeze(limitsSchema.read(value, context, limitsSchema.zero));
  const legacy = usesLegacyLimits(value, context);
  if (legacy) context.warn(value.position, LEGACY_WARNING.message, LEGACY_WARNING.explain);
  const scoped = legacy ? scopedLimits(value.entries, value) : value;
  return deepFreeze(limitsSchema.read(scoped, context, limitsSchema.zero));
}
