/** The ingester as a component of a process. */
import { totalmem } from 'node:os';
import { join } from 'node:path';
import { LocalObjectStore, type ObjectStore } from '@tempo-ts/object-store';
import {
  IngestError,
  type BlockAnnouncements,
  type Pusher,
  type RecentTraces,
  type TenantId,
} from '@tempo-ts/ports';
import type { Clock, Random, Timers, WorkerHandle } from '@tempo-ts/runtime';
import type { Request, Response, Router, ServiceModule } from '@tempo-ts/server';
import type { Logger, MetricsRegistry } from '@tempo-ts/telemetry';
import { systemWalFileSystem, type WalFileSystem } from '@tempo-ts/wal';
import type { IngesterConfig, LimitsOf } from './config.ts';
import type { HeadWorkerSettings } from './head-calls.ts';
import { Ingester } from './ingester.ts';
import { ingesterBoundsFor, type IngesterBounds } from './limits.ts';
import { createIngesterMetrics } from './metrics.ts';

export interface CreateIngesterOptions {
  readonly config: IngesterConfig;
  /** The overrides of each tenant. */
  readonly limitsOf: LimitsOf;
  /** Where blocks go. */
  readonly store: ObjectStore;
  readonly announcements: BlockAnnouncements;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly logger: Logger;
  readonly metrics: MetricsRegistry;
  readonly bounds?: Partial<IngesterBounds>;
  /** The disk of the log; tests put faults into it. */
  readonly walFileSystem?: WalFileSystem;
  /** Starts the head worker; tests keep hold of it. */
  readonly startHeadWorker?: (settings: HeadWorkerSettings) => WorkerHandle;
}

/** The component, and the ports it serves. */
export interface IngesterModule extends ServiceModule {
  readonly pusher: Pusher;
  readonly recent: RecentTraces;
  /** What `/flush` does; false when there is no such tenant. */
  flush(tenant?: TenantId): Promise<boolean>;
}

/**
 * Makes the ingester. It takes pushes once `start()` has resolved, while what the last process left
 * in the log is still being replayed; queries wait for that.
 */
export function createIngester(options: CreateIngesterOptions): IngesterModule {
  return new IngesterService(options);
}

class IngesterService implements IngesterModule {
  readonly name = 'ingester';
  readonly #options: CreateIngesterOptions;
  #ingester: Ingester | undefined;

  constructor(options: CreateIngesterOptions) {
    this.#options = options;
  }

  readonly pusher: Pusher = { push: (request) => this.#get().push(request) };

  readonly recent: RecentTraces = {
    findTrace: (request, signal) => this.#get().recent.findTrace(request, signal),
    search: (request, signal) => this.#get().recent.search(request, signal),
    searchTags: (request, signal) => this.#get().recent.searchTags(request, signal),
    searchTagValues: (request, signal) => this.#get().recent.searchTagValues(request, signal),
    queryRange: (request, signal) => this.#get().recent.queryRange(request, signal),
  };

  async start(): Promise<void> {
    const { config, clock, random, metrics } = this.#options;
    const path = join(config.walPath, 'blocks');
    const ingester = new Ingester({
      ...this.#options,
      bounds: { ...ingesterBoundsFor(availableMemoryBytes()), ...this.#options.bounds },
      localStore: await LocalObjectStore.open({ path, clock, random }),
      walFileSystem: this.#options.walFileSystem ?? systemWalFileSystem,
      metrics: createIngesterMetrics(metrics, {
        memoryUsageBytes: () => this.#ingester?.recentBytes ?? 0,
        flushQueueLength: () => this.#ingester?.flushQueueLength ?? 0,
      }),
    });
    await ingester.start();
    this.#ingester = ingester;
  }

  flush(tenant?: TenantId): Promise<boolean> {
    return this.#get().flush(tenant);
  }

  async stop(): Promise<void> {
    await this.#ingester?.stop();
  }

  notReadyReason(): string | undefined {
    const reason = this.#ingester ? this.#ingester.notReadyReason : 'starting';
    return reason === undefined ? undefined : `Ingester not ready: ${reason}`;
  }

  routes(router: Router): void {
    router.all('/flush', (request, response) => this.#flush(request, response));
    router.all('/shutdown', (_request, response) => {
      const { logger } = this.#options;
      logger.info('shutdown of the ingester requested');
      this.#get()
        .flushAndRefuse()
        .then(() => logger.info('everything flushed'))
        .catch((error: unknown) => logger.error('flush before shutdown failed', { error }));
      response.status(200).type('text/plain').send('shutdown job acknowledged');
    });
  }

  async #flush(request: Request, response: Response): Promise<void> {
    const { tenant } = request.query;
    const isKnown = await this.flush(
      typeof tenant === 'string' && tenant !== '' ? (tenant as TenantId) : undefined,
    );
    if (isKnown) response.status(204).end();
    else response.status(404).type('text/plain').send('tenant not found');
  }

  #get(): Ingester {
    if (!this.#ingester)
      throw new IngestError('unavailable', 'the ingester is starting', { retryAfterMs: 1000 });
    return this.#ingester;
  }
}

/** What the container, or else the machine, has. */
function availableMemoryBytes(): number {
  const constrained = process.constrainedMemory();
  return constrained > 0 ? Math.min(constrained, totalmem()) : totalmem();
}
