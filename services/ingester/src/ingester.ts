/**
 * The ingester: tenants, their logs, the head worker, and the way of heads to blocks. Everything
 * that happens by itself happens in `sweep`, every `flush_check_period`.
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
import { segmentSequences, WalWriter, type WalFileSystem } from '@tempo-ts/wal';
import { BlockClient } from './block-client.ts';
import { BlockCompleter } from './complete-block.ts';
import type { IngesterConfig, LimitsOf } from './config.ts';
import { FlushQueue } from './flush-queue.ts';
import { HeadClient, type HeadClientOptions } from './head-client.ts';
import type { IngesterBounds } from './limits.ts';
import { LocalBlocks } from './local-blocks.ts';
import type { IngesterMetrics } from './metrics.ts';
import { BlockPublisher } from './publish-blocks.ts';
import { RecentSearch } from './recent-search.ts';
import { replayTenant, tenantOfDirectory, walDirectory } from './replay-wal.ts';
import { TenantInstance, type TenantContext } from './tenant-instance.ts';

/** Replayed logs and rebuilt heads may fail this often in a row before the ingester gives up. */
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
  readonly #queue: FlushQueue;
  readonly #completer: BlockCompleter;
  readonly #publisher: BlockPublisher;
  readonly #tenants = new Map<TenantId, Promise<TenantInstance>>();
  readonly #instances = new Map<TenantId, TenantInstance>();
  /** Of tenants whose log is being replayed. */
  readonly #replays = new Map<TenantId, Promise<void>>();
  readonly #stopping = new AbortController();
  readonly recent: RecentTraces;
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
    const { config, bounds, limitsOf, store, announcements, logger, metrics } = options;
    const { clock, timers, random } = options;
    this.#head = new HeadClient({
      bounds,
      onUnreadable: (pieces, reason) =>
        logger.error('pieces of traces cannot be read', { pieces, reason }),
      onCrash: (error) => this.#onHeadCrash(error),
      ...(options.startHeadWorker ? { startWorker: options.startHeadWorker } : {}),
    });
    const path = join(config.walPath, 'blocks');
    this.#blocks = new BlockClient({ path, timers });
    this.#localBlocks = new LocalBlocks({ path, store: options.localStore, logger });
    this.#queue = new FlushQueue({
      concurrency: config.concurrentFlushes,
      capacity: bounds.maxQueuedOperations,
      backoffMs: bounds.retryBackoffMs,
      clock,
      timers,
      random,
      logger,
      metrics,
    });
    const localBlocks = this.#localBlocks;
    const queue = this.#queue;
    this.#publisher = new BlockPublisher({
      config,
      localBlocks,
      store,
      announcements,
      queue,
      clock,
      timers,
      logger,
      metrics,
    });
    this.#completer = new BlockCompleter({
      config,
      bounds,
      head: this.#head,
      blocks: this.#blocks,
      localBlocks,
      queue,
      logger,
      onComplete: (block) => this.#publisher.offer(block),
    });
    this.recent = new RecentSearch({
      head: this.#head,
      blocks: this.#blocks,
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

  /** OTLP bytes in memory that are not yet served from a block. */
  get recentBytes(): number {
    let sum = 0;
    for (const instance of this.#instances.values()) sum += instance.recentBytes;
    return sum;
  }

  /** Tenants that have data here. */
  get tenants(): readonly TenantId[] {
    return [...new Set([...this.#instances.keys(), ...this.#localBlocks.tenants()])];
  }

  /** Finds what earlier lives left and takes writes; replay goes on in the background. */
  async start(): Promise<void> {
    const { config, walFileSystem, timers } = this.#options;
    await walFileSystem.makeDirectory(config.walPath);
    await this.#localBlocks.load();
    this.#head.start();
    for (const tenant of await this.#tenantsOnDisk()) await this.#instanceOf(tenant);
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
    const instance =
      this.#instances.get(request.tenant) ?? (await this.#instanceOf(request.tenant));
    return instance.push(request.pieces);
  }

  /** What is done regularly; see the class. */
  async sweep(): Promise<void> {
    if (this.#rebuilding) return;
    for (const instance of this.#instances.values()) {
      instance.endLives({ all: false });
      // While a log is replayed its heads are cut between segments only.
      if (!this.#replays.has(instance.tenant) && instance.isHeadDue()) await this.#cut(instance);
    }
    await this.#cutLargestWhenFull();
    this.#completer.offerPending();
    this.#publisher.offerAll();
    await this.#publisher.removeOld();
  }

  /**
   * Cuts the heads of one tenant or of all, live traces included; their blocks are written and
   * uploaded in the background.
   *
   * @returns false when there is no such tenant.
   */
  async flush(tenant?: TenantId): Promise<boolean> {
    if (tenant !== undefined && !this.tenants.includes(tenant)) return false;
    for (const instance of this.#instances.values()) {
      if (tenant !== undefined && instance.tenant !== tenant) continue;
      await this.#replays.get(instance.tenant);
      instance.endLives({ all: true });
      await this.#cut(instance);
    }
    this.#publisher.offerAll();
    return true;
  }

  /** Stops taking writes, then writes and uploads everything; for `/shutdown`. */
  async flushAndRefuse(): Promise<void> {
    this.#isAccepting = false;
    await this.flush();
    await this.#queue.drain();
    await this.#queue.drain();
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
    if (this.#options.config.flushAllOnShutdown) await this.flushAndRefuse();
    this.#stopping.abort(new Error('the ingester stops'));
    await this.#queue.stop();
    await Promise.allSettled(this.#replays.values());
    await Promise.all([...this.#instances.values()].map((instance) => instance.close()));
    await this.#blocks.stop();
    await this.#head.stop();
  }

  /** Resolves when no operation waits or runs; for tests. */
  async idle(): Promise<void> {
    await Promise.all(this.#replays.values());
    await this.#rebuilding;
    await this.#queue.drain();
  }

  #sweepInTurn(): void {
    this.#sweeping = this.#sweeping
      .then(() => this.sweep())
      .catch((error: unknown) => this.#options.logger.error('sweep failed', { error }));
  }

  async #cut(instance: TenantInstance): Promise<void> {
    const cut = await instance.cut();
    if (cut) this.#completer.complete(cut, instance);
  }

  /** Above half of the memory for recent spans the largest head becomes a block early. */
  async #cutLargestWhenFull(): Promise<void> {
    if (this.recentBytes <= this.#options.bounds.maxRecentBytes / 2) return;
    const largest = [...this.#instances.values()]
      .filter(({ tenant }) => !this.#replays.has(tenant))
      .toSorted((a, b) => b.headBytes - a.headBytes)[0];
    if (largest) await this.#cut(largest);
  }

  async #tenantsOnDisk(): Promise<TenantId[]> {
    const { config, walFileSystem, logger } = this.#options;
    const tenants: TenantId[] = [];
    for (const name of await walFileSystem.list(config.walPath)) {
      if (name.includes('+'))
        logger.warn('write-ahead log of Tempo found; it is not read', { directory: name });
      const tenant = tenantOfDirectory(name);
      if (tenant === undefined) continue;
      const segments = await this.#segmentsOf(tenant);
      if (segments.length > 0) tenants.push(tenant);
    }
    return tenants;
  }

  async #segmentsOf(tenant: TenantId): Promise<number[]> {
    const { config, walFileSystem } = this.#options;
    return segmentSequences(await walFileSystem.list(walDirectory(config.walPath, tenant)));
  }

  #instanceOf(tenant: TenantId): Promise<TenantInstance> {
    const known = this.#tenants.get(tenant);
    if (known) return known;
    const made = this.#createInstance(tenant);
    this.#tenants.set(tenant, made);
    made.catch(() => this.#tenants.delete(tenant));
    return made;
  }

  async #createInstance(tenant: TenantId): Promise<TenantInstance> {
    const { config, walFileSystem, random } = this.#options;
    const found = await this.#segmentsOf(tenant).catch((cause: unknown) => {
      throw new IngestError('unavailable', `the log of tenant ${tenant} cannot be opened`, {
        cause,
      });
    });
    const covered = this.#localBlocks.of(tenant).flatMap(({ segments }) => segments);
    const wal = new WalWriter({
      directory: walDirectory(config.walPath, tenant),
      firstSequence: Math.max(0, ...found, ...covered) + 1,
      fileSystem: walFileSystem,
      random,
    });
    const isCovered = new Set(covered);
    await wal.deleteSegments(found.filter((segment) => isCovered.has(segment)));
    const instance = new TenantInstance(tenant, wal, this.#context());
    this.#instances.set(tenant, instance);
    const segments = found.filter((segment) => !isCovered.has(segment));
    if (segments.length > 0) this.#startReplay(instance, segments);
    return instance;
  }

  #context(): TenantContext {
    const { config, bounds, limitsOf, clock, timers, random, logger, metrics } = this.#options;
    const head = this.#head;
    return { config, bounds, limitsOf, head, clock, timers, random, logger, metrics };
  }

  #startReplay(instance: TenantInstance, segments: readonly number[]): void {
    const { config, walFileSystem, logger, metrics, clock } = this.#options;
    const { tenant } = instance;
    const startMs = clock.monotonicMs();
    const replay = replayTenant({
      target: instance,
      fileSystem: walFileSystem,
      directory: walDirectory(config.walPath, tenant),
      segments,
      logger,
      metrics,
      deleteSegments: (empty) => instance.wal.deleteSegments(empty),
      onBoundary: async () => {
        if (instance.headBytes >= config.maxBlockBytes) await this.#cut(instance);
      },
      signal: this.#stopping.signal,
    }).finally(() => {
      this.#replays.delete(tenant);
      const durationMs = Math.round(clock.monotonicMs() - startMs);
      logger.info('log replayed', { tenant, segments: segments.length, durationMs });
    });
    this.#replays.set(tenant, replay);
  }

  async #whenReplayed(tenant: TenantId, signal: AbortSignal): Promise<void> {
    for (;;) {
      const pending = this.#rebuilding ?? this.#replays.get(tenant);
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
    const rebuilding = before.then(() => this.#rebuild());
    this.#rebuilding = rebuilding;
    void rebuilding
      .catch((cause: unknown) => {
        this.#failure = `recent data could not be rebuilt: ${String(cause)}`;
      })
      .finally(() => {
        if (this.#rebuilding === rebuilding) this.#rebuilding = undefined;
      });
  }

  /** A new head worker with everything that is in the log and not in a block. */
  async #rebuild(): Promise<void> {
    await this.#completer.abandon();
    await Promise.allSettled(this.#replays.values());
    this.#head.start();
    const instances = [...this.#instances.values()];
    for (const instance of instances) instance.forgetRows();
    for (const instance of instances) {
      const found = new Set(await this.#segmentsOf(instance.tenant));
      const open = await instance.wal.rotate();
      for (const segment of open) found.add(segment);
      const covered = this.#localBlocks.of(instance.tenant).flatMap(({ segments }) => segments);
      for (const segment of covered) found.delete(segment);
      this.#startReplay(
        instance,
        [...found].toSorted((a, b) => a - b),
      );
    }
  }
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
