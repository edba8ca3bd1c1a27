/** Grows an attribute table: one parent after the other, each with its attributes in order. */
import type { ByteDictionary } from './byte-dictionary.ts';
import {
  GrowableBytes,
  GrowableFloat64,
  GrowableInt32,
  GrowableInt64,
  GrowableUint8,
} from './growable-columns.ts';
import type { AttributeTable } from './span-batch.ts';
import { AttributeType } from './span-batch.ts';

export class AttributeTableBuilder {
  readonly #keyDictionary: ByteDictionary;
  readonly #stringDictionary: ByteDictionary;
  readonly offsets = new GrowableInt32();
  readonly keys = new GrowableInt32();
  readonly types = new GrowableUint8();
  readonly positions = new GrowableInt32();
  readonly arrayStarts = new GrowableInt32();
  readonly arrayCounts = new GrowableInt32();
  readonly strings = new GrowableInt32();
  readonly ints = new GrowableInt64();
  readonly doubles = new GrowableFloat64();
  readonly bools = new GrowableUint8();
  readonly unsupported = new GrowableBytes();
  /** Lengths at the last mark: offsets, keys, arrays, strings, ints, doubles, bools, unsupported. */
  readonly #mark = new Int32Array(8);

  constructor(keyDictionary: ByteDictionary, stringDictionary: ByteDictionary) {
    this.#keyDictionary = keyDictionary;
    this.#stringDictionary = stringDictionary;
    this.offsets.push(0);
  }

  pushString(key: number, code: number): void {
    this.#push(key, AttributeType.String, this.strings.length);
    this.strings.push(code);
  }

  pushInt(key: number, low: number, high: number): void {
    this.#push(key, AttributeType.Int, this.ints.length);
    this.ints.push(low, high);
  }

  pushDouble(key: number, value: number): void {
    this.#push(key, AttributeType.Double, this.doubles.length);
    this.doubles.push(value);
  }

  pushBool(key: number, value: number): void {
    this.#push(key, AttributeType.Bool, this.bools.length);
    this.bools.push(value);
  }

  /** `json[0 … length)` is the protobuf JSON of the value. */
  pushUnsupported(key: number, json: Uint8Array, length: number): void {
    this.#push(key, AttributeType.Unsupported, this.unsupported.length);
    this.unsupported.push(json, 0, length);
  }

  /** An array of `count` values, which the caller appends to the pool next. */
  pushArray(key: number, type: AttributeType, poolStart: number, count: number): void {
    this.#push(key, type, this.arrayStarts.length);
    this.arrayStarts.push(poolStart);
    this.arrayCounts.push(count);
  }

  pushEmptyArray(key: number): void {
    this.#push(key, AttributeType.EmptyArray, 0);
  }

  /** Closes the current parent. */
  endParent(): void {
    this.offsets.push(this.keys.length);
  }

  /** Remembers the present state for {@link rollback}. */
  mark(): void {
    const mark = this.#mark;
    mark[0] = this.offsets.length;
    mark[1] = this.keys.length;
    mark[2] = this.arrayStarts.length;
    mark[3] = this.strings.length;
    mark[4] = this.ints.length;
    mark[5] = this.doubles.length;
    mark[6] = this.bools.length;
    mark[7] = this.unsupported.length;
  }

  /** Takes back everything since the last {@link mark}. */
  rollback(): void {
    const mark = this.#mark;
    this.offsets.length = mark[0]!;
    this.keys.length = mark[1]!;
    this.types.length = mark[1]!;
    this.positions.length = mark[1]!;
    this.arrayStarts.length = mark[2]!;
    this.arrayCounts.length = mark[2]!;
    this.strings.length = mark[3]!;
    this.ints.truncate(mark[4]!);
    this.doubles.length = mark[5]!;
    this.bools.length = mark[6]!;
    this.unsupported.truncate(mark[7]!);
  }

  get approximateBytes(): number {
    return (
      (this.offsets.length + this.arrayStarts.length * 2 + this.strings.length) * 4 +
      this.keys.length * 9 +
      (this.ints.length + this.doubles.length) * 8 +
      this.bools.length +
      this.unsupported.bytes.length +
      this.unsupported.length * 4
    );
  }

  view(): AttributeTable {
    return {
      offsets: this.offsets.view(),
      keys: { dictionary: this.#keyDictionary.snapshot(), codes: this.keys.view() },
      types: this.types.view(),
      positions: this.positions.view(),
      arrays: { starts: this.arrayStarts.view(), counts: this.arrayCounts.view() },
      strings: { dictionary: this.#stringDictionary.snapshot(), codes: this.strings.view() },
      ints: this.ints.view(),
      doubles: this.doubles.view(),
      bools: this.bools.view(),
      unsupported: this.unsupported.view(),
    };
  }

  #push(key: number, type: AttributeType, position: number): void {
    this.keys.push(key);
    this.types.push(type);
    this.positions.push(position);
  }
}
