/**
 * Columns that grow at their end. A view handed out earlier stays valid and unchanged: growing moves
 * the column to a new buffer, and what lies in front of a view's end is never written again.
 *
 * `array` and `length` are public for hot loops; after `reserve(n)` the next `n` places of `array` may
 * be written directly.
 */
import { SpanBatchError } from './errors.ts';
import type { BytesColumn, Int64Column } from './span-batch.ts';
import { sharedFloat64Array, sharedInt32Array, sharedUint8Array } from './shared-memory.ts';

/** Offsets are signed 32-bit numbers. */
export const MAX_COLUMN_BYTES = 2 ** 31 - 1;

const INITIAL_LENGTH = 64;
/** Beyond this many elements a column grows by half instead of doubling. */
const DOUBLING_LIMIT = 1 << 20;
/** Shorter copies are faster as a loop than as a call. */
const LOOP_COPY_BYTES = 32;

/** The new capacity of a column that has `capacity` and needs `needed`. */
function grownCapacity(capacity: number, needed: number): number {
  if (needed > MAX_COLUMN_BYTES)
    throw new SpanBatchError(
      'batch_full',
      `a column of ${needed} elements exceeds the limit of ${MAX_COLUMN_BYTES}`,
    );
  const grown = capacity < DOUBLING_LIMIT ? capacity * 2 : Math.floor(capacity * 1.5);
  return Math.min(Math.max(grown, needed, INITIAL_LENGTH), MAX_COLUMN_BYTES);
}

/** 32-bit integers. */
export class GrowableInt32 {
  array: Int32Array;
  length = 0;

  constructor(capacity: number = INITIAL_LENGTH) {
    this.array = sharedInt32Array(capacity);
  }

  push(value: number): void {
    if (this.length === this.array.length) this.reserve(1);
    this.array[this.length++] = value;
  }

  /** Makes room for `count` more. */
  reserve(count: number): void {
    const needed = this.length + count;
    if (needed <= this.array.length) return;
    const grown = sharedInt32Array(grownCapacity(this.array.length, needed));
    grown.set(this.array.subarray(0, this.length));
    this.array = grown;
  }

  view(): Int32Array {
    return this.array.subarray(0, this.length);
  }
}

/** Bytes as numbers: types, booleans, presence. */
export class GrowableUint8 {
  array: Uint8Array;
  length = 0;

  constructor(capacity: number = INITIAL_LENGTH) {
    this.array = sharedUint8Array(capacity);
  }

  push(value: number): void {
    if (this.length === this.array.length) this.reserve(1);
    this.array[this.length++] = value;
  }

  /** Makes room for `count` more. */
  reserve(count: number): void {
    const needed = this.length + count;
    if (needed <= this.array.length) return;
    const grown = sharedUint8Array(grownCapacity(this.array.length, needed));
    grown.set(this.array.subarray(0, this.length));
    this.array = grown;
  }

  /** Appends `source[start … end)`. */
  append(source: Uint8Array, start: number, end: number): void {
    const count = end - start;
    if (this.length + count > this.array.length) this.reserve(count);
    const array = this.array;
    let position = this.length;
    if (count <= LOOP_COPY_BYTES) for (let i = start; i < end; i++) array[position++] = source[i]!;
    else array.set(source.subarray(start, end), position);
    this.length += count;
  }

  view(): Uint8Array {
    return this.array.subarray(0, this.length);
  }
}

/** Doubles. */
export class GrowableFloat64 {
  array: Float64Array = sharedFloat64Array(INITIAL_LENGTH);
  length = 0;

  push(value: number): void {
    if (this.length === this.array.length) {
      const grown = sharedFloat64Array(grownCapacity(this.array.length, this.length + 1));
      grown.set(this.array);
      this.array = grown;
    }
    this.array[this.length++] = value;
  }

  view(): Float64Array {
    return this.array.subarray(0, this.length);
  }
}

/** 64-bit integers as pairs of words; `length` counts integers. */
export class GrowableInt64 {
  readonly words: GrowableInt32 = new GrowableInt32();

  get length(): number {
    return this.words.length / 2;
  }

  push(low: number, high: number): void {
    const words = this.words;
    if (words.length + 2 > words.array.length) words.reserve(2);
    words.array[words.length] = low;
    words.array[words.length + 1] = high;
    words.length += 2;
  }

  truncate(length: number): void {
    this.words.length = length * 2;
  }

  view(): Int64Column {
    return { words: this.words.view() };
  }
}

/** Byte strings, one behind the other. */
export class GrowableBytes {
  readonly bytes: GrowableUint8 = new GrowableUint8();
  readonly offsets: GrowableInt32 = new GrowableInt32();

  constructor() {
    this.offsets.push(0);
  }

  get length(): number {
    return this.offsets.length - 1;
  }

  push(source: Uint8Array, start: number, end: number): void {
    this.bytes.append(source, start, end);
    this.offsets.push(this.bytes.length);
  }

  truncate(length: number): void {
    this.offsets.length = length + 1;
    this.bytes.length = this.offsets.array[length]!;
  }

  view(): BytesColumn {
    return { bytes: this.bytes.view(), offsets: this.offsets.view() };
  }
}
