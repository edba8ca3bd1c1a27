/** From Tempo's configuration and overrides to what the ingester asks for. */
import { DEFAULT_BLOCK_WRITER_CONFIG } from '@tempo-ts/block';
import type { TempoConfig } from '@tempo-ts/config';
import type { IngesterConfig, LimitsOf } from '@tempo-ts/ingester';
import type { Overrides } from '@tempo-ts/overrides';

/** `ingester`, `storage.trace.wal` and `storage.trace.block` as the ingester's settings. */
export function ingesterConfig(config: TempoConfig): IngesterConfig {
  const { ingester } = config;
  const { wal, block } = config.storage.trace;
  return {
    traceIdlePeriodMs: ingester.trace_idle_period,
    traceLivePeriodMs: ingester.trace_live_period,
    flushCheckPeriodMs: ingester.flush_check_period,
    maxBlockDurationMs: ingester.max_block_duration,
    maxBlockBytes: ingester.max_block_bytes,
    completeBlockTimeoutMs: ingester.complete_block_timeout,
    concurrentFlushes: ingester.concurrent_flushes,
    flushOpTimeoutMs: ingester.flush_op_timeout,
    flushAllOnShutdown: ingester.flush_all_on_shutdown,
    flushObjectStorage: ingester.flush_object_storage,
    walPath: wal.path,
    ingestionTimeRangeSlackMs: wal.ingestion_time_range_slack,
    block: {
      ...DEFAULT_BLOCK_WRITER_CONFIG,
      bloomFilterFalsePositive: block.bloom_filter_false_positive,
      bloomFilterShardSizeBytes: block.bloom_filter_shard_size_bytes,
      rowGroupSizeBytes: block.parquet_row_group_size_bytes,
      encoder: block.encoder,
      compression: block.compression,
      zstdLevel: block.zstd_level,
    },
  };
}

/** The limits of each tenant that the ingester obeys, looked up anew each time. */
export function ingesterLimits(config: TempoConfig, overrides: Overrides): LimitsOf {
  return (tenant) => {
    const limits = overrides.limits(tenant);
    const own = limits.storage.parquet_dedicated_columns;
    return {
      // With a single ingester the limit over all of them is one on this one.
      maxTracesPerUser: smallerLimit(
        limits.ingestion.max_traces_per_user,
        limits.ingestion.max_global_traces_per_user,
      ),
      maxBytesPerTrace: limits.global.max_bytes_per_trace,
      maxBytesPerTagValuesQuery: limits.read.max_bytes_per_tag_values_query,
      dedicatedColumns:
        own && own.length > 0 ? own : config.storage.trace.block.parquet_dedicated_columns,
    };
  };
}

/** The stricter of two limits, of which 0 means none. */
function smallerLimit(one: number, other: number): number {
  if (one === 0 || other === 0) return Math.max(one, other);
  return Math.min(one, other);
}
