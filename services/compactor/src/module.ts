/**
 * The compactor as a component of a process: removes blocks that are older than their retention.
 * It does not merge blocks yet.
 */
import { applyRetention, createRetentionMetrics, type Blocklist } from '@tempo-ts/blocklist';
import type { ObjectStore } from '@tempo-ts/object-store';
import type { TenantId } from '@tempo-ts/ports';
import { Semaphore, type Clock, type Timer, type Timers } from '@tempo-ts/runtime';
import type { ServiceModule, ServiceState } from '@tempo-ts/server';
import type { Logger, MetricsRegistry } from '@tempo-ts/telemetry';
import type { CompactorConfig, CompactorOverrides } from './config.ts';
import { registerCompactionMetrics } from './metrics.ts';

/** Tempo's default of `retention_concurrency`. */
const DEFAULT_CONCURRENCY = 10;

export interface CompactorOptions {
  readonly config: CompactorConfig;
  readonly overrides: CompactorOverrides;
  readonly store: ObjectStore;
  /** Polled by whoever made it. */
  readonly blocklist: Blocklist;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
  readonly metrics: MetricsRegistry;
}

/** The component. */
export interface CompactorModule extends ServiceModule {
  /** One pass over all tenants, or the one under way. Failures are logged and counted. */
  runPass(): Promise<void>;
}

export function createCompactor(options: CompactorOptions): CompactorModule {
  return new Compactor(options);
}

class Compactor implements CompactorModule {
  readonly name = 'compactor';
  readonly #options: CompactorOptions;
  readonly #retentionMetrics;
  readonly #stopped = new AbortController();
  #state: ServiceState = 'new';
  #timer: Timer | undefined;
  #pass: Promise<void> | undefined;

  constructor(options: CompactorOptions) {
    this.#options = options;
    this.#retentionMetrics = createRetentionMetrics(options.metrics);
    registerCompactionMetrics(options.metrics);
  }

  async start(): Promise<void> {
    const { config, timers, logger } = this.#options;
    this.#state = 'running';
    if (config.disabled) {
      logger.info('compactor is disabled');
      return;
    }
    const periodMs = config.compaction.compaction_cycle;
    this.#timer = timers.every(periodMs, () => void this.runPass());
  }

  async stop(): Promise<void> {
    this.#state = 'stopping';
    this.#timer?.stop();
    this.#stopped.abort(new Error('compactor stopped'));
    await this.#pass;
    this.#state = 'terminated';
  }

  notReadyReason(): string | undefined {
    return this.#state === 'running' ? undefined : `Compactor not ready: ${this.#state}`;
  }

  runPass(): Promise<void> {
    this.#pass ??= this.#retainAll().finally(() => {
      this.#pass = undefined;
    });
    return this.#pass;
  }

  async #retainAll(): Promise<void> {
    const { config, blocklist, logger } = this.#options;
    const permits = config.compaction.retention_concurrency || DEFAULT_CONCURRENCY;
    const semaphore = new Semaphore({ permits });
    await Promise.all(
      blocklist.tenants().map((tenant) =>
        semaphore.run(async () => {
          try {
            await this.#retain(tenant);
          } catch (error) {
            if (this.#stopped.signal.aborted) return;
            this.#retentionMetrics.errors.inc();
            logger.error('retention failed', { tenant, error });
          }
        }),
      ),
    );
  }

  async #retain(tenant: TenantId): Promise<void> {
    const { config, overrides, store, blocklist, clock, logger } = this.#options;
    const { signal } = this.#stopped;
    signal.throwIfAborted();
    const limits = overrides.limits(tenant).compaction;
    if (limits.compaction_disabled) return;
    await applyRetention({
      store,
      blocklist,
      tenant,
      blockRetentionMs: limits.block_retention || config.compaction.block_retention,
      compactedBlockRetentionMs: config.compaction.compacted_block_retention,
      clock,
      logger,
      metrics: this.#retentionMetrics,
      signal,
    });
  }
}
