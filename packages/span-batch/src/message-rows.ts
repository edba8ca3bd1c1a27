/** Interns whole messages: which row of a table of distinct values the bytes of a message stand for. */
import { ByteDictionary } from './byte-dictionary.ts';
import type { ViewedBytes } from './byte-dictionary.ts';

/** When the messages remembered take more than this, they are forgotten: senders with ever new ones. */
const MAX_REMEMBERED_BYTES = 4 * 1024 * 1024;

export class MessageRows {
  readonly #seed: number;
  #messages: ByteDictionary;
  #rows: number[] = [];
  #last = -1;

  constructor(seed: number) {
    this.#seed = seed;
    this.#messages = new ByteDictionary(seed);
  }

  get approximateBytes(): number {
    return this.#messages.approximateBytes + this.#rows.length * 8;
  }

  /**
   * The row of message `source[start … end)`; asks `shred` for it when these bytes were not seen
   * before. Remembers nothing when `shred` throws.
   */
  rowOf<Source extends ViewedBytes>(
    source: Source,
    start: number,
    end: number,
    shred: (source: Source, start: number, end: number) => number,
  ): number {
    if (this.#messages.approximateBytes > MAX_REMEMBERED_BYTES) {
      this.#messages = new ByteDictionary(this.#seed);
      this.#rows = [];
      this.#last = -1;
    }
    const code = this.#messages.intern(source, start, end, this.#last);
    this.#last = code;
    const known = this.#rows[code];
    if (known !== undefined && known >= 0) return known;
    this.#rows[code] = -1;
    const row = shred(source, start, end);
    this.#rows[code] = row;
    return row;
  }
}
