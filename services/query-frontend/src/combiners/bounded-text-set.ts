/** Distinct texts within a limit of bytes and of number; which ones are kept does not depend on the order. */

export interface TextSetLimits {
  /** 0 for no limit. */
  readonly maxBytes: number;
  /** 0 for no limit. */
  readonly maxCount: number;
}

/** Keeps the first texts, in the order of their code units, up to the first that does not fit. */
export class BoundedTextSet {
  readonly #limits: TextSetLimits;
  readonly #texts = new Set<string>();
  #bytes = 0;
  /** From this text on nothing fits, whatever else is added. */
  #end: string | undefined;

  constructor(limits: TextSetLimits) {
    this.#limits = limits;
  }

  add(text: string): void {
    if (this.#texts.has(text) || (this.#end !== undefined && text >= this.#end)) return;
    this.#texts.add(text);
    this.#bytes += Buffer.byteLength(text);
    const { maxBytes, maxCount } = this.#limits;
    const isFull =
      (maxBytes > 0 && this.#bytes > 2 * maxBytes) ||
      (maxCount > 0 && this.#texts.size > 2 * maxCount);
    if (isFull) this.#dropWhatDoesNotFit();
  }

  /** What is kept, sorted. */
  sorted(): string[] {
    const sorted = [...this.#texts].toSorted();
    return sorted.slice(0, this.#fitting(sorted));
  }

  /** How many texts of the sorted list fit. */
  #fitting(sorted: readonly string[]): number {
    const maxBytes = this.#limits.maxBytes || Number.POSITIVE_INFINITY;
    const maxCount = this.#limits.maxCount || Number.POSITIVE_INFINITY;
    let bytes = 0;
    for (const [count, text] of sorted.entries()) {
      bytes += Buffer.byteLength(text);
      if (bytes > maxBytes || count >= maxCount) return count;
    }
    return sorted.length;
  }

  #dropWhatDoesNotFit(): void {
    const sorted = [...this.#texts].toSorted();
    const fitting = this.#fitting(sorted);
    this.#end = sorted[fitting];
    for (const text of sorted.slice(fitting)) {
      this.#texts.delete(text);
      this.#bytes -= Buffer.byteLength(text);
    }
  }
}
