/** Bounds of the ingester that are not Tempo's: each with its reason and what shows that it bites. */

const MIB = 1024 * 1024;

export interface IngesterBounds {
  /**
   * Bytes that may be on their way to the head worker (being written to the log, or not yet turned
   * into columns). What exceeds them waits for `maxWaitMs`, then it is refused as `unavailable`: a
   * worker that lags further than this would delay searches by seconds.
   */
  readonly maxBytesInFlight: number;
  readonly maxWaitMs: number;
  /**
   * Bytes of all tenants in memory (heads being filled or written as blocks): as OTLP, or as columns
   * where that is more (usually they are about half). Above half of the bound the largest head becomes
   * a block early; above it pushes are refused as `unavailable`.
   */
  readonly maxRecentBytes: number;
  /** Uploads and block writings that may wait; the next sweep offers the others again. */
  readonly maxQueuedOperations: number;
  /** First and longest wait between attempts to write or upload a block. */
  readonly retryBackoffMs: { readonly first: number; readonly longest: number };
  /** Spans of a chunk of a head, about: small enough to be skipped, large enough to be scanned fast. */
  readonly chunkSpans: number;
  /** Spans per batch when traces are assembled for a search. */
  readonly searchBatchSpans: number;
  /** Spans per batch (at least one trace) when a block is written. */
  readonly blockBatchSpans: number;
  /** Queries that may run or wait per ingester at once; more is refused. */
  readonly maxQueries: number;
}

export const DEFAULT_INGESTER_BOUNDS: IngesterBounds = {
  maxBytesInFlight: 32 * MIB,
  maxWaitMs: 5_000,
  maxRecentBytes: 2048 * MIB,
  maxQueuedOperations: 1_000,
  retryBackoffMs: { first: 30_000, longest: 120_000 },
  chunkSpans: 32_768,
  searchBatchSpans: 16_384,
  blockBatchSpans: 16_384,
  maxQueries: 1_000,
};

/** Part of the machine's memory that recent spans may take as OTLP bytes; as columns it is half of that. */
const RECENT_PART = 0.5;

/** The bounds for a process that may use `memoryBytes`. */
export function ingesterBoundsFor(memoryBytes: number): IngesterBounds {
  const { maxRecentBytes } = DEFAULT_INGESTER_BOUNDS;
  return {
    ...DEFAULT_INGESTER_BOUNDS,
    maxRecentBytes: Math.min(maxRecentBytes, Math.floor(memoryBytes * RECENT_PART)),
  };
}
