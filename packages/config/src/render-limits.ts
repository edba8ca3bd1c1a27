/** Limits as YAML, for `/status/runtime_config` and `/status/overrides`. Secrets are masked. */
import type { YamlValue } from './field.ts';
import { yamlDocument } from './render-config.ts';
import { sameValue } from './same-value.ts';
import { limitsSchema, type Limits } from './schema/limits.ts';

/** What `/status/runtime_config` shows. */
export interface RuntimeConfig {
  readonly defaults: Limits;
  readonly tenants: ReadonlyMap<string, Limits>;
}

/** The limits of one tenant, without what is zero. */
export function renderLimits(limits: Limits): string {
  const written = writeNonZero(limits);
  return Object.keys(written).length === 0 ? '' : yamlDocument(written).slice('---\n'.length);
}

/**
 * Defaults and the limits of all tenants. With `diff` only what tenants have otherwise than the
 * defaults.
 */
export function renderTenantLimits(config: RuntimeConfig, mode: 'full' | 'diff' = 'full'): string {
  const tenants = [...config.tenants];
  if (mode === 'full') {
    const overrides = Object.fromEntries(tenants.map(([id, limits]) => [id, writeNonZero(limits)]));
    return yamlDocument({ defaults: writeNonZero(config.defaults), overrides });
  }
  const changed = tenants.map(
    ([id, limits]) => [id, writeChanged(limits, config.defaults)] as const,
  );
  return yamlDocument({ overrides: Object.fromEntries(changed) });
}

function writeNonZero(limits: Limits): Record<string, YamlValue> {
  return asMap(
    limitsSchema.write(limits, {
      path: '',
      keep: (_path, field, value) => !sameValue(value, field.zero),
    }),
  );
}

function writeChanged(limits: Limits, defaults: Limits): Record<string, YamlValue> {
  const keep = (path: string, _field: unknown, value: unknown) =>
    !sameValue(value, valueAt(defaults, path));
  return asMap(limitsSchema.write(limits, { path: '', keep }));
}

function valueAt(limits: Limits, path: string): unknown {
  return path.split('.').reduce<unknown>((value, key) => {
    return (value as Readonly<Record<string, unknown>> | undefined)?.[key];
  }, limits);
}

function asMap(value: YamlValue | undefined): Record<string, YamlValue> {
  return (value ?? {}) as Record<string, YamlValue>;
}
