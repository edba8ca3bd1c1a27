/**
 * Removes old blocks in two steps: a block older than its retention is marked compacted, so that
 * queries leave it out, and its objects are deleted some time later, when no query can still be
 * reading them.
 */
import { blockPrefix, compactedMetaKey, metaKey, type BlockMeta } from '@tempo-ts/block';
import { ObjectNotFoundError, type ObjectStore } from '@tempo-ts/object-store';
import type { TenantId } from '@tempo-ts/ports';
import type { Clock } from '@tempo-ts/runtime';
import type { Logger } from '@tempo-ts/telemetry';
import type { Blocklist } from './blocklist.ts';
import type { RetentionMetrics } from './metrics.ts';

export interface RetentionOptions {
  readonly store: ObjectStore;
  readonly blocklist: Blocklist;
  readonly tenant: TenantId;
  /** `block_retention`: age of a block's end from which it is removed; 0 keeps blocks for ever. */
  readonly blockRetentionMs: number;
  /** `compacted_block_retention`: how long a marked block's objects stay. */
  readonly compactedBlockRetentionMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: RetentionMetrics;
  readonly signal: AbortSignal;
}

/** Applies retention to the polled blocks of a tenant. Failures are logged and counted; the next pass tries again. */
export async function applyRetention(options: RetentionOptions): Promise<void> {
  const { blocklist, tenant, blockRetentionMs, compactedBlockRetentionMs, clock } = options;
  const { live, compacted } = blocklist.tenantBlocks(tenant);
  const now = clock.nowUnixMs();
  const started = clock.monotonicMs();
  for (const meta of live) {
    if (blockRetentionMs === 0 || meta.endUnixMs >= now - blockRetentionMs) continue;
    await attempt(options, meta, 'mark a block compacted', async () => {
      await markCompacted(options.store, blocklist, meta, now);
      options.metrics.marked.inc();
    });
  }
  for (const { meta, compactedUnixMs } of compacted) {
    if (compactedUnixMs >= now - compactedBlockRetentionMs) continue;
    await attempt(options, meta, 'delete a block', async () => {
      await deleteBlock(options.store, meta);
      blocklist.forget(tenant, meta.blockId);
      options.metrics.deleted.inc();
    });
  }
  options.metrics.durationSeconds.observe({}, (clock.monotonicMs() - started) / 1000);
}

/** Marks a block compacted, in the store and in the list. A block that is marked already stays so. */
export async function markCompacted(
  store: ObjectStore,
  blocklist: Blocklist,
  meta: BlockMeta,
  nowUnixMs: number,
): Promise<void> {
  try {
    await store.move(metaKey(meta), compactedMetaKey(meta));
  } catch (error) {
    // Another process may have done it.
    if (!(error instanceof ObjectNotFoundError)) throw error;
  }
  blocklist.markCompacted({ meta, compactedUnixMs: nowUnixMs });
}

/** Deletes every object of a block; the description last, so that a broken deletion is found again. */
export async function deleteBlock(
  store: ObjectStore,
  block: Pick<BlockMeta, 'tenant' | 'blockId'>,
): Promise<void> {
  const { objects } = await store.list(blockPrefix(block));
  const last = compactedMetaKey(block);
  for (const { key } of objects) if (key !== last) await store.delete(key);
  await store.delete(last);
}

async function attempt(
  options: RetentionOptions,
  meta: BlockMeta,
  what: string,
  task: () => Promise<void>,
): Promise<void> {
  options.signal.throwIfAborted();
  const { logger, metrics, tenant } = options;
  try {
    await task();
    logger.info(`retention: ${what}`, { tenant, blockId: meta.blockId });
  } catch (error) {
    metrics.errors.inc();
    logger.error(`retention failed to ${what}`, { tenant, blockId: meta.blockId, error });
  }
}
