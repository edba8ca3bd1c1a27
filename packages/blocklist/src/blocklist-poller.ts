/**
 * Brings the blocklist up to date with the object store. The builder of a tenant lists its blocks and
 * writes the tenant index; other processes read the index and list only when it is missing, damaged
 * or too old.
 */
import { ObjectNotFoundError, type ObjectStore } from '@tempo-ts/object-store';
import type { TenantId } from '@tempo-ts/ports';
import { Semaphore, type Clock } from '@tempo-ts/runtime';
import type { Logger, MetricsRegistry } from '@tempo-ts/telemetry';
import type { Blocklist } from './blocklist.ts';
import { createPollMetrics, type PollMetrics } from './metrics.ts';
import { readTenantBlocks } from './read-tenant-blocks.ts';
import type { TenantBlocks } from './stored-block.ts';
import {
  decodeJsonIndex,
  decodeProtobufIndex,
  encodeJsonIndex,
  encodeProtobufIndex,
  jsonIndexKey,
  protobufIndexKey,
  type TenantIndex,
} from './tenant-index.ts';

/** Keys of `storage.trace`; durations in milliseconds. */
export interface BlocklistPollConfig {
  /** Blocks described at once, over all tenants of a poll. */
  readonly blocklist_poll_concurrency: number;
  /** 0 means 1. */
  readonly blocklist_poll_tenant_concurrency: number;
  readonly blocklist_poll_fallback: boolean;
  /** 0 trusts an index of any age. */
  readonly blocklist_poll_stale_tenant_index: number;
}

export interface BlocklistPollerOptions {
  readonly config: BlocklistPollConfig;
  readonly store: ObjectStore;
  readonly blocklist: Blocklist;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: MetricsRegistry;
  /** Whether this process builds a tenant's index; a process on its own builds all. */
  readonly isIndexBuilder?: (tenant: TenantId) => boolean;
}

/** Polls once per call of {@link poll}; calls must not overlap. */
export class BlocklistPoller {
  readonly #options: BlocklistPollerOptions;
  readonly #metrics: PollMetrics;
  #polledTenants = new Set<TenantId>();

  constructor(options: BlocklistPollerOptions) {
    this.#options = options;
    this.#metrics = createPollMetrics(options.metrics);
  }

  /**
   * Reads the blocks of all tenants. What cannot be read is logged and counted, and the list keeps
   * what it had there; never rejects but for the signal's reason.
   */
  async poll(signal: AbortSignal): Promise<void> {
    const { clock, config, blocklist, logger, store } = this.#options;
    const startMs = clock.monotonicMs();
    const poll = blocklist.beginPoll();
    let tenants: TenantId[];
    try {
      const listing = await store.list('', { delimiter: '/', signal });
      tenants = listing.prefixes.map((prefix) => prefix.slice(0, -1) as TenantId);
    } catch (error) {
      signal.throwIfAborted();
      this.#metrics.errors.inc({ tenant: '' });
      logger.error('failed to list tenants', { error });
      return;
    }
    const permits = new Semaphore({
      permits: Math.max(1, config.blocklist_poll_tenant_concurrency),
    });
    // A tenant whose last block is gone is polled once more, to be forgotten.
    const known = new Set([...tenants, ...this.#polledTenants, ...blocklist.tenants()]);
    await Promise.all(
      [...known].map((tenant) => permits.run(() => this.#pollTenant(tenant, poll, signal))),
    );
    signal.throwIfAborted();
    this.#polledTenants = new Set(tenants);
    this.#metrics.durationSeconds.observe({}, (clock.monotonicMs() - startMs) / 1000);
  }

  async #pollTenant(tenant: TenantId, poll: number, signal: AbortSignal): Promise<void> {
    const { blocklist, logger } = this.#options;
    try {
      const blocks = await this.#readTenant(tenant, signal);
      blocklist.applyPoll(tenant, poll, blocks);
    } catch (error) {
      if (signal.aborted) return;
      this.#metrics.errors.inc({ tenant });
      logger.error('failed to poll the blocks of a tenant', { tenant, error });
    }
    if (blocklist.tenants().includes(tenant))
      this.#metrics.length.set({ tenant }, blocklist.length(tenant));
    else {
      this.#metrics.length.remove({ tenant });
      this.#metrics.indexBuilder.remove({ tenant });
      this.#metrics.indexAgeSeconds.remove({ tenant });
    }
  }

  async #readTenant(tenant: TenantId, signal: AbortSignal): Promise<TenantBlocks> {
    const { clock, config, logger } = this.#options;
    const isBuilder = this.#options.isIndexBuilder?.(tenant) ?? true;
    this.#metrics.indexBuilder.set({ tenant }, isBuilder ? 1 : 0);
    if (!isBuilder) {
      const index = await this.#readIndex(tenant, signal);
      const ageMs = index ? clock.nowUnixMs() - index.createdUnixMs : 0;
      if (index) this.#metrics.indexAgeSeconds.set({ tenant }, ageMs / 1000);
      const maxAgeMs = config.blocklist_poll_stale_tenant_index;
      if (index && (maxAgeMs === 0 || ageMs <= maxAgeMs)) return index;
      if (!config.blocklist_poll_fallback)
        throw new Error('the tenant index cannot be used and blocklist_poll_fallback is off');
      logger.warn('tenant index cannot be used, listing blocks', { tenant });
    }
    const blocks = await this.#listTenant(tenant, signal);
    if (isBuilder) await this.#writeIndex(tenant, blocks);
    return blocks;
  }

  async #listTenant(tenant: TenantId, signal: AbortSignal): Promise<TenantBlocks> {
    const { blocklist, config, logger, store } = this.#options;
    const listing = await readTenantBlocks({
      store,
      tenant,
      previous: blocklist.tenantBlocks(tenant),
      concurrency: config.blocklist_poll_concurrency,
      signal,
    });
    for (const { blockId, error } of listing.broken) {
      this.#metrics.errors.inc({ tenant });
      logger.error('block has a damaged meta.json and is left out', { tenant, blockId, error });
    }
    return listing;
  }

  /** The index, by preference the protobuf one; undefined when there is none that can be read. */
  async #readIndex(tenant: TenantId, signal: AbortSignal): Promise<TenantIndex | undefined> {
    const { logger, store } = this.#options;
    try {
      try {
        return decodeProtobufIndex(await store.get(protobufIndexKey(tenant), signal));
      } catch (error) {
        if (!(error instanceof ObjectNotFoundError)) throw error;
        return decodeJsonIndex(await store.get(jsonIndexKey(tenant), signal));
      }
    } catch (error) {
      signal.throwIfAborted();
      this.#metrics.indexErrors.inc({ tenant });
      logger.warn('failed to read the tenant index', { tenant, error });
      return undefined;
    }
  }

  /** Writes both encodings; deletes them when the tenant has no blocks left. */
  async #writeIndex(tenant: TenantId, blocks: TenantBlocks): Promise<void> {
    const { clock, logger, store } = this.#options;
    const { live, compacted } = blocks;
    try {
      if (live.length + compacted.length === 0) {
        await store.delete(protobufIndexKey(tenant));
        await store.delete(jsonIndexKey(tenant));
        return;
      }
      const index = { createdUnixMs: clock.nowUnixMs(), live, compacted };
      await store.put(protobufIndexKey(tenant), encodeProtobufIndex(index));
      await store.put(jsonIndexKey(tenant), encodeJsonIndex(index));
      this.#metrics.indexAgeSeconds.set({ tenant }, 0);
    } catch (error) {
      this.#metrics.indexErrors.inc({ tenant });
      logger.error('failed to write the tenant index', { tenant, error });
    }
  }
}
