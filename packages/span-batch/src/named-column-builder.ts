/** Grows the column of one well-known or dedicated attribute: at most one value per row. */
import { assert } from '@tempo-ts/runtime';
import type { ByteDictionary } from './byte-dictionary.ts';
import { GrowableInt32, GrowableInt64, GrowableUint8 } from './growable-columns.ts';
import type { NamedColumn, StringColumn } from './span-batch.ts';
import { ABSENT } from './span-batch.ts';

export class NamedColumnBuilder {
  readonly name: string;
  /** Undefined: the column holds integers. */
  readonly dictionary: ByteDictionary | undefined;
  readonly #codes = new GrowableInt32();
  readonly #ints = new GrowableInt64();
  readonly #present = new GrowableUint8();
  /** The last string given, -1 at first: a guess for the next one. */
  lastCode = -1;

  constructor(name: string, dictionary: ByteDictionary | undefined) {
    this.name = name;
    this.dictionary = dictionary;
  }

  /** Begins a row, without a value. */
  pushAbsent(): void {
    if (this.dictionary !== undefined) this.#codes.push(ABSENT);
    else {
      this.#ints.push(0, 0);
      this.#present.push(0);
    }
  }

  /** Gives the last row its string; the last one given wins. */
  setString(code: number): void {
    this.#codes.array[this.#codes.length - 1] = code;
    this.lastCode = code;
  }

  /** Gives the last row its integer; the last one given wins. */
  setInt(low: number, high: number): void {
    const row = this.#present.length - 1;
    this.#ints.words.array[row * 2] = low;
    this.#ints.words.array[row * 2 + 1] = high;
    this.#present.array[row] = 1;
  }

  truncate(length: number): void {
    if (this.dictionary !== undefined) this.#codes.length = length;
    else {
      this.#ints.truncate(length);
      this.#present.length = length;
    }
  }

  get bytesPerRow(): number {
    return this.dictionary !== undefined ? 4 : 9;
  }

  /** The code of the last row, ABSENT if it has none. */
  get lastRowCode(): number {
    return this.#codes.array[this.#codes.length - 1]!;
  }

  /** The strings of a string column. */
  strings(): StringColumn {
    assert(this.dictionary !== undefined, `column ${this.name} holds no strings`);
    return { dictionary: this.dictionary.snapshot(), codes: this.#codes.view() };
  }

  view(): NamedColumn {
    const { name } = this;
    if (this.dictionary !== undefined) return { name, type: 'string', strings: this.strings() };
    return { name, type: 'int', ints: this.#ints.view(), present: this.#present.view() };
  }
}
