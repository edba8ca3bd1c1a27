/** The distributor's metrics, under Tempo's names. */
import { createDiscardedSpans, type DiscardedSpans } from '@tempo-ts/overrides';
import type {
  CounterMetric,
  GaugeMetric,
  HistogramMetric,
  MetricsRegistry,
} from '@tempo-ts/telemetry';

/** Prometheus' default buckets, in seconds. */
const DEFAULT_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export interface DistributorMetrics {
  /** Serialized size of requests before any limit. */
  readonly ingressBytes: CounterMetric;
  readonly bytesReceived: CounterMetric;
  readonly spansReceived: CounterMetric;
  /** Tempo's counter of spans that were not stored. */
  readonly discardedSpans: DiscardedSpans;
  /** Every span the sender could learn or not learn was refused; more reasons than Tempo's. */
  readonly rejectedSpans: CounterMetric;
  readonly tracesPerBatch: HistogramMetric;
  readonly pushDuration: HistogramMetric;
  readonly ingesterAppends: CounterMetric;
  readonly ingesterAppendFailures: CounterMetric;
  readonly ingesterClients: GaugeMetric;
  readonly attributesTruncated: CounterMetric;
  readonly addedLatency: HistogramMetric;
  readonly debugSpansReceived: CounterMetric;
  readonly inflightBytes: GaugeMetric;
}

export function createDistributorMetrics(registry: MetricsRegistry): DistributorMetrics {
  return {
    ...receivingMetrics(registry),
    ...sendingMetrics(registry),
    inflightBytes: registry.gauge({
      name: 'tempo_distributor_inflight_push_bytes',
      help: 'Bytes of requests on their way to ingesters; bounded by distributor.max_inflight_push_bytes.',
    }),
  };
}

function receivingMetrics(registry: MetricsRegistry) {
  const tenant = ['tenant'];
  return {
    ingressBytes: registry.counter({
      name: 'tempo_distributor_ingress_bytes_total',
      help: 'The total number of bytes received per tenant, before limits.',
      labels: tenant,
    }),
    bytesReceived: registry.counter({
      name: 'tempo_distributor_bytes_received_total',
      help: 'The total number of bytes received per tenant, after limits.',
      labels: tenant,
    }),
    spansReceived: registry.counter({
      name: 'tempo_distributor_spans_received_total',
      help: 'The total number of spans received per tenant.',
      labels: tenant,
    }),
    discardedSpans: createDiscardedSpans(registry),
    rejectedSpans: registry.counter({
      name: 'tempo_distributor_spans_rejected_total',
      help: 'The total number of received spans that were not taken.',
      labels: ['reason', 'tenant'],
    }),
    attributesTruncated: registry.counter({
      name: 'tempo_distributor_attributes_truncated_total',
      help: 'The total number of attribute keys and values cut to max_attribute_bytes.',
      labels: ['tenant', 'scope'],
    }),
    debugSpansReceived: registry.counter({
      name: 'tempo_distributor_debug_spans_received_total',
      help: 'Debug counter of received spans by name and service.',
      labels: ['tenant', 'name', 'service'],
    }),
  };
}

function sendingMetrics(registry: MetricsRegistry) {
  return {
    tracesPerBatch: registry.histogram({
      name: 'tempo_distributor_traces_per_batch',
      help: 'The number of traces in each batch.',
      buckets: [2, 4, 8, 16, 32, 64, 128, 256, 512, 1024],
    }),
    pushDuration: registry.histogram({
      name: 'tempo_distributor_push_duration_seconds',
      help: 'Records the amount of time to process and route a batch.',
      buckets: DEFAULT_BUCKETS,
    }),
    ingesterAppends: registry.counter({
      name: 'tempo_distributor_ingester_appends_total',
      help: 'The total number of batch appends sent to ingesters.',
      labels: ['ingester'],
    }),
    ingesterAppendFailures: registry.counter({
      name: 'tempo_distributor_ingester_append_failures_total',
      help: 'The total number of failed batch appends sent to ingesters.',
      labels: ['ingester'],
    }),
    ingesterClients: registry.gauge({
      name: 'tempo_distributor_ingester_clients',
      help: 'The current number of ingester clients.',
    }),
    addedLatency: registry.histogram({
      name: 'tempo_distributor_added_latency_seconds',
      help: 'Latency added by artificial_delay.',
      buckets: DEFAULT_BUCKETS,
    }),
  };
}
