/**
 * The main thread's side of the block workers: one that writes blocks, started for the work and
 * ended after it so that its memory is given back, and one that reads local blocks, started when
 * first needed.
 */
import { Semaphore, startWorker } from '@tempo-ts/runtime';
import type { BlockRef } from '@tempo-ts/ports';
import type { BlockCalls, BlockWorkerSettings, WriteBlockRequest } from './block-calls.ts';
import { WorkerCalls, type WorkerHandle } from './worker-calls.ts';

export interface BlockClientOptions {
  /** The directory of local blocks. */
  readonly path: string;
  readonly startWorker?: (settings: BlockWorkerSettings) => WorkerHandle;
}

export class BlockClient {
  readonly #options: BlockClientOptions;
  /** Writing a block takes a core and much memory: one at a time. */
  readonly #writing = new Semaphore({ permits: 1 });
  #writer: WorkerCalls<BlockCalls> | undefined;
  #writesWaiting = 0;
  #reader: WorkerCalls<BlockCalls> | undefined;

  constructor(options: BlockClientOptions) {
    this.#options = options;
  }

  /** Writes a block to the local disk; what a failed attempt leaves behind is not a block. */
  async write(request: WriteBlockRequest, signal: AbortSignal): Promise<BlockRef> {
    this.#writesWaiting += 1;
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
      if (this.#writesWaiting === 0 || signal.aborted) await this.#endWriter();
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
    return new WorkerCalls<BlockCalls>(start(settings), { name, onCrash });
  }
}
