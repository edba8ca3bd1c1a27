/** The main thread's side of the head worker. */
import { startWorker, WorkerCalls, type WorkerHandle } from '@tempo-ts/runtime';
import { IngestError, type TenantId } from '@tempo-ts/ports';
import type { DedicatedColumn } from '@tempo-ts/span-batch';
import type { HeadCalls, HeadMessage, HeadWorkerSettings, IndexedMessage } from './head-calls.ts';
import type { IngesterBounds } from './limits.ts';
import { restoreQueryError } from './query-failure.ts';

export interface HeadClientOptions {
  readonly bounds: IngesterBounds;
  /** Pieces that the worker could not read. */
  readonly onUnreadable: (pieces: number, reason: string) => void;
  /** The worker ended by itself: all it held is in the log only. */
  readonly onCrash: (error: Error) => void;
  /** Starts the worker; tests put their own in its place. */
  readonly startWorker?: (settings: HeadWorkerSettings) => WorkerHandle;
}

export class HeadClient {
  readonly #options: HeadClientOptions;
  #calls: WorkerCalls<HeadCalls> | undefined;
  #bytesInFlight = 0;
  #nextHeadId = 1;
  #waiting: (() => void)[] = [];

  constructor(options: HeadClientOptions) {
    this.#options = options;
  }

  /** Starts the worker, or a new one after a crash. */
  start(): void {
    const { chunkSpans, searchBatchSpans } = this.#options.bounds;
    const settings: HeadWorkerSettings = { chunkSpans, searchBatchSpans };
    const start =
      this.#options.startWorker ??
      ((workerData) => startWorker('head-worker', { parentUrl: import.meta.url, workerData }));
    this.#bytesInFlight = 0;
    this.#wakeWaiting();
    const worker = start(settings);
    this.#calls = new WorkerCalls<HeadCalls>(worker, {
      name: 'head worker',
      restoreError: restoreQueryError,
      onPost: (message) => this.#indexed(message as IndexedMessage),
      onCrash: (error) => {
        this.#calls = undefined;
        this.#options.onCrash(error);
      },
    });
  }

  async stop(): Promise<void> {
    const calls = this.#calls;
    this.#calls = undefined;
    await calls?.close();
  }

  /** Bytes being written to the log, or not yet turned into columns. */
  get bytesInFlight(): number {
    return this.#bytesInFlight;
  }

  /**
   * Counts bytes that will be appended; {@link release} takes them back when they are not.
   *
   * @throws IngestError when the worker is down or lags too far behind.
   */
  reserve(byteLength: number): void {
    const { maxBytesInFlight } = this.#options.bounds;
    if (!this.#calls)
      throw new IngestError('unavailable', 'the ingester is rebuilding its recent data', {
        retryAfterMs: 1000,
      });
    if (this.#bytesInFlight > 0 && this.#bytesInFlight + byteLength > maxBytesInFlight)
      throw new IngestError(
        'unavailable',
        `${this.#bytesInFlight} bytes wait to be indexed, limit ${maxBytesInFlight} (maxBytesInFlight)`,
        { retryAfterMs: 1000 },
      );
    this.#bytesInFlight += byteLength;
  }

  release(byteLength: number): void {
    this.#bytesInFlight = Math.max(0, this.#bytesInFlight - byteLength);
    this.#wakeWaiting();
  }

  /** Like {@link reserve}, but waits until there is room: for replay. */
  async reserveWhenFree(byteLength: number): Promise<void> {
    while (
      this.#calls &&
      this.#bytesInFlight > 0 &&
      this.#bytesInFlight + byteLength > this.#options.bounds.maxBytesInFlight / 2
    )
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#bytesInFlight += byteLength;
  }

  /** Opens a head; it becomes the tenant's newest. */
  openHead(tenant: TenantId, dedicatedColumns: readonly DedicatedColumn[]): number {
    const headId = this.#nextHeadId;
    this.#nextHeadId += 1;
    this.#post({ kind: 'open', tenant, headId, dedicatedColumns });
    return headId;
  }

  /** Hands reserved bytes to the worker. The payload's buffer is transferred. */
  append(headId: number, payload: Uint8Array<ArrayBuffer>, isCarried: boolean): void {
    const message: HeadMessage = { kind: 'append', headId, payload, isCarried };
    this.#calls?.post(message, [payload.buffer]);
  }

  /** Lets go of a head whose block answers from now on. */
  releaseHead(headId: number): void {
    this.#post({ kind: 'release', headId });
  }

  call<M extends keyof HeadCalls>(
    method: M,
    request: HeadCalls[M]['request'],
    signal?: AbortSignal,
  ): Promise<HeadCalls[M]['reply']> {
    if (!this.#calls)
      return Promise.reject(new Error('the ingester is rebuilding its recent data'));
    return this.#calls.call(method, request, signal ? { signal } : {});
  }

  #post(message: HeadMessage): void {
    this.#calls?.post(message);
  }

  #indexed(message: IndexedMessage): void {
    this.release(message.byteLength);
    if (message.unreadablePieces > 0)
      this.#options.onUnreadable(message.unreadablePieces, message.reason ?? '');
  }

  #wakeWaiting(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}
