/** Objects in memory, for tests and for processes that keep nothing. */
import type { Clock } from '@tempo-ts/runtime';
import { ObjectNotFoundError, ObjectRangeError } from './errors.ts';
import { listEntries } from './list-objects.ts';
import { assertObjectKey, assertObjectPrefix } from './object-key.ts';
import type { ByteRange, ObjectListing, ObjectStore, ObjectWriter } from './object-store.ts';

interface StoredObject {
  readonly bytes: Uint8Array;
  readonly modifiedUnixMs: number;
}

/** An {@link ObjectStore} whose objects end with the process. */
export class MemoryObjectStore implements ObjectStore {
  readonly #objects = new Map<string, StoredObject>();
  readonly #clock: Clock;

  constructor(options: { readonly clock: Clock }) {
    this.#clock = options.clock;
  }

  async put(key: string, bytes: Uint8Array): Promise<void> {
    assertObjectKey(key);
    this.#store(key, bytes.slice());
  }

  async openWriter(key: string): Promise<ObjectWriter> {
    assertObjectKey(key);
    const parts: Uint8Array[] = [];
    return {
      append: async (bytes) => void parts.push(bytes.slice()),
      commit: async () => this.#store(key, new Uint8Array(Buffer.concat(parts))),
      abort: async () => void parts.splice(0),
    };
  }

  async get(key: string, signal?: AbortSignal): Promise<Uint8Array> {
    return this.#find(key, signal).bytes.slice();
  }

  async getRange(key: string, range: ByteRange, signal?: AbortSignal): Promise<Uint8Array> {
    const { bytes } = this.#find(key, signal);
    const end = range.offset + range.length;
    if (range.offset < 0 || range.length < 0 || end > bytes.length)
      throw new ObjectRangeError(key, range);
    return bytes.slice(range.offset, end);
  }

  async list(
    prefix: string,
    options: { readonly delimiter?: '/'; readonly signal?: AbortSignal } = {},
  ): Promise<ObjectListing> {
    assertObjectPrefix(prefix);
    options.signal?.throwIfAborted();
    const entries = [...this.#objects].map(([key, object]) => ({
      key,
      sizeBytes: object.bytes.length,
      modifiedUnixMs: object.modifiedUnixMs,
    }));
    return listEntries(entries, prefix, options.delimiter);
  }

  async delete(key: string): Promise<void> {
    assertObjectKey(key);
    this.#objects.delete(key);
  }

  async move(sourceKey: string, targetKey: string): Promise<void> {
    assertObjectKey(targetKey);
    const { bytes } = this.#find(sourceKey, undefined);
    this.#store(targetKey, bytes);
    this.#objects.delete(sourceKey);
  }

  #find(key: string, signal: AbortSignal | undefined): StoredObject {
    assertObjectKey(key);
    signal?.throwIfAborted();
    const object = this.#objects.get(key);
    if (!object) throw new ObjectNotFoundError(key);
    return object;
  }

  #store(key: string, bytes: Uint8Array): void {
    this.#objects.set(key, { bytes, modifiedUnixMs: this.#clock.nowUnixMs() });
  }
}
