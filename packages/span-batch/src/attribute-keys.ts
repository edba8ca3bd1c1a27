/**
 * Interns the keys of one kind of attributes (of spans, of resources …) while they are shredded.
 *
 * Keys that have a column of their own are told apart here, and do not enter the batch's dictionary
 * of keys unless such an attribute has to be kept as a generic one. Senders repeat themselves: which
 * key follows which, and which string a key had last, is remembered as a guess that saves hashing.
 */
import { ByteDictionary } from './byte-dictionary.ts';
import type { ViewedBytes } from './byte-dictionary.ts';

const encoder = new TextEncoder();

export class AttributeKeys {
  /** What the batch's `keys` columns point into. */
  readonly dictionary: ByteDictionary;
  /** All keys met, those with a column included. Its codes are the ordinals below. */
  readonly #met: ByteDictionary;
  /** Ordinal → column, or -1. */
  columns = new Int32Array(64).fill(-1);
  /** Ordinal → code of the last string value, or -1. */
  lastStrings = new Int32Array(64).fill(-1);
  /** Ordinal → code in `dictionary`, or -1. */
  #codes = new Int32Array(64).fill(-1);
  /** Ordinal + 1 of the attribute in front (0: none) → ordinal of the one that followed it, or -1. */
  #followers = new Int32Array(65).fill(-1);

  /** Key `columnNames[c]` belongs into column `c`. */
  constructor(columnNames: readonly string[], seed: number) {
    this.dictionary = new ByteDictionary(seed);
    this.#met = new ByteDictionary(seed);
    columnNames.forEach((name, column) => {
      const ordinal = this.#met.internBytes(encoder.encode(name));
      this.#reserve(ordinal);
      this.columns[ordinal] = column;
    });
  }

  get approximateBytes(): number {
    return this.dictionary.approximateBytes + this.#met.approximateBytes + this.columns.length * 16;
  }

  /** The ordinal of key `source[start … end)`, which follows the key with ordinal `previous` or -1. */
  ordinalOf(source: ViewedBytes, start: number, end: number, previous: number): number {
    const guess = this.#followers[previous + 1]!;
    const ordinal = this.#met.intern(source, start, end, guess);
    if (ordinal !== guess) {
      if (ordinal >= this.columns.length) this.#reserve(ordinal);
      this.#followers[previous + 1] = ordinal;
    }
    return ordinal;
  }

  /** The code of a key in `dictionary`; `source[start … end)` are its bytes. */
  codeOf(ordinal: number, source: ViewedBytes, start: number, end: number): number {
    let code = this.#codes[ordinal]!;
    if (code < 0) {
      code = this.dictionary.intern(source, start, end);
      this.#codes[ordinal] = code;
    }
    return code;
  }

  #reserve(ordinal: number): void {
    const capacity = this.columns.length;
    if (ordinal < capacity) return;
    const grown = Math.max(capacity * 2, ordinal + 1);
    this.columns = grow(this.columns, grown);
    this.lastStrings = grow(this.lastStrings, grown);
    this.#codes = grow(this.#codes, grown);
    this.#followers = grow(this.#followers, grown + 1);
  }
}

function grow(array: Int32Array<ArrayBuffer>, length: number): Int32Array<ArrayBuffer> {
  const grown = new Int32Array(length).fill(-1);
  grown.set(array);
  return grown;
}
