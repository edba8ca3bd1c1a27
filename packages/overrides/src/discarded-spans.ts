/** Counts spans that were received but not kept, by reason. */
import type { MetricsRegistry } from '@tempo-ts/telemetry';

/** Every reason there is; the names are Tempo's. */
export const DISCARD_REASONS = [
  /** The tenant sends more bytes per second than it may. */
  'rate_limited',
  /** The tenant has as many live traces as it may have. */
  'live_traces_exceeded',
  /** The trace is larger than `max_bytes_per_trace`. */
  'trace_too_large',
  /** The trace became too large while blocks were merged. */
  'trace_too_large_to_compact',
  /** A trace id that is not 16 bytes. */
  'invalid_trace_id',
  /** A span id that is not 8 bytes, or all zero. */
  'invalid_span_id',
  /** Anything else. */
  'unknown_error',
] as const;

export type DiscardReason = (typeof DISCARD_REASONS)[number];

/** Counts discarded spans. */
export interface DiscardedSpans {
  count(reason: DiscardReason, tenant: string, spans: number): void;
}

/** The counter `tempo_discarded_spans_total` in `metrics`. */
export function createDiscardedSpans(metrics: MetricsRegistry): DiscardedSpans {
  const counter = metrics.counter({
    name: 'tempo_discarded_spans_total',
    help: 'The total number of samples that were discarded.',
    labels: ['reason', 'tenant'],
  });
  return { count: (reason, tenant, spans) => counter.inc({ reason, tenant }, spans) };
}
