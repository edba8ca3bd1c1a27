/** The main thread's side of the head worker. */
import { startWorker, WorkerCalls, type Timers, type WorkerHandle } from '@tempo-ts/runtime';
import { IngestError, type TenantId } from '@tempo-ts/ports';
import type { DedicatedColumn } from '@tempo-ts/span-batch';
import { BytesInFlight } from './bytes-in-flight.ts';
import type { HeadCalls, HeadMessage, HeadWorkerSettings, IndexedMessage } from './head-calls.ts';
import type { IngesterBounds } from './limits.ts';
import { restoreQueryError } from './query-failure.ts';

const REBUILDING = 'the ingester is rebuilding its recent data';

export interface HeadClientOptions {
  readonly bounds: IngesterBounds;
  readonly timers: Timers;
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
  readonly #inFlight: BytesInFlight;
  #nextHeadId = 1;
  #memoryBytes = 0;

  constructor(options: HeadClientOptions) {
    this.#options = options;
    this.#inFlight = new BytesInFlight({ ...options.bounds, timers: options.timers });
  }

  /** Starts the worker, or a new one after a crash. */
  start(): void {
    const { chunkSpans, searchBatchSpans } = this.#options.bounds;
    const settings: HeadWorkerSettings = { chunkSpans, searchBatchSpans };
    const start =
      this.#options.startWorker ??
      ((workerData) => startWorker('head-worker', { parentUrl: import.meta.url, workerData }));
    const worker = start(settings);
    this.#calls = new WorkerCalls<HeadCalls>(worker, {
      name: 'head worker',
      restoreError: restoreQueryError,
      onPost: (message) => this.#indexed(message as IndexedMessage),
      onCrash: (error) => {
        this.#calls = undefined;
        this.#memoryBytes = 0;
        this.#inFlight.reset(REBUILDING);
        this.#options.onCrash(error);
      },
    });
  }

  /** Memory that the columns of all heads take, as of the worker's last report. */
  get memoryBytes(): number {
    return this.#memoryBytes;
  }

  async stop(): Promise<void> {
    const calls = this.#calls;
    this.#calls = undefined;
    await calls?.close();
  }

  /**
   * Counts bytes that will be appended, when there is room for them; {@link release} takes them back
   * when they are not. `patient` waits for as long as it takes: for replay.
   *
   * @throws IngestError when the worker is down or lags too far behind.
   */
  reserve(byteLength: number, options: { readonly patient?: boolean } = {}): Promise<void> {
    if (this.#calls) return this.#inFlight.reserve(byteLength, options);
    const error = new IngestError('unavailable', REBUILDING, { retryAfterMs: 1000 });
    return Promise.reject(error);
  }

  release(byteLength: number): void {
    this.#inFlight.release(byteLength);
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
    if (!this.#calls) return Promise.reject(new Error(REBUILDING));
    return this.#calls.call(method, request, signal ? { signal } : {});
  }

  #post(message: HeadMessage): void {
    this.#calls?.post(message);
  }

  #indexed(message: IndexedMessage): void {
    this.release(message.byteLength);
    this.#memoryBytes = message.memoryBytes;
    if (message.unreadablePieces > 0)
      this.#options.onUnreadable(message.unreadablePieces, message.reason ?? '');
  }
}
