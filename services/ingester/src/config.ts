/** What the ingester is told: Tempo's `ingester` and the parts of `storage.trace` that concern it. */
import { DEFAULT_BLOCK_WRITER_CONFIG, type BlockWriterConfig } from '@tempo-ts/block';
import type { TenantId } from '@tempo-ts/ports';
import type { DedicatedColumn } from '@tempo-ts/span-batch';

/** `ingester.*`, `storage.trace.wal.*` and `storage.trace.block.*`. */
export interface IngesterConfig {
  /** A trace without new spans for this long is no longer live. */
  readonly traceIdlePeriodMs: number;
  /** A trace older than this is no longer live, even if it still receives spans. */
  readonly traceLivePeriodMs: number;
  /** Time between two sweeps. */
  readonly flushCheckPeriodMs: number;
  /** Age at which a head becomes a block. */
  readonly maxBlockDurationMs: number;
  /** OTLP bytes at which a head becomes a block. */
  readonly maxBlockBytes: number;
  /** How long a block stays on the local disk once it is in the object store. */
  readonly completeBlockTimeoutMs: number;
  /** Blocks uploaded at the same time. */
  readonly concurrentFlushes: number;
  /** Longest time of one upload. */
  readonly flushOpTimeoutMs: number;
  /** Write and upload everything when the process stops. */
  readonly flushAllOnShutdown: boolean;
  /** False: blocks stay on the local disk and are never uploaded. */
  readonly flushObjectStorage: boolean;
  readonly walPath: string;
  /** Span times further from now than this do not count for the time range of a block. */
  readonly ingestionTimeRangeSlackMs: number;
  readonly block: BlockWriterConfig;
}

/** Tempo's defaults. */
export const DEFAULT_INGESTER_CONFIG: IngesterConfig = {
  traceIdlePeriodMs: 5_000,
  traceLivePeriodMs: 30_000,
  flushCheckPeriodMs: 10_000,
  maxBlockDurationMs: 30 * 60_000,
  maxBlockBytes: 524_288_000,
  completeBlockTimeoutMs: 15 * 60_000,
  concurrentFlushes: 4,
  flushOpTimeoutMs: 5 * 60_000,
  flushAllOnShutdown: false,
  flushObjectStorage: true,
  walPath: '/var/tempo/wal',
  ingestionTimeRangeSlackMs: 120_000,
  block: DEFAULT_BLOCK_WRITER_CONFIG,
};

/** The overrides of one tenant that the ingester obeys. 0 means no limit. */
export interface TenantLimits {
  /** `ingestion.max_traces_per_user`. */
  readonly maxTracesPerUser: number;
  /** `global.max_bytes_per_trace`. */
  readonly maxBytesPerTrace: number;
  /** `read.max_bytes_per_tag_values_query`. */
  readonly maxBytesPerTagValuesQuery: number;
  /** `storage.parquet_dedicated_columns`, or the block configuration's. */
  readonly dedicatedColumns: readonly DedicatedColumn[];
}

/** Looks up the limits that hold for a tenant now. */
export type LimitsOf = (tenant: TenantId) => TenantLimits;
