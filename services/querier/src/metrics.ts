/** Metrics of the querier under Tempo's names. */
import { RequestMetrics, type RequestObserver } from '@tempo-ts/server';
import type { CounterMetric, GaugeMetric, MetricsRegistry } from '@tempo-ts/telemetry';

export interface QuerierMetrics {
  /** Jobs are observed as the requests that they are in Tempo: `querier_api_search` … */
  readonly requests: RequestObserver;
  readonly jobs: CounterMetric;
  readonly corruptBlocks: CounterMetric;
  readonly workerRestarts: CounterMetric;
  readonly queueLength: GaugeMetric;
}

/** Makes the metrics; counters start at 0 so that their first increase shows. */
export function createQuerierMetrics(
  registry: MetricsRegistry,
  options: { readonly queueDepth: number },
): QuerierMetrics {
  const jobs = registry.counter({
    name: 'tempo_querier_worker_request_executed_total',
    help: 'The total number of requests executed by the querier worker.',
  });
  const corruptBlocks = registry.counter({
    name: 'tempo_querier_corrupt_blocks_total',
    help: 'Jobs that failed because a block is damaged.',
    labels: ['tenant'],
  });
  const workerRestarts = registry.counter({
    name: 'tempo_querier_block_worker_restarts_total',
    help: 'Block worker threads that ended although nobody stopped them.',
  });
  const queueLength = registry.gauge({
    name: 'tempodb_work_queue_length',
    help: 'Jobs on blocks that wait for a worker.',
  });
  const queueMax = registry.gauge({
    name: 'tempodb_work_queue_max',
    help: 'Most jobs on blocks that may wait for a worker.',
  });
  jobs.inc({}, 0);
  workerRestarts.inc({}, 0);
  queueLength.set({}, 0);
  queueMax.set({}, options.queueDepth);
  return {
    requests: new RequestMetrics(registry),
    jobs,
    corruptBlocks,
    workerRestarts,
    queueLength,
  };
}
