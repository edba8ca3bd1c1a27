/** The tenants of an ingester, each with its log; made when first needed, or found on the disk. */
import { IngestError, type TenantId } from '@tempo-ts/ports';
import { segmentSequences, WalWriter, type WalFileSystem } from '@tempo-ts/wal';
import type { LocalBlocks } from './local-blocks.ts';
import { replayTenant, tenantOfDirectory, walDirectory } from './replay-wal.ts';
import { TenantInstance, type TenantContext } from './tenant-instance.ts';

/** A tenant that sent nothing for this long, and of whom nothing is left, is forgotten. */
const UNUSED_MS = 3_600_000;

export interface TenantInstancesOptions {
  readonly context: TenantContext;
  readonly localBlocks: LocalBlocks;
  readonly walFileSystem: WalFileSystem;
  /** Cuts a head between two segments of a log that is replayed. */
  readonly cut: (instance: TenantInstance) => Promise<void>;
}

export class TenantInstances {
  readonly #options: TenantInstancesOptions;
  readonly #made = new Map<TenantId, Promise<TenantInstance>>();
  readonly #instances = new Map<TenantId, TenantInstance>();
  /** Of tenants whose log is being replayed. */
  readonly #replays = new Map<TenantId, Promise<void>>();
  readonly #stopping = new AbortController();

  constructor(options: TenantInstancesOptions) {
    this.#options = options;
  }

  all(): readonly TenantInstance[] {
    return [...this.#instances.values()];
  }

  find(tenant: TenantId): TenantInstance | undefined {
    return this.#instances.get(tenant);
  }

  /** The instance of a tenant, made when there is none. */
  get(tenant: TenantId): Promise<TenantInstance> {
    const known = this.#made.get(tenant);
    if (known) return known;
    const made = this.#create(tenant);
    this.#made.set(tenant, made);
    made.catch(() => this.#made.delete(tenant));
    return made;
  }

  /** Makes an instance for every tenant that has a log; replaying goes on in the background. */
  async load(): Promise<void> {
    const { context, walFileSystem } = this.#options;
    const { walPath } = context.config;
    for (const name of await walFileSystem.list(walPath)) {
      if (name.includes('+'))
        context.logger.warn('write-ahead log of Tempo found; it is not read', { directory: name });
      const tenant = tenantOfDirectory(name);
      if (tenant !== undefined && (await this.#segmentsOf(tenant)).length > 0)
        await this.get(tenant);
    }
  }

  isReplaying(tenant: TenantId): boolean {
    return this.#replays.has(tenant);
  }

  /** Settles when the log of the tenant is replayed; undefined when it is. */
  replayOf(tenant: TenantId): Promise<void> | undefined {
    return this.#replays.get(tenant);
  }

  /** Settles when no log is being replayed. */
  async replayed(): Promise<void> {
    await Promise.allSettled(this.#replays.values());
  }

  /** Fills the heads again from the logs, all rows having been lost with the head worker. */
  async rebuild(): Promise<void> {
    const instances = this.all();
    // All at once: from here on pushes are posted to heads that exist.
    for (const instance of instances) instance.forgetRows();
    for (const instance of instances) {
      await instance.wal.rotate();
      const covered = this.#coveredSegments(instance.tenant);
      const found = await this.#segmentsOf(instance.tenant);
      // A push may have begun a segment since; what it holds has been posted already.
      const current = instance.wal.currentSegment;
      const lost = found.filter((segment) => !covered.has(segment) && segment !== current);
      this.#startReplay(instance, lost);
    }
  }

  /** Forgets tenants that have nothing here any more; they are made again when needed. */
  async removeUnused(): Promise<void> {
    for (const instance of this.all()) {
      const { tenant } = instance;
      const hasBlocks = this.#options.localBlocks.of(tenant).length > 0;
      if (hasBlocks || this.isReplaying(tenant) || !instance.isUnusedFor(UNUSED_MS)) continue;
      this.#made.delete(tenant);
      this.#instances.delete(tenant);
      await instance.discard();
    }
  }

  /** Deletes segments of a tenant's log that are still there. */
  async deleteSegments(tenant: TenantId, segments: readonly number[]): Promise<void> {
    const left = new Set(await this.#segmentsOf(tenant));
    const found = segments.filter((segment) => left.has(segment));
    if (found.length > 0) await (await this.get(tenant)).wal.deleteSegments(found);
  }

  /** Ends replays, finishes what was accepted, takes nothing more. */
  async stop(): Promise<void> {
    this.#stopping.abort(new Error('the ingester stops'));
    await this.replayed();
    await Promise.all(this.all().map((instance) => instance.close()));
  }

  async #create(tenant: TenantId): Promise<TenantInstance> {
    const { context, walFileSystem } = this.#options;
    const found = await this.#segmentsOf(tenant).catch((cause: unknown) => {
      throw new IngestError('unavailable', `the log of tenant ${tenant} cannot be opened`, {
        cause,
      });
    });
    const covered = this.#coveredSegments(tenant);
    const wal = new WalWriter({
      directory: walDirectory(context.config.walPath, tenant),
      // Numbers that a block names are not used again: a restart would delete them.
      firstSequence: Math.max(0, ...found, ...covered) + 1,
      fileSystem: walFileSystem,
      random: context.random,
    });
    await wal.deleteSegments(found.filter((segment) => covered.has(segment)));
    const instance = new TenantInstance(tenant, wal, context);
    this.#instances.set(tenant, instance);
    const segments = found.filter((segment) => !covered.has(segment));
    if (segments.length > 0) this.#startReplay(instance, segments);
    return instance;
  }

  async #segmentsOf(tenant: TenantId): Promise<number[]> {
    const { context, walFileSystem } = this.#options;
    const directory = walDirectory(context.config.walPath, tenant);
    return segmentSequences(await walFileSystem.list(directory));
  }

  /** Segments whose rows are in a complete local block. */
  #coveredSegments(tenant: TenantId): Set<number> {
    return new Set(this.#options.localBlocks.of(tenant).flatMap(({ segments }) => segments));
  }

  #startReplay(instance: TenantInstance, segments: readonly number[]): void {
    const { context, walFileSystem, cut } = this.#options;
    const { config, logger, metrics, clock } = context;
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
        if (instance.headBytes >= config.maxBlockBytes) await cut(instance);
      },
      signal: this.#stopping.signal,
    }).finally(() => {
      this.#replays.delete(tenant);
      const durationMs = Math.round(clock.monotonicMs() - startMs);
      logger.info('log replayed', { tenant, segments: segments.length, durationMs });
    });
    this.#replays.set(tenant, replay);
  }
}
