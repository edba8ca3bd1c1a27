/**
 * The way of a local block to the object store: upload, announce, keep for a while, remove. A block
 * is announced before it is marked as flushed, and its copy outlives every query that was planned
 * without it.
 */
import type { ObjectStore } from '@tempo-ts/object-store';
import type { BlockAnnouncements } from '@tempo-ts/ports';
import type { Clock, Timers } from '@tempo-ts/runtime';
import type { Logger } from '@tempo-ts/telemetry';
import type { IngesterConfig } from './config.ts';
import { flushBlock } from './flush-block.ts';
import type { FlushQueue } from './flush-queue.ts';
import type { LocalBlock, LocalBlocks } from './local-blocks.ts';
import type { IngesterMetrics } from './metrics.ts';

/** No query lives longer than this after it was planned. */
const LONGEST_QUERY_MS = 60_000;

export interface BlockPublisherOptions {
  readonly config: IngesterConfig;
  readonly localBlocks: LocalBlocks;
  readonly store: ObjectStore;
  readonly announcements: BlockAnnouncements;
  readonly queue: FlushQueue;
  /** Deletes the log segments that a block covers, if any are left. */
  readonly deleteSegments: (block: LocalBlock) => Promise<void>;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
  readonly metrics: IngesterMetrics;
}

export class BlockPublisher {
  readonly #options: BlockPublisherOptions;

  constructor(options: BlockPublisherOptions) {
    this.#options = options;
  }

  /** Uploads every local block that the object store does not have yet. */
  offerAll(): void {
    for (const block of this.#options.localBlocks.all()) this.offer(block);
  }

  offer(block: LocalBlock): void {
    const { config, queue } = this.#options;
    if (!config.flushObjectStorage || block.flushedUnixMs !== undefined) return;
    const { tenant, blockId } = block.ref;
    queue.offer({
      key: `flush/${tenant}/${blockId}`,
      name: 'uploading a block',
      run: (signal) => this.#publish(block, signal),
    });
  }

  /** Removes local copies that have been in the object store for `complete_block_timeout`. */
  async removeOld(): Promise<void> {
    const { config, localBlocks, clock, metrics, logger } = this.#options;
    const keptMs = Math.max(config.completeBlockTimeoutMs, LONGEST_QUERY_MS);
    for (const block of localBlocks.all()) {
      const { flushedUnixMs, ref } = block;
      if (flushedUnixMs === undefined || clock.nowUnixMs() - flushedUnixMs < keptMs) continue;
      try {
        // Its segments are gone since long; were they not, they would come back at the next start.
        await this.#options.deleteSegments(block);
        await localBlocks.remove(block);
        metrics.blocksCleared.inc();
      } catch (error) {
        const { tenant, blockId } = ref;
        logger.warn('local block could not be removed', { tenant, blockId, error });
      }
    }
  }

  async #publish(block: LocalBlock, queueSignal: AbortSignal): Promise<void> {
    const { localBlocks, store, announcements, clock, metrics, logger } = this.#options;
    const startMs = clock.monotonicMs();
    const byteLength = await this.#withinTimeout(queueSignal, (signal) =>
      flushBlock(block.ref, localBlocks.store, store, signal),
    );
    metrics.flushDurationSeconds.observe({}, (clock.monotonicMs() - startMs) / 1000);
    metrics.flushSizeBytes.observe({}, byteLength);
    await announcements.announce(block.ref);
    await localBlocks.markFlushed(block, clock.nowUnixMs());
    metrics.blocksFlushed.inc();
    const { tenant, blockId } = block.ref;
    logger.info('block flushed', { tenant, blockId, byteLength });
  }

  /** `flush_op_timeout`. */
  async #withinTimeout<T>(
    queueSignal: AbortSignal,
    run: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const { config, timers } = this.#options;
    const timeout = new AbortController();
    const timer = timers.after(config.flushOpTimeoutMs, () =>
      timeout.abort(new Error(`flush_op_timeout of ${config.flushOpTimeoutMs} ms exceeded`)),
    );
    try {
      return await run(AbortSignal.any([queueSignal, timeout.signal]));
    } finally {
      timer.stop();
    }
  }
}
