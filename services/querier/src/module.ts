/** The querier as a component of a process. */
import { availableParallelism } from 'node:os';
import type { JobExecutor, RecentTraces } from '@tempo-ts/ports';
import type { Clock, Timers } from '@tempo-ts/runtime';
import type { ServiceModule, ServiceState } from '@tempo-ts/server';
import type { Logger, MetricsRegistry } from '@tempo-ts/telemetry';
import { BlockWorkers, type BlockWorkersOptions } from './block-workers.ts';
import type { QuerierConfig, QuerierOverrides } from './config.ts';
import { createJobExecutor } from './execute-job.ts';
import { createQuerierMetrics } from './metrics.ts';

export interface CreateQuerierOptions {
  readonly config: QuerierConfig;
  /** Recent data: the ingesters. */
  readonly recent: RecentTraces;
  /** Limits of tenants; without them those of the process hold. */
  readonly overrides?: QuerierOverrides;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
  readonly metrics: MetricsRegistry;
  /** Threads that read blocks; as many as there are cores unless told otherwise. */
  readonly blockWorkerCount?: number;
  /** Tests put their own in place of threads. */
  readonly startWorker?: BlockWorkersOptions['startWorker'];
}

/** The component, and the port it serves. */
export interface QuerierModule extends ServiceModule, JobExecutor {}

/** A querier that is not started yet. Threads are started when jobs need them. */
export function createQuerier(options: CreateQuerierOptions): QuerierModule {
  const { config, recent, overrides, clock, timers } = options;
  const { queue_depth: queueDepth } = config.storage.trace.pool;
  const metrics = createQuerierMetrics(options.metrics, { queueDepth });
  const logger = options.logger.child({ component: 'querier' });
  const cores = options.blockWorkerCount ?? availableParallelism();
  const { backend, local } = config.storage.trace;
  const workers = new BlockWorkers({
    size: Math.max(1, Math.min(cores, config.querier.max_concurrent_queries)),
    queueDepth,
    // Only what the store needs: the rest of the section cannot pass between threads.
    store: { backend, local: { path: local.path } },
    logger,
    metrics,
    ...(options.startWorker ? { startWorker: options.startWorker } : {}),
  });
  const executor = createJobExecutor({
    config: config.querier,
    overrides,
    recent,
    workers,
    clock,
    timers,
    logger,
    metrics,
  });
  let state: ServiceState = 'new';
  return {
    name: 'querier',
    start() {
      state = 'running';
      return Promise.resolve();
    },
    async stop() {
      state = 'stopping';
      await workers.stop();
      state = 'terminated';
    },
    notReadyReason: () => (state === 'running' ? undefined : `Querier not ready: ${state}`),
    execute: (job, signal) => executor.execute(job, signal),
  };
}
