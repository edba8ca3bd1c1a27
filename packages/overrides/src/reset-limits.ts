/**
 * Finds limits an entry of the per-tenant file resets to zero by not mentioning them. Operators
 * expect an entry to build on the defaults; Tempo replaces them, and so do we, but we say so.
 */
import type { Limits } from '@tempo-ts/config';

/** Limits whose loss surprises, by path. */
const WATCHED: readonly (readonly [path: string, read: (limits: Limits) => unknown])[] = [
  ['ingestion.rate_limit_bytes', (limits) => limits.ingestion.rate_limit_bytes],
  ['ingestion.burst_size_bytes', (limits) => limits.ingestion.burst_size_bytes],
  ['ingestion.max_traces_per_user', (limits) => limits.ingestion.max_traces_per_user],
  ['ingestion.max_global_traces_per_user', (limits) => limits.ingestion.max_global_traces_per_user],
  ['ingestion.max_attribute_bytes', (limits) => limits.ingestion.max_attribute_bytes],
  ['read.max_bytes_per_tag_values_query', (limits) => limits.read.max_bytes_per_tag_values_query],
  ['read.max_blocks_per_tag_values_query', (limits) => limits.read.max_blocks_per_tag_values_query],
  ['read.max_search_duration', (limits) => limits.read.max_search_duration],
  ['compaction.block_retention', (limits) => limits.compaction.block_retention],
  ['metrics_generator.max_active_series', (limits) => limits.metrics_generator.max_active_series],
  ['global.max_bytes_per_trace', (limits) => limits.global.max_bytes_per_trace],
];

/** Paths that `entry` does not set (see `settings`) and that are not zero in `defaults`. */
export function findResetLimits(settings: readonly string[], defaults: Limits): readonly string[] {
  const set = new Set(settings);
  return WATCHED.filter(([path, read]) => !set.has(path) && read(defaults) !== 0).map(
    ([path]) => path,
  );
}
