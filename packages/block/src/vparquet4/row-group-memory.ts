/**
 * What queries leave behind of a row group for the next query: fetched columns, and columns that were
 * decoded. Blocks never change, so all of it stays true; the block cache bounds its memory.
 */
import type { ColumnKeeper, ColumnReader } from '@tempo-ts/parquet';
import type { BlockCache } from '../block-cache.ts';
import type { KeyedAttributes } from './attributes-of-key.ts';

export class RowGroupMemory implements ColumnKeeper {
  readonly #cache: BlockCache;
  readonly #prefix: string;
  readonly #inspected: { bytes: number };

  /**
   * `prefix` names the block and the row group. Columns that are found count as inspected like those
   * that are read, so that the figure does not depend on what was asked before.
   */
  constructor(cache: BlockCache, prefix: string, inspected: { bytes: number }) {
    this.#cache = cache;
    this.#prefix = prefix;
    this.#inspected = inspected;
  }

  find(path: string): ColumnReader | undefined {
    const reader = this.#find(`chunk:${path}`) as ColumnReader | undefined;
    if (reader) this.#inspected.bytes += reader.storedBytes;
    return reader;
  }

  keep(path: string, reader: ColumnReader): void {
    const { sizeBytes } = reader;
    if (sizeBytes > MAX_KEPT_CHUNK_BYTES) return;
    this.#cache.keep(`${this.#prefix}/chunk:${path}`, { value: reader, sizeBytes });
  }

  /** The numbers kept under `key`, if they still are. */
  peekNumbers(key: string): Int32Array | undefined {
    return this.#find(key) as Int32Array | undefined;
  }

  /** The attributes kept under `key`, if they still are. */
  peekAttributes(key: string): KeyedAttributes | undefined {
    return this.#find(key) as KeyedAttributes | undefined;
  }

  /** What is kept under `key`, else what `make` makes, which is kept if it is not too large. */
  get<T extends object>(key: string, make: () => T, sizeOf: (value: T) => number): T {
    const known = this.#find(key) as T | undefined;
    if (known) return known;
    const made = make();
    const entry = { value: made, sizeBytes: sizeOf(made) + ENTRY_BYTES };
    this.#cache.keep(`${this.#prefix}/${key}`, entry);
    return made;
  }

  #find(key: string): unknown {
    return this.#cache.find(`${this.#prefix}/${key}`);
  }
}

/** A few large chunks would drive out everything else. */
const MAX_KEPT_CHUNK_BYTES = 8 * 1024 * 1024;
/** Key, map entry and objects. */
const ENTRY_BYTES = 256;
