/** `overrides`: the limits of tenants and where they come from. */
import { section, type SectionField } from '../composite-fields.ts';
import type { ValueOf } from '../field.ts';
import { bool, choice, duration, text } from '../scalar-fields.ts';
import type { MapNode, SourceNode } from '../source-node.ts';
import { isLegacyLimit, scopedLimits, usesLegacyLimits } from './legacy-limits.ts';
import { limitsSchema } from './limits.ts';
import { azureBackend, BACKENDS, gcsBackend, localBackend, s3Backend } from './storage.ts';

const scopedOverrides = section('Limits of tenants.', {
  defaults: limitsSchema,
  per_tenant_override_config: text('', 'File with the limits of single tenants.'),
  per_tenant_override_period: duration('10s', 'Time between looks at that file.', {
    days: true,
    min: 1,
  }),
  user_configurable_overrides: section(
    'Limits tenants set themselves through the API.',
    {
      enabled: bool(false, 'Serve /api/overrides.'),
      poll_interval: duration('1m', 'Time between looks for changes.'),
      client: section('Where they are kept.', {
        backend: choice(BACKENDS, '', 'Kind of the store.'),
        confirm_versioning: bool(true, 'Check that the bucket keeps versions.'),
        local: localBackend(),
        gcs: gcsBackend(),
        s3: s3Backend(),
        azure: azureBackend(),
      }),
      api: section('The API.', {
        check_for_conflicting_runtime_overrides: bool(
          false,
          'Refuse changes of tenants that have limits in the per-tenant file.',
        ),
      }),
    },
    { later: 'userConfigurableOverrides' },
  ),
  enable_legacy_overrides: bool(false, 'Tempo 3.0 refuses the flat form of limits without this.', {
    noEffect: 'the flat form is always read',
  }),
});

/** What a flat form warns. */
export const LEGACY_WARNING = {
  message: 'the flat form of limits is deprecated',
  explain:
    'move limits under their scope: `overrides.defaults.ingestion.rate_limit_bytes` and so on',
} as const;

/** `overrides`; limits directly below it are the flat form. */
export const overridesSchema: SectionField<ValueOf<typeof scopedOverrides>> = {
  ...scopedOverrides,
  read(node, context, base) {
    const legacy = node.kind === 'map' && node.entries.find((entry) => isLegacyLimit(entry.key));
    if (node.kind !== 'map' || !legacy) return scopedOverrides.read(node, context, base);
    usesLegacyLimits(node, context);
    context.warn(legacy.position, LEGACY_WARNING.message, LEGACY_WARNING.explain);
    const hasDefaults = node.entries.some((entry) => entry.key === 'defaults');
    if (hasDefaults) {
      const message = `mixes the flat form of limits (${legacy.key}) with overrides.defaults; use overrides.defaults only`;
      context.problem(legacy.position, 'invalid_value', message);
      return base;
    }
    return scopedOverrides.read(withScopedDefaults(node), context, base);
  },
};

/** The limits lying flat in `node`, moved into `defaults`. */
function withScopedDefaults(node: MapNode): SourceNode {
  const own = node.entries.filter((entry) => scopedOverrides.children.has(entry.key));
  const limits = node.entries.filter(
    (entry) => isLegacyLimit(entry.key) || limitsSchema.children.has(entry.key),
  );
  const unknown = node.entries.filter((entry) => !own.includes(entry) && !limits.includes(entry));
  const defaults = {
    key: 'defaults',
    position: limits[0]!.position,
    value: scopedLimits(limits, node),
  };
  return { ...node, entries: [...own, ...unknown, defaults] };
}
