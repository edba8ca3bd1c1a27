/**
 * The main thread's side of the block workers: one that writes blocks and one that reads local
 * blocks, both started when first needed. The writer is ended when it has had nothing to do for a
 * while, so that the memory it took is given back.
 */
import {
  Semaphore,
  startWorker,
  WorkerCalls,
  type Timer,
  type Timers,
  type WorkerHandle,
} from '@tempo-ts/runtime';
import type { BlockRef } from '@tempo-ts/ports';
import type { BlockCalls, BlockWorkerSettings, WriteBlockRequest } from './block-calls.ts';
import { restoreQueryError } from './query-failure.ts';

/** A writer without work is kept this long. */
const WRITER_IDLE_MS = 10_000;

export interface BlockClientOptions {
  /** The directory of local blocks. */
  readonly path: string;
  readonly timers: Timers;
  readonly startWorker?: (settings: BlockWorkerSettings) => WorkerHandle;
}

export class BlockClient {
  readonly #options: BlockClientOptions;
  /** Writing a block takes a core and much memory: one at a time. */
  readonly #writing = new Semaphore({ permits: 1 });
  #writer: WorkerCalls<BlockCalls> | undefined;
  #writesWaiting = 0;
  #idleTimer: Timer | undefined;
  #reader: WorkerCalls<BlockCalls> | undefined;

  constructor(options: BlockClientOptions) {
    this.#options = options;
  }

  /** Writes a block to the local disk; what a failed attempt leaves behind is not a block. */
  async write(request: WriteBlockRequest, signal: AbortSignal): Promise<BlockRef> {
    this.#writesWaiting += 1;
    this.#idleTimer?.stop();
    try {
      return await this.#writing.run(async () => {
        signal.throwIfAborted();
        this.#writer ??= this.#start('block writer', () => {
          this.#writer = undefined;
        });
        return await this.#writer.call('write', request, { signal });
      });
    } finally {
      this.#writesWaiting -= 1;
      if (signal.aborted) await this.#endWriter();
      else if (this.#writesWaiting === 0)
        this.#idleTimer = this.#options.timers.after(WRITER_IDLE_MS, () => void this.#endWriter());
    }
  }

  /** Asks the reading worker. */
  read<M extends Exclude<keyof BlockCalls, 'write'>>(
    method: M,
    request: BlockCalls[M]['request'],
    signal: AbortSignal,
  ): Promise<BlockCalls[M]['reply']> {
    this.#reader ??= this.#start('block reader', () => {
      this.#reader = undefined;
    });
    return this.#reader.call(method, request, { signal });
  }

  async stop(): Promise<void> {
    this.#idleTimer?.stop();
    await this.#endWriter();
    await this.#reader?.close();
    this.#reader = undefined;
  }

  async #endWriter(): Promise<void> {
    const writer = this.#writer;
    this.#writer = undefined;
    await writer?.close();
  }

  #start(name: string, onCrash: () => void): WorkerCalls<BlockCalls> {
    const settings: BlockWorkerSettings = { path: this.#options.path };
    const start =
      this.#options.startWorker ??
      ((workerData) => startWorker('block-worker', { parentUrl: import.meta.url, workerData }));
    return new WorkerCalls<BlockCalls>(start(settings), {
      name,
      onCrash,
      restoreError: restoreQueryError,
    });
  }
}
