/**
 * The ingester: puts its parts together, takes pushes, and looks after everything every
 * `flush_check_period`.
 */
import { join } from 'node:path';
import type { ObjectStore } from '@tempo-ts/object-store';
import {
  IngestError,
  type BlockAnnouncements,
  type PieceOutcome,
  type Pusher,
  type PushRequest,
  type RecentTraces,
  type TenantId,
} from '@tempo-ts/ports';
import type { Clock, Random, Timer, Timers } from '@tempo-ts/runtime';
import type { Logger } from '@tempo-ts/telemetry';
import type { WalFileSystem } from '@tempo-ts/wal';
import { BlockClient } from './block-client.ts';
import { BlockCompleter } from './complete-block.ts';
import type { IngesterConfig, LimitsOf } from './config.ts';
import { TraceCutter } from './cut-traces.ts';
import { FlushQueue } from './flush-queue.ts';
import { HeadClient, type HeadClientOptions } from './head-client.ts';
import type { IngesterBounds } from './limits.ts';
import { LocalBlocks } from './local-blocks.ts';
import type { IngesterMetrics } from './metrics.ts';
import { BlockPublisher } from './publish-blocks.ts';
import { RecentSearch } from './recent-search.ts';
import { TenantInstances } from './tenant-instances.ts';

/** The head worker may end this often in a row before the ingester gives up. */
const MAX_WORKER_CRASHES = 5;
/** A head worker that lived this long was not at fault from the start. */
const CRASH_MEMORY_MS = 60_000;

export interface IngesterOptions {
  readonly config: IngesterConfig;
  readonly bounds: IngesterBounds;
  readonly limitsOf: LimitsOf;
  readonly store: ObjectStore;
  /** A store over `<wal path>/blocks`. */
  readonly localStore: ObjectStore;
  readonly announcements: BlockAnnouncements;
  readonly walFileSystem: WalFileSystem;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly logger: Logger;
  readonly metrics: IngesterMetrics;
  readonly startHeadWorker?: HeadClientOptions['startWorker'];
}

export class Ingester implements Pusher {
  readonly #options: IngesterOptions;
  readonly #head: HeadClient;
  readonly #blocks: BlockClient;
  readonly #localBlocks: LocalBlocks;
  /** Blocks to write, and blocks to upload: neither can keep the other from its turn. */
  readonly #completions: FlushQueue;
  readonly #uploads: FlushQueue;
  readonly #completer: BlockCompleter;
  readonly #publisher: BlockPublisher;
  readonly #tenants: TenantInstances;
  readonly #cutter: TraceCutter;
  readonly recent: RecentTraces;
  readonly #recentBytes = { bytes: 0 };
  #isAccepting = false;
  #sweepTimer: Timer | undefined;
  #sweeping: Promise<void> = Promise.resolve();
  #rebuilding: Promise<void> | undefined;
  #crashCount = 0;
  #lastCrashMs = -Infinity;
  #failure: string | undefined;
  #stopped: Promise<void> | undefined;

  constructor(options: IngesterOptions) {
    this.#options = options;
    const { config, bounds, limitsOf, store, announcements, walFileSystem } = options;
    const { clock, timers, random, logger, metrics } = options;
    const path = join(config.walPath, 'blocks');
    this.#head = new HeadClient({
      bounds,
      timers,
      onUnreadable: (pieces, reason) =>
        logger.error('pieces of traces cannot be read', { pieces, reason }),
      onCrash: (error) => this.#onHeadCrash(error),
      ...(options.startHeadWorker ? { startWorker: options.startHeadWorker } : {}),
    });
    const head = this.#head;
    this.#blocks = new BlockClient({ path, timers });
    const blocks = this.#blocks;
    this.#localBlocks = new LocalBlocks({ path, store: options.localStore, logger });
    const localBlocks = this.#localBlocks;
    this.#completions = newQueue(options);
    this.#uploads = newQueue(options);
    const common = { config, localBlocks, logger };
    this.#publisher = new BlockPublisher({
      ...common,
      queue: this.#uploads,
      store,
      announcements,
      deleteSegments: ({ ref, segments }) => this.#tenants.deleteSegments(ref.tenant, segments),
      clock,
      timers,
      metrics,
    });
    const onComplete = this.#publisher.offer.bind(this.#publisher);
    this.#completer = new BlockCompleter({
      ...common,
      queue: this.#completions,
      bounds,
      head,
      blocks,
      onComplete,
    });
    const recent = this.#recentBytes;
    this.#tenants = new TenantInstances({
      context: { config, bounds, limitsOf, head, clock, timers, random, logger, metrics, recent },
      localBlocks,
      walFileSystem,
      cut: (instance) => this.#cutter.cut(instance),
    });
    this.#cutter = new TraceCutter({
      tenants: this.#tenants,
      completer: this.#completer,
      recentBytes: () => this.recentBytes,
      maxRecentBytes: bounds.maxRecentBytes,
    });
    this.recent = new RecentSearch({
      head,
      blocks,
      localBlocks,
      limitsOf,
      bounds,
      whenReplayed: (tenant, signal) => this.#whenReplayed(tenant, signal),
    });
  }

  /** Undefined when it can serve, else why not. */
  get notReadyReason(): string | undefined {
    if (this.#failure !== undefined) return this.#failure;
    return this.#isAccepting ? undefined : 'not started or stopping';
  }

  /**
   * What recent spans count for: their OTLP bytes, or the memory of their columns where that is more.
   * Usually it is less; spans of many empty events or links take thirty times their bytes.
   */
  get recentBytes(): number {
    return Math.max(this.#recentBytes.bytes, this.#head.memoryBytes);
  }

  /** Blocks to write and blocks to upload. */
  get flushQueueLength(): number {
    return this.#completions.length + this.#uploads.length;
  }

  /** Finds what earlier lives left and takes writes; replay goes on in the background. */
  async start(): Promise<void> {
    const { config, walFileSystem, timers } = this.#options;
    await walFileSystem.makeDirectory(config.walPath);
    await this.#localBlocks.load();
    this.#head.start();
    await this.#tenants.load();
    this.#isAccepting = true;
    this.#publisher.offerAll();
    this.#sweepTimer = timers.every(config.flushCheckPeriodMs, () => this.#sweepInTurn());
  }

  async push(request: PushRequest): Promise<readonly PieceOutcome[]> {
    if (!this.#isAccepting)
      throw new IngestError('unavailable', 'the ingester is stopping', { retryAfterMs: 1000 });
    const { maxRecentBytes } = this.#options.bounds;
    const { recentBytes } = this;
    if (recentBytes > maxRecentBytes)
      throw new IngestError(
        'unavailable',
        `${recentBytes} bytes of recent spans exceed maxRecentBytes ${maxRecentBytes}`,
        { retryAfterMs: 1000 },
      );
    const { tenant, pieces } = request;
    const instance = this.#tenants.find(tenant) ?? (await this.#tenants.get(tenant));
    return instance.push(pieces);
  }

  /**
   * Cuts the heads of one tenant or of all, live traces included; their blocks are written and
   * uploaded in the background.
   *
   * @returns false when there is no such tenant.
   */
  async flush(tenant?: TenantId): Promise<boolean> {
    const isKnown =
      tenant === undefined ||
      this.#tenants.find(tenant) !== undefined ||
      this.#localBlocks.of(tenant).length > 0;
    if (!isKnown) return false;
    for (const instance of this.#tenants.all())
      if (tenant === undefined || instance.tenant === tenant) await this.#cutter.cutAll(instance);
    this.#publisher.offerAll();
    return true;
  }

  /** Stops taking writes, then writes and uploads everything; for `/shutdown`. */
  async flushAndRefuse(): Promise<void> {
    this.#isAccepting = false;
    await this.flush();
    // What fails is dropped from the queue and waits on the disk for the next start.
    await this.#completions.drain();
    await this.#uploads.drain();
  }

  /** Finishes what was accepted; the rest stays in the log, or is flushed when so configured. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    this.#isAccepting = false;
    this.#sweepTimer?.stop();
    await this.#sweeping;
    await this.#rebuilding;
    if (this.#options.config.flushAllOnShutdown) await this.flushAndRefuse();
    await Promise.all([this.#completions.stop(), this.#uploads.stop()]);
    await this.#tenants.stop();
    await this.#blocks.stop();
    await this.#head.stop();
  }

  #sweepInTurn(): void {
    this.#sweeping = this.#sweeping
      .then(() => this.#sweep())
      .catch((error: unknown) => this.#options.logger.error('sweep failed', { error }));
  }

  async #sweep(): Promise<void> {
    if (this.#rebuilding) return;
    await this.#cutter.sweep();
    this.#completer.offerPending();
    this.#publisher.offerAll();
    await this.#publisher.removeOld();
    await this.#tenants.removeUnused();
  }

  async #whenReplayed(tenant: TenantId, signal: AbortSignal): Promise<void> {
    for (;;) {
      const pending = this.#rebuilding ?? this.#tenants.replayOf(tenant);
      if (!pending) return;
      await abortable(pending, signal);
    }
  }

  #onHeadCrash(error: Error): void {
    const { logger, clock } = this.#options;
    const nowMs = clock.monotonicMs();
    this.#crashCount = nowMs - this.#lastCrashMs > CRASH_MEMORY_MS ? 1 : this.#crashCount + 1;
    this.#lastCrashMs = nowMs;
    logger.error('head worker ended; its rows are rebuilt from the log', { error });
    if (this.#crashCount > MAX_WORKER_CRASHES) {
      this.#failure = `the head worker ended ${this.#crashCount} times in a row: ${error.message}`;
      return;
    }
    const before = this.#rebuilding ?? Promise.resolve();
    const rebuilding = before
      .then(() => this.#rebuild())
      .catch((cause: unknown) => {
        this.#failure = `recent data could not be rebuilt: ${String(cause)}`;
      })
      .finally(() => {
        if (this.#rebuilding === rebuilding) this.#rebuilding = undefined;
      });
    this.#rebuilding = rebuilding;
  }

  /** A new head worker with everything that is in the log and not in a block. */
  async #rebuild(): Promise<void> {
    await this.#completer.abandon();
    await this.#tenants.replayed();
    this.#head.start();
    await this.#tenants.rebuild();
  }
}

function newQueue(options: IngesterOptions): FlushQueue {
  const { config, bounds, clock, timers, random, logger, metrics } = options;
  return new FlushQueue({
    concurrency: config.concurrentFlushes,
    capacity: bounds.maxQueuedOperations,
    backoffMs: bounds.retryBackoffMs,
    clock,
    timers,
    random,
    logger,
    metrics,
  });
}

/** Waits for `promise`, which may fail, until `signal` is aborted. */
async function abortable(promise: Promise<unknown>, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const { promise: aborted, resolve } = Promise.withResolvers<void>();
  const onAbort = () => resolve();
  signal.addEventListener('abort', onAbort, { once: true });
  await Promise.race([promise.catch(() => undefined), aborted]);
  signal.removeEventListener('abort', onAbort);
  signal.throwIfAborted();
}
