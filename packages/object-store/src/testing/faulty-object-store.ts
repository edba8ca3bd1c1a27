/** A store whose n-th request fails, before or after it took effect. */
import type { ByteRange, ObjectListing, ObjectStore, ObjectWriter } from '../object-store.ts';

/** When the fault strikes: nothing was done, or everything was done and the answer was lost. */
export type FaultMoment = 'before' | 'after';

/** The fault of a {@link FaultyObjectStore}. */
export class InjectedFaultError extends Error {
  override readonly name = 'InjectedFaultError';
}

/** Wraps a store; request number `failAt` (from 1) fails. */
export class FaultyObjectStore implements ObjectStore {
  readonly #store: ObjectStore;
  readonly #moment: FaultMoment;
  readonly #failAt: number;
  /** How many requests were made. */
  requestCount = 0;

  constructor(
    store: ObjectStore,
    options: { readonly failAt: number; readonly moment?: FaultMoment },
  ) {
    this.#store = store;
    this.#failAt = options.failAt;
    this.#moment = options.moment ?? 'before';
  }

  put(key: string, bytes: Uint8Array): Promise<void> {
    return this.#request(() => this.#store.put(key, bytes));
  }

  async openWriter(key: string): Promise<ObjectWriter> {
    const writer = await this.#request(() => this.#store.openWriter(key));
    return {
      append: (bytes) => this.#request(() => writer.append(bytes)),
      commit: () => this.#request(() => writer.commit()),
      abort: () => writer.abort(),
    };
  }

  get(key: string, signal?: AbortSignal): Promise<Uint8Array> {
    return this.#request(() => this.#store.get(key, signal));
  }

  getRange(key: string, range: ByteRange, signal?: AbortSignal): Promise<Uint8Array> {
    return this.#request(() => this.#store.getRange(key, range, signal));
  }

  list(
    prefix: string,
    options?: { readonly delimiter?: '/'; readonly signal?: AbortSignal },
  ): Promise<ObjectListing> {
    return this.#request(() => this.#store.list(prefix, options));
  }

  delete(key: string): Promise<void> {
    return this.#request(() => this.#store.delete(key));
  }

  move(sourceKey: string, targetKey: string): Promise<void> {
    return this.#request(() => this.#store.move(sourceKey, targetKey));
  }

  async #request<T>(request: () => Promise<T>): Promise<T> {
    this.requestCount += 1;
    const fails = this.requestCount === this.#failAt;
    if (fails && this.#moment === 'before') throw new InjectedFaultError('injected before');
    const result = await request();
    if (fails) throw new InjectedFaultError('injected after');
    return result;
  }
}
