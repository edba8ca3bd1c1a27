/**
 * Makes a local block of a cut head. From the moment the block is complete it answers in place of
 * the rows; then the rows are let go and the log segments deleted. What fails is tried for ever;
 * rows and log are kept until then.
 */
import type { WalWriter } from '@tempo-ts/wal';
import type { Logger } from '@tempo-ts/telemetry';
import type { BlockClient } from './block-client.ts';
import type { IngesterConfig } from './config.ts';
import type { FlushQueue } from './flush-queue.ts';
import type { HeadClient } from './head-client.ts';
import type { IngesterBounds } from './limits.ts';
import type { LocalBlock, LocalBlocks } from './local-blocks.ts';
import type { CutHead } from './tenant-instance.ts';

/** The tenant whose head was cut. */
export interface CutOwner {
  readonly wal: Pick<WalWriter, 'deleteSegments'>;
  release(cut: CutHead): void;
}

export interface BlockCompleterOptions {
  readonly config: IngesterConfig;
  readonly bounds: IngesterBounds;
  readonly head: HeadClient;
  readonly blocks: BlockClient;
  readonly localBlocks: LocalBlocks;
  readonly queue: FlushQueue;
  readonly logger: Logger;
  readonly onComplete: (block: LocalBlock) => void;
}

export class BlockCompleter {
  readonly #options: BlockCompleterOptions;
  /** Cut heads that are not a block yet. */
  readonly #pending = new Map<string, { readonly cut: CutHead; readonly owner: CutOwner }>();
  #abandon = new AbortController();
  readonly #running = new Set<Promise<void>>();

  constructor(options: BlockCompleterOptions) {
    this.#options = options;
  }

  /** Cut heads that are not a block yet. */
  get pendingCount(): number {
    return this.#pending.size;
  }

  complete(cut: CutHead, owner: CutOwner): void {
    this.#pending.set(cut.blockId, { cut, owner });
    this.offerPending();
  }

  /** Puts into the queue what did not fit earlier. */
  offerPending(): void {
    for (const { cut, owner } of this.#pending.values())
      this.#options.queue.offer({
        key: keyOf(cut),
        name: 'writing a block',
        run: (signal) => this.#track(this.#run(cut, owner, signal)),
      });
  }

  /** Gives up all cut heads, for their rows are lost; the log still has them. */
  async abandon(): Promise<void> {
    this.#abandon.abort(new Error('the rows of the head were lost'));
    const abandoned = [...this.#pending.values()];
    this.#options.queue.remove(abandoned.map(({ cut }) => keyOf(cut)));
    await Promise.allSettled(this.#running);
    // Those that became a block at the last moment are no longer among the pending ones.
    for (const { cut } of this.#pending.values())
      await this.#options.localBlocks.removeDirectory(cut.tenant, cut.blockId);
    this.#options.queue.remove(abandoned.map(({ cut }) => keyOf(cut)));
    this.#pending.clear();
    this.#abandon = new AbortController();
  }

  async #track(run: Promise<void>): Promise<void> {
    this.#running.add(run);
    try {
      await run;
    } finally {
      this.#running.delete(run);
    }
  }

  async #run(cut: CutHead, owner: CutOwner, queueSignal: AbortSignal): Promise<void> {
    const { localBlocks, logger } = this.#options;
    const signal = AbortSignal.any([queueSignal, this.#abandon.signal]);
    await cut.carriedOn;
    const block = await this.#write(cut, signal);
    // No await in here: a query sees either the rows or the block.
    this.#pending.delete(cut.blockId);
    if (block) localBlocks.add(block);
    owner.release(cut);
    if (block) this.#options.onComplete(block);
    logger.info('head completed', {
      tenant: cut.tenant,
      blockId: cut.blockId,
      traces: block?.ref.traceCount ?? 0,
      sizeBytes: block?.ref.sizeBytes ?? 0,
    });
    await owner.wal.deleteSegments(cut.segments).catch((error: unknown) => {
      // The next start deletes them: the block names them.
      logger.warn('log segments could not be deleted', { tenant: cut.tenant, error });
    });
  }

  /** Undefined when all rows of the head went on into the next one. */
  async #write(cut: CutHead, signal: AbortSignal): Promise<LocalBlock | undefined> {
    const { head, blocks, localBlocks, config, bounds } = this.#options;
    const { tenant, blockId, headId, range, dedicatedColumns, segments } = cut;
    const content = await head.call('content', { headId }, signal);
    if (content.rowCount === 0) return undefined;
    await localBlocks.removeDirectory(tenant, blockId);
    await localBlocks.writeSegments(tenant, blockId, segments);
    const ref = await blocks.write(
      {
        tenant,
        blockId,
        content,
        range,
        dedicatedColumns,
        batchSpans: bounds.blockBatchSpans,
        config: config.block,
      },
      signal,
    );
    return { ref, segments, flushedUnixMs: undefined };
  }
}

function keyOf(cut: CutHead): string {
  return `complete/${cut.tenant}/${cut.blockId}`;
}
