/** The query-frontend's metrics; names are Tempo's. */
import type {
  CounterMetric,
  GaugeMetric,
  HistogramMetric,
  MetricsRegistry,
} from '@tempo-ts/telemetry';

/** Kinds of queries as metrics call them. */
export type QueryOperation = 'traces' | 'search' | 'metadata' | 'metrics';

export interface QueryFrontendMetrics {
  readonly queries: CounterMetric;
  readonly queriesWithinSlo: CounterMetric;
  readonly bytesInspected: CounterMetric;
  readonly bytesProcessedPerSecond: HistogramMetric;
  readonly retries: HistogramMetric;
  readonly queueLength: GaugeMetric;
  readonly queueDuration: HistogramMetric;
  readonly discardedRequests: CounterMetric;
}

const PREFIX = 'tempo_query_frontend_';
const MIB = 1024 * 1024;

/** The metrics, registered. */
export function createQueryFrontendMetrics(registry: MetricsRegistry): QueryFrontendMetrics {
  const connected = registry.gauge({
    name: `${PREFIX}connected_clients`,
    help: 'Queriers that take jobs from this query-frontend.',
  });
  connected.set({}, 1);
  return {
    queries: registry.counter({
      name: `${PREFIX}queries_total`,
      help: 'Finished queries.',
      labels: ['tenant', 'op', 'result'],
    }),
    queriesWithinSlo: registry.counter({
      name: `${PREFIX}queries_within_slo_total`,
      help: 'Finished queries that met their objective.',
      labels: ['tenant', 'op', 'result'],
    }),
    bytesInspected: registry.counter({
      name: `${PREFIX}bytes_inspected_total`,
      help: 'Bytes that queries read.',
      labels: ['tenant', 'op'],
    }),
    bytesProcessedPerSecond: registry.histogram({
      name: `${PREFIX}bytes_processed_per_second`,
      help: 'Bytes that a query read per second of its duration.',
      labels: ['tenant', 'op'],
      buckets: Array.from({ length: 8 }, (_, power) => MIB * 4 ** power),
    }),
    retries: registry.histogram({
      name: `${PREFIX}retries`,
      help: 'Repeated attempts of a job.',
      buckets: [0, 1, 2, 3, 4, 5],
    }),
    queueLength: registry.gauge({
      name: `${PREFIX}queue_length`,
      help: 'Jobs waiting.',
      labels: ['user'],
    }),
    queueDuration: registry.histogram({
      name: `${PREFIX}queue_duration_seconds`,
      help: 'Time that jobs waited.',
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    }),
    discardedRequests: registry.counter({
      name: `${PREFIX}discarded_requests_total`,
      help: 'Jobs refused because the queue of their tenant was full.',
      labels: ['user'],
    }),
  };
}
