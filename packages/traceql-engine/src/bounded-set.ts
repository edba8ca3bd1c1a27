/** Distinct texts up to a number of bytes and of entries; what goes beyond is left out. */
export interface BoundedSetLimits {
  readonly maxBytes: number;
  /** 0 for no limit. */
  readonly maxEntries: number;
}

export class BoundedSet {
  readonly #entries = new Set<string>();
  readonly #limits: BoundedSetLimits;
  #bytes = 0;

  constructor(limits: BoundedSetLimits) {
    this.#limits = limits;
  }

  /** False when `text` was left out. */
  add(text: string): boolean {
    if (this.#entries.has(text)) return true;
    const { maxBytes, maxEntries } = this.#limits;
    const bytes = Buffer.byteLength(text);
    if (this.#bytes + bytes > maxBytes) return false;
    if (maxEntries > 0 && this.#entries.size >= maxEntries) return false;
    this.#bytes += bytes;
    this.#entries.add(text);
    return true;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** In ascending order of UTF-16 code units. */
  sorted(): string[] {
    return [...this.#entries].toSorted();
  }
}
