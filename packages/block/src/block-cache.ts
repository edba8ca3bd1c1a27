/** Keeps parts of blocks that every query needs again: footers, bloom shards, indexes. */

interface Entry {
  readonly value: unknown;
  readonly sizeBytes: number;
}

/** Memory that was last used longest ago is given up first. Blocks never change, so nothing goes stale. */
export class BlockCache {
  readonly #capacityBytes: number;
  readonly #entries = new Map<string, Entry>();
  #sizeBytes = 0;

  constructor(options: { readonly capacityBytes: number }) {
    this.#capacityBytes = options.capacityBytes;
  }

  /** Estimated memory of everything kept. */
  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** The kept value of `key`, else what `load` gives, which is kept from then on. */
  async get<T>(
    key: string,
    load: () => Promise<{ readonly value: T; readonly sizeBytes: number }>,
  ): Promise<T> {
    const entry = this.#touch(key);
    if (entry) return entry.value as T;
    const loaded = await load();
    this.keep(key, loaded);
    return loaded.value;
  }

  /** The kept value of `key`, if there is one. */
  find(key: string): unknown {
    return this.#touch(key)?.value;
  }

  #touch(key: string): Entry | undefined {
    const entry = this.#entries.get(key);
    if (!entry) return undefined;
    // Put last again: a map is ordered by insertion.
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry;
  }

  /** Keeps a value as long as there is room; none that is larger than all the room. */
  keep(key: string, entry: Entry): void {
    if (entry.sizeBytes > this.#capacityBytes) return;
    this.#sizeBytes += entry.sizeBytes - (this.#entries.get(key)?.sizeBytes ?? 0);
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    for (const [oldest, { sizeBytes }] of this.#entries) {
      if (this.#sizeBytes <= this.#capacityBytes) return;
      this.#entries.delete(oldest);
      this.#sizeBytes -= sizeBytes;
    }
  }
}
