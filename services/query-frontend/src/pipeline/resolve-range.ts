/** The time range that a query looks at: given, or the recent past; within the tenants' limits. */
import { resolveTimeRange, type SecondsRange } from '@tempo-ts/http-api';
import { smallestLimit, type QueryScope, type QueryServices } from '../query-services.ts';

/** @throws QueryError `invalid` when the range is longer than allowed or half given. */
export function resolveRange(
  { config, overrides, clock }: QueryServices,
  { tenants }: QueryScope,
  requested: SecondsRange & { readonly sinceMs?: number | undefined },
): SecondsRange {
  const ofTenants = smallestLimit(
    tenants.map((tenant) => overrides.limits(tenant).read.max_search_duration),
  );
  return resolveTimeRange(requested, {
    nowUnixMs: clock.nowUnixMs(),
    defaultWindowMs: config.search.query_backend_after,
    endCutoffMs: config.query_end_cutoff,
    maxDurationMs: ofTenants || config.search.max_duration,
  });
}
