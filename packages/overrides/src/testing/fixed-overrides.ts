/** Limits for tests that need no file. */
import { limitsSchema, renderLimits, type Limits } from '@tempo-ts/config';
import type { Overrides } from '../overrides.ts';

/** Tempo's default limits with some sections changed. */
export function limitsWith(changes: { readonly [S in keyof Limits]?: Partial<Limits[S]> }): Limits {
  const limits: Limits = limitsSchema.default;
  const changed = Object.entries(changes).map(([scope, values]) => {
    const before: object = limits[scope as keyof Limits];
    return [scope, Array.isArray(values) ? values : Object.assign({}, before, values)];
  });
  return { ...limits, ...(Object.fromEntries(changed) as Partial<Limits>) };
}

/** Overrides that give every tenant the same limits, and some tenants others. */
export function fixedOverrides(
  defaults: Limits = limitsSchema.default,
  tenants: Readonly<Record<string, Limits>> = {},
): Overrides {
  const limits = (tenant: string) => tenants[tenant] ?? defaults;
  return {
    start: () => Promise.resolve(),
    stop: () => Promise.resolve(),
    reload: () => Promise.resolve(),
    limits,
    tenants: () => Object.keys(tenants),
    status: (tenant) => ({
      tenant,
      runtimeOverrides: renderLimits(limits(tenant)),
      usingDefaultOrWildcard: !(tenant in tenants),
    }),
    runtimeConfig: () => renderLimits(defaults),
  };
}
