/**
 * Calls into a worker thread: numbered requests with answers and cancellation, besides one-way
 * messages in both directions. Requests and one-way messages reach the worker in the order in
 * which they were sent. A cancelled call is aborted when the worker's event loop gets a turn.
 */
import type { MessagePort, Transferable, Worker } from 'node:worker_threads';

/** Methods of a worker: what each takes and gives. */
export type Calls = Readonly<
  Record<string, { readonly request: unknown; readonly reply: unknown }>
>;

/** What a method gives, with the buffers that need not be copied. */
export interface Reply<T> {
  readonly value: T;
  readonly transfer?: readonly Transferable[];
}

/** How a worker serves its methods. */
export type CallHandlers<C extends Calls> = {
  readonly [M in keyof C]: (
    request: C[M]['request'],
    signal: AbortSignal,
  ) => Promise<Reply<C[M]['reply']>>;
};

/** The parts of a Worker that are used here. */
export type WorkerHandle = Pick<Worker, 'postMessage' | 'on' | 'terminate' | 'unref'>;

/** What is left of an error that passed between threads. */
export interface CallFailure {
  readonly name: string;
  readonly message: string;
  readonly code?: unknown;
  readonly stack?: string | undefined;
}

type ToWorker =
  | {
      readonly kind: 'call';
      readonly id: number;
      readonly method: string;
      readonly request: unknown;
    }
  | { readonly kind: 'cancel'; readonly id: number }
  | { readonly kind: 'post'; readonly message: unknown };

type FromWorker =
  | { readonly kind: 'reply'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'failure'; readonly id: number; readonly failure: CallFailure }
  | { readonly kind: 'post'; readonly message: unknown };

/** The worker ended while a call was under way. */
export class WorkerGoneError extends Error {
  override readonly name = 'WorkerGoneError';
}

interface PendingCall {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

export interface WorkerCallsOptions {
  /** For messages: `head worker`. */
  readonly name: string;
  readonly onPost?: (message: unknown) => void;
  /** The worker ended although nobody stopped it. */
  readonly onCrash?: (error: Error) => void;
  /** Makes errors of a class of their own again; undefined for those that need none. */
  readonly restoreError?: (failure: CallFailure) => Error | undefined;
}

/** The calling side. */
export class WorkerCalls<C extends Calls> {
  readonly #worker: WorkerHandle;
  readonly #name: string;
  readonly #restoreError: (failure: CallFailure) => Error | undefined;
  readonly #pending = new Map<number, PendingCall>();
  #nextId = 0;
  #gone: Error | undefined;

  constructor(worker: WorkerHandle, options: WorkerCallsOptions) {
    this.#worker = worker;
    this.#name = options.name;
    this.#restoreError = options.restoreError ?? (() => undefined);
    let cause: unknown;
    worker.on('message', (message: FromWorker) => this.#receive(message, options.onPost));
    worker.on('error', (error) => {
      cause = error;
    });
    worker.on('exit', () => {
      if (this.#gone) return;
      const error = new WorkerGoneError(`${this.#name} ended`, { cause });
      this.#fail(error);
      options.onCrash?.(error);
    });
  }

  /** Calls whose answer is awaited. */
  get pendingCount(): number {
    return this.#pending.size;
  }

  call<M extends keyof C & string>(
    method: M,
    request: C[M]['request'],
    options: { readonly signal?: AbortSignal; readonly transfer?: readonly Transferable[] } = {},
  ): Promise<C[M]['reply']> {
    const { signal } = options;
    if (this.#gone) return Promise.reject(this.#gone);
    if (signal?.aborted) return Promise.reject(reasonOf(signal));
    const id = this.#nextId;
    this.#nextId += 1;
    return new Promise<C[M]['reply']>((resolve, reject) => {
      const onAbort = () => {
        this.#pending.delete(id);
        this.#send({ kind: 'cancel', id });
        reject(reasonOf(signal!));
      };
      const settled = () => signal?.removeEventListener('abort', onAbort);
      this.#pending.set(id, {
        resolve: (value) => {
          settled();
          resolve(value);
        },
        reject: (error) => {
          settled();
          reject(error);
        },
      });
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#send({ kind: 'call', id, method, request }, options.transfer);
    });
  }

  /** Sends a message that has no answer. */
  post(message: unknown, transfer?: readonly Transferable[]): void {
    if (!this.#gone) this.#send({ kind: 'post', message }, transfer);
  }

  /** Ends the worker at once; calls under way reject. */
  async close(): Promise<void> {
    if (!this.#gone) this.#fail(new WorkerGoneError(`${this.#name} was stopped`));
    await this.#worker.terminate();
  }

  #send(message: ToWorker, transfer: readonly Transferable[] = []): void {
    this.#worker.postMessage(message, [...transfer]);
  }

  #receive(message: FromWorker, onPost: ((message: unknown) => void) | undefined): void {
    if (message.kind === 'post') {
      onPost?.(message.message);
      return;
    }
    const call = this.#pending.get(message.id);
    if (!call) return;
    this.#pending.delete(message.id);
    if (message.kind === 'reply') call.resolve(message.value);
    else call.reject(this.#restoreError(message.failure) ?? errorOf(message.failure));
  }

  #fail(error: Error): void {
    this.#gone = error;
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    for (const call of pending) call.reject(error);
  }
}

/** The serving side. Messages are handled in order; a handler's first step runs at once. */
export function serveCalls<C extends Calls>(
  port: MessagePort,
  handlers: CallHandlers<C>,
  onPost: (message: unknown) => void = () => {},
): { readonly post: (message: unknown) => void } {
  const running = new Map<number, AbortController>();
  const send = (message: FromWorker, transfer: readonly Transferable[] = []) =>
    port.postMessage(message, [...transfer]);
  const run = async (id: number, method: string, request: unknown) => {
    const controller = new AbortController();
    running.set(id, controller);
    try {
      const reply = await handlers[method]!(request, controller.signal);
      send({ kind: 'reply', id, value: reply.value }, reply.transfer);
    } catch (error) {
      send({ kind: 'failure', id, failure: failureOf(error) });
    } finally {
      running.delete(id);
    }
  };
  port.on('message', (message: ToWorker) => {
    if (message.kind === 'post') onPost(message.message);
    else if (message.kind === 'cancel') running.get(message.id)?.abort();
    else void run(message.id, message.method, message.request);
  });
  return { post: (message) => send({ kind: 'post', message }) };
}

function failureOf(error: unknown): CallFailure {
  const { name, message, code, stack } = error as Partial<CallFailure>;
  return { name: name ?? 'Error', message: message ?? String(error), code, stack };
}

function errorOf(failure: CallFailure): Error {
  const error = new Error(failure.message);
  error.name = failure.name;
  if (failure.stack !== undefined) error.stack = failure.stack;
  return Object.assign(error, { code: failure.code });
}

function reasonOf(signal: AbortSignal): Error {
  const reason: unknown = signal.reason;
  return reason instanceof Error ? reason : new Error('aborted', { cause: reason });
}
