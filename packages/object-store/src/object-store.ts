/** The port to where blocks live: a flat key space of immutable objects. */

/** One object of a listing. */
export interface ObjectEntry {
  readonly key: string;
  readonly sizeBytes: number;
  readonly modifiedUnixMs: number;
}

/** What is below a prefix. Both lists ascend by code unit. */
export interface ObjectListing {
  readonly objects: readonly ObjectEntry[];
  /** With a delimiter: the distinct next segments that hold objects, as prefixes ending with `/`. */
  readonly prefixes: readonly string[];
}

/** Part of an object. */
export interface ByteRange {
  readonly offset: number;
  readonly length: number;
}

/**
 * An object being written piece by piece.
 *
 * - Nothing is visible under the key before `commit` has resolved; an earlier object stays visible
 *   until then.
 * - `append` MUST be awaited before the next call; the bytes may be reused once it has resolved.
 * - Exactly one of `commit` and `abort` ends the writing. `abort` MUST NOT throw and may follow a
 *   failed `append` or `commit`.
 */
export interface ObjectWriter {
  append(bytes: Uint8Array): Promise<void>;
  commit(): Promise<void>;
  abort(): Promise<void>;
}

/**
 * A flat key space of immutable objects.
 *
 * - Keys are checked: every method throws `InvalidObjectKeyError` before it touches anything.
 * - `put` and `ObjectWriter.commit` MUST be atomic and durable: a reader sees the whole object, the
 *   whole earlier object, or `ObjectNotFoundError`; once resolved the object survives a crash.
 * - `get` and `getRange` MUST throw `ObjectNotFoundError` when there is no such object.
 * - `getRange` MUST return exactly `length` bytes or throw `ObjectRangeError`; short reads are never
 *   returned.
 * - `list` takes a prefix that is empty or ends with `/`; it MAY be stale for a while in remote
 *   stores, so nothing on the hot path may depend on it. A prefix without objects gives empty lists.
 * - `delete` of an absent object MUST succeed.
 * - `move` MUST leave at least one of the two names readable at every moment, and the target's
 *   `modifiedUnixMs` is the time of the move. Moving an absent object throws `ObjectNotFoundError`.
 * - Returned bytes are owned by the caller; bytes given may be reused after the promise settles.
 * - An aborted signal rejects with its reason, at once where the store can do that.
 */
export interface ObjectStore {
  put(key: string, bytes: Uint8Array): Promise<void>;
  openWriter(key: string): Promise<ObjectWriter>;
  get(key: string, signal?: AbortSignal): Promise<Uint8Array>;
  getRange(key: string, range: ByteRange, signal?: AbortSignal): Promise<Uint8Array>;
  list(
    prefix: string,
    options?: { readonly delimiter?: '/'; readonly signal?: AbortSignal },
  ): Promise<ObjectListing>;
  delete(key: string): Promise<void>;
  move(sourceKey: string, targetKey: string): Promise<void>;
}
