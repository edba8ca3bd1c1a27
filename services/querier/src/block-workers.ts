/**
 * A bounded pool of block workers. Threads are started when they are first needed. A job goes to the
 * least busy one, of equals to the one that is likely to have the block's footer; when all are busy
 * it waits, in order of arrival.
 */
import { BoundedQueue, startWorker, WorkerCalls, type WorkerHandle } from '@tempo-ts/runtime';
import { QueryError } from '@tempo-ts/ports';
import type { Logger } from '@tempo-ts/telemetry';
import type { BlockCalls, BlockWorkerSettings } from './block-calls.ts';
import { JOBS_PER_WORKER, WORKER_CACHE_BYTES } from './limits.ts';
import type { QuerierMetrics } from './metrics.ts';

export interface BlockWorkersOptions {
  /** Threads at most. */
  readonly size: number;
  /** Jobs at most that wait for a thread. */
  readonly queueDepth: number;
  readonly store: BlockWorkerSettings['store'];
  readonly logger: Logger;
  readonly metrics: Pick<QuerierMetrics, 'queueLength' | 'workerRestarts'>;
  readonly startWorker?: (settings: BlockWorkerSettings) => WorkerHandle;
}

interface Slot {
  calls: WorkerCalls<BlockCalls> | undefined;
  busy: number;
}

interface Waiting {
  readonly affinity: string;
  start(slot: Slot): void;
  isGone: boolean;
}

export class BlockWorkers {
  readonly #options: BlockWorkersOptions;
  readonly #slots: readonly Slot[];
  readonly #waiting: BoundedQueue<Waiting>;
  #isStopped = false;

  constructor(options: BlockWorkersOptions) {
    this.#options = options;
    this.#slots = Array.from({ length: options.size }, () => ({ calls: undefined, busy: 0 }));
    this.#waiting = new BoundedQueue({ capacity: options.queueDepth });
  }

  /** Threads that run now. */
  get runningCount(): number {
    return this.#slots.filter(({ calls }) => calls !== undefined).length;
  }

  /**
   * Runs one call in one of the threads. `affinity`: calls with the same one prefer the same thread.
   *
   * Rejects with QueryError `exhausted` when too many wait, with WorkerGoneError when the thread
   * ended meanwhile: another attempt gets another thread.
   */
  async run<M extends keyof BlockCalls>(
    method: M,
    request: BlockCalls[M]['request'],
    options: { readonly affinity: string; readonly signal: AbortSignal },
  ): Promise<BlockCalls[M]['reply']> {
    options.signal.throwIfAborted();
    const slot = this.#takeSlot(options.affinity) ?? (await this.#wait(options));
    try {
      options.signal.throwIfAborted();
      slot.calls ??= this.#start(slot);
      return await slot.calls.call(method, request, { signal: options.signal });
    } finally {
      slot.busy -= 1;
      this.#startNext();
    }
  }

  /** Ends all threads; calls under way reject. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    const running = this.#slots.flatMap(({ calls }) => calls ?? []);
    for (const slot of this.#slots) slot.calls = undefined;
    await Promise.all(running.map((calls) => calls.close()));
  }

  /** A thread with room for a call, which is counted as its own at once. */
  #takeSlot(affinity: string): Slot | undefined {
    const preferred = hashOf(affinity) % this.#slots.length;
    let best: Slot | undefined;
    for (let i = 0; i < this.#slots.length; i += 1) {
      const slot = this.#slots[(preferred + i) % this.#slots.length]!;
      if (slot.busy < JOBS_PER_WORKER && slot.busy < (best?.busy ?? JOBS_PER_WORKER)) best = slot;
    }
    if (best) best.busy += 1;
    return best;
  }

  #wait(options: { readonly affinity: string; readonly signal: AbortSignal }): Promise<Slot> {
    const { signal, affinity } = options;
    return new Promise((resolve, reject) => {
      const waiting: Waiting = {
        affinity,
        isGone: false,
        start(slot) {
          signal.removeEventListener('abort', cancel);
          resolve(slot);
        },
      };
      const cancel = () => {
        waiting.isGone = true;
        reject(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
      };
      if (!this.#waiting.offer(waiting)) {
        const limit = this.#options.queueDepth;
        const message = `more than ${limit} jobs wait for block workers (storage.trace.pool.queue_depth)`;
        reject(new QueryError('exhausted', message));
        return;
      }
      signal.addEventListener('abort', cancel, { once: true });
      this.#options.metrics.queueLength.set({}, this.#waiting.length);
    });
  }

  #startNext(): void {
    let next = this.#waiting.poll();
    while (next?.isGone) next = this.#waiting.poll();
    this.#options.metrics.queueLength.set({}, this.#waiting.length);
    // Whoever calls this has just left a slot.
    const slot = next && this.#takeSlot(next.affinity);
    if (slot) next!.start(slot);
  }

  #start(slot: Slot): WorkerCalls<BlockCalls> {
    if (this.#isStopped) throw new Error('the querier is stopped');
    const { store, logger, metrics } = this.#options;
    const settings: BlockWorkerSettings = { store, cacheBytes: WORKER_CACHE_BYTES };
    const start =
      this.#options.startWorker ??
      ((workerData) => startWorker('block-worker', { parentUrl: import.meta.url, workerData }));
    const calls = new WorkerCalls<BlockCalls>(start(settings), {
      name: 'block worker',
      restoreError: ({ name, message, code }) =>
        name === 'QueryError' ? new QueryError(code as QueryError['code'], message) : undefined,
      onCrash: (error) => {
        if (slot.calls === calls) slot.calls = undefined;
        metrics.workerRestarts.inc();
        logger.error('block worker ended', { error });
      },
    });
    return calls;
  }
}

/** FNV-1a. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1)
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193) >>> 0;
  return hash;
}
