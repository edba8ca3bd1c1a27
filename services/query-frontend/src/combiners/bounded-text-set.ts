/** Distinct texts within a limit of bytes and of number; which ones are kept does not depend on the order. */

export interface TextSetLimits {
  /** 0 for no limit. */
  readonly maxBytes: number;
  /** 0 for no limit. */
  readonly maxCount: number;
}

/** Keeps the first texts, in the order of their code units, that fit. */
export class BoundedTextSet {
  readonly #limits: TextSetLimits;
  #texts = new Set<string>();
  #bytes = 0;

  constructor(limits: TextSetLimits) {
    this.#limits = limits;
  }

  add(text: string): void {
    if (this.#texts.has(text)) return;
    this.#texts.add(text);
    this.#bytes += Buffer.byteLength(text);
    const { maxBytes, maxCount } = this.#limits;
    // What lies beyond the limit now lies beyond it with more texts before it, too.
    const isFull =
      (maxBytes > 0 && this.#bytes > 2 * maxBytes) ||
      (maxCount > 0 && this.#texts.size > 2 * maxCount);
    if (isFull) this.#keep(this.sorted());
  }

  /** What is kept, sorted. */
  sorted(): string[] {
    const maxBytes = this.#limits.maxBytes || Number.POSITIVE_INFINITY;
    const maxCount = this.#limits.maxCount || Number.POSITIVE_INFINITY;
    const kept: string[] = [];
    let bytes = 0;
    for (const text of [...this.#texts].toSorted()) {
      bytes += Buffer.byteLength(text);
      if (bytes > maxBytes || kept.length >= maxCount) break;
      kept.push(text);
    }
    return kept;
  }

  #keep(texts: readonly string[]): void {
    this.#texts = new Set(texts);
    this.#bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  }
}
