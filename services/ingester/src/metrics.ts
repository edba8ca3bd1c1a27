/** The ingester's metrics, under Tempo's names. */
import type {
  CounterMetric,
  GaugeMetric,
  HistogramMetric,
  MetricsRegistry,
} from '@tempo-ts/telemetry';

const MIB = 1024 * 1024;

export interface IngesterMetrics {
  readonly liveTraces: GaugeMetric;
  readonly liveTraceBytes: GaugeMetric;
  readonly tracesCreated: CounterMetric;
  readonly bytesReceived: CounterMetric;
  readonly blocksFlushed: CounterMetric;
  readonly blocksCleared: CounterMetric;
  readonly flushDurationSeconds: HistogramMetric;
  readonly flushSizeBytes: HistogramMetric;
  readonly failedFlushes: CounterMetric;
  readonly flushRetries: CounterMetric;
  readonly flushFailedRetries: CounterMetric;
  readonly replayErrors: CounterMetric;
  readonly warnings: CounterMetric;
}

/** What is looked up at each scrape. */
export interface IngesterGauges {
  readonly memoryUsageBytes: () => number;
  readonly flushQueueLength: () => number;
}

export function createIngesterMetrics(
  registry: MetricsRegistry,
  gauges: IngesterGauges,
): IngesterMetrics {
  const counter = (name: string, help: string, labels: readonly string[] = []) => {
    const metric = registry.counter({ name, help, labels });
    // From the start at 0, so that the first increase is seen.
    if (labels.length === 0) metric.inc({}, 0);
    return metric;
  };
  const gauge = (name: string, help: string, labels: readonly string[]) =>
    registry.gauge({ name, help, labels });
  registry.gauge({
    name: 'tempo_ingester_memory_usage',
    help: 'Bytes of spans in memory that are not yet in a block, as received.',
    collect: (metric) => metric.set({}, gauges.memoryUsageBytes()),
  });
  registry.gauge({
    name: 'tempo_ingester_flush_queue_length',
    help: 'Blocks to write and blocks to upload.',
    collect: (metric) => metric.set({}, gauges.flushQueueLength()),
  });
  return {
    liveTraces: gauge('tempo_ingester_live_traces', 'Live traces.', ['tenant']),
    liveTraceBytes: gauge('tempo_ingester_live_trace_bytes', 'Bytes of live traces.', ['tenant']),
    tracesCreated: counter(
      'tempo_ingester_traces_created_total',
      'Traces that are no longer live and wait for a block.',
      ['tenant'],
    ),
    bytesReceived: counter('tempo_ingester_bytes_received_total', 'Bytes stored.', [
      'tenant',
      'data_type',
    ]),
    blocksFlushed: counter('tempo_ingester_blocks_flushed_total', 'Blocks uploaded.'),
    blocksCleared: counter('tempo_ingester_blocks_cleared_total', 'Local copies removed.'),
    flushDurationSeconds: registry.histogram({
      name: 'tempo_ingester_flush_duration_seconds',
      help: 'Time to upload a block.',
      buckets: Array.from({ length: 10 }, (_, i) => 2 ** i),
    }),
    flushSizeBytes: registry.histogram({
      name: 'tempo_ingester_flush_size_bytes',
      help: 'Size of uploaded blocks.',
      buckets: Array.from({ length: 10 }, (_, i) => MIB * 2 ** i),
    }),
    failedFlushes: counter(
      'tempo_ingester_failed_flushes_total',
      'Failed attempts to write or upload a block.',
    ),
    flushRetries: counter('tempo_ingester_flush_retries_total', 'Repeated attempts.'),
    flushFailedRetries: counter(
      'tempo_ingester_flush_failed_retries_total',
      'Repeated attempts that failed.',
    ),
    replayErrors: counter(
      'tempo_ingester_replay_errors_total',
      'Damaged stretches and unreadable records found in the log at start.',
      ['tenant'],
    ),
    warnings: counter('tempo_warnings_total', 'Warnings.', ['tenant', 'reason']),
  };
}
