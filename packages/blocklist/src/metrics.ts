/** Metrics of polling and retention, under Tempo's names. */
import type {
  CounterMetric,
  GaugeMetric,
  HistogramMetric,
  MetricsRegistry,
} from '@tempo-ts/telemetry';

export interface PollMetrics {
  readonly length: GaugeMetric;
  readonly durationSeconds: HistogramMetric;
  readonly errors: CounterMetric;
  readonly indexErrors: CounterMetric;
  readonly indexBuilder: GaugeMetric;
  readonly indexAgeSeconds: GaugeMetric;
}

export function createPollMetrics(metrics: MetricsRegistry): PollMetrics {
  const labels = ['tenant'];
  return {
    length: metrics.gauge({
      name: 'tempodb_blocklist_length',
      help: 'Total number of blocks per tenant.',
      labels,
    }),
    durationSeconds: metrics.histogram({
      name: 'tempodb_blocklist_poll_duration_seconds',
      help: 'Time to poll all tenants.',
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    }),
    errors: metrics.counter({
      name: 'tempodb_blocklist_poll_errors_total',
      help: 'Errors while polling the blocklist.',
      labels,
    }),
    indexErrors: metrics.counter({
      name: 'tempodb_blocklist_tenant_index_errors_total',
      help: 'Errors while reading or writing the tenant index.',
      labels,
    }),
    indexBuilder: metrics.gauge({
      name: 'tempodb_blocklist_tenant_index_builder',
      help: '1 when this process builds the tenant index.',
      labels,
    }),
    indexAgeSeconds: metrics.gauge({
      name: 'tempodb_blocklist_tenant_index_age_seconds',
      help: 'Age of the tenant index that was read last.',
      labels,
    }),
  };
}

export interface RetentionMetrics {
  readonly durationSeconds: HistogramMetric;
  readonly errors: CounterMetric;
  readonly marked: CounterMetric;
  readonly deleted: CounterMetric;
}

export function createRetentionMetrics(metrics: MetricsRegistry): RetentionMetrics {
  const made: RetentionMetrics = {
    durationSeconds: metrics.histogram({
      name: 'tempodb_retention_duration_seconds',
      help: 'Time of a retention pass.',
      buckets: [0.25, 0.5, 1, 2, 4, 8],
    }),
    errors: metrics.counter({
      name: 'tempodb_retention_errors_total',
      help: 'Errors while applying retention.',
    }),
    marked: metrics.counter({
      name: 'tempodb_retention_marked_for_deletion_total',
      help: 'Blocks marked for deletion.',
    }),
    deleted: metrics.counter({
      name: 'tempodb_retention_deleted_total',
      help: 'Blocks deleted.',
    }),
  };
  // Alerts see the first error only when the counter was there before.
  for (const counter of [made.errors, made.marked, made.deleted]) counter.inc({}, 0);
  return made;
}
