/** Integers as deltas or as they are, doubles as they are, booleans as bits, encoded page by page. */
import { assert } from '@tempo-ts/runtime';
import type { ByteBuffer } from './byte-buffer.ts';
import { encodeDeltaInt32, encodeDeltaInt64 } from './encode-delta-binary-packed.ts';
import { Encoding } from './file-metadata.ts';
import { FlaggedValues, scratchOf, type LeafValues } from './leaf-values.ts';
import { packBooleans } from './pack-bits.ts';
import type { SchemaLeaf } from './schema.ts';
import {
  rangeOfBooleans,
  rangeOfDoubles,
  rangeOfInt32,
  rangeOfInt64,
  type ValueRange,
} from './value-range.ts';

export class Int32Values extends FlaggedValues implements LeafValues {
  readonly encoding: number;
  readonly #values: Int32Array;
  readonly #isUnsigned: boolean;
  #range: ValueRange | undefined;

  constructor(leaf: SchemaLeaf, values: Int32Array, present: Uint8Array | undefined) {
    super(present);
    assert(leaf.physical === 'INT32', `leaf "${leaf.name}" is not of 32 bits`);
    this.encoding = leaf.encoding === 'delta' ? Encoding.DeltaBinaryPacked : Encoding.Plain;
    this.#values = values;
    this.#isUnsigned = leaf.annotation === 'uint';
  }

  encode(start: number, end: number, out: ByteBuffer): void {
    let values = this.#values;
    let from = start;
    let to = end;
    const { present } = this;
    if (present) {
      values = scratchOf(end - start);
      from = to = 0;
      for (let i = start; i < end; i++) if (present[i] !== 0) values[to++] = this.#values[i]!;
    }
    this.#range = from < to ? rangeOfInt32(values, from, to, this.#isUnsigned) : undefined;
    if (this.encoding === Encoding.DeltaBinaryPacked) encodeDeltaInt32(values, from, to, out);
    else appendElements(values, from, to, out);
  }

  range(): ValueRange | undefined {
    return this.#range;
  }
}

export class Int64Values extends FlaggedValues implements LeafValues {
  readonly encoding: number;
  readonly #words: Int32Array;
  readonly #isUnsigned: boolean;
  #range: ValueRange | undefined;

  constructor(leaf: SchemaLeaf, words: Int32Array, present: Uint8Array | undefined) {
    super(present);
    assert(leaf.physical === 'INT64', `leaf "${leaf.name}" is not of 64 bits`);
    this.encoding = leaf.encoding === 'delta' ? Encoding.DeltaBinaryPacked : Encoding.Plain;
    this.#words = words;
    this.#isUnsigned = leaf.annotation === 'uint';
  }

  encode(start: number, end: number, out: ByteBuffer): void {
    let words = this.#words;
    let from = start;
    let to = end;
    const { present } = this;
    if (present) {
      words = scratchOf((end - start) * 2);
      from = to = 0;
      for (let i = start; i < end; i++) {
        if (present[i] === 0) continue;
        words[to * 2] = this.#words[i * 2]!;
        words[to * 2 + 1] = this.#words[i * 2 + 1]!;
        to += 1;
      }
    }
    this.#range = from < to ? rangeOfInt64(words, from, to, this.#isUnsigned) : undefined;
    if (this.encoding === Encoding.DeltaBinaryPacked) encodeDeltaInt64(words, from, to, out);
    else appendElements(words, from * 2, to * 2, out);
  }

  range(): ValueRange | undefined {
    return this.#range;
  }
}

export class DoubleValues extends FlaggedValues implements LeafValues {
  readonly encoding = Encoding.Plain;
  readonly #values: Float64Array;
  #range: ValueRange | undefined;

  constructor(values: Float64Array) {
    super(undefined);
    this.#values = values;
  }

  encode(start: number, end: number, out: ByteBuffer): void {
    this.#range = start < end ? rangeOfDoubles(this.#values, start, end) : undefined;
    appendElements(this.#values, start, end, out);
  }

  range(): ValueRange | undefined {
    return this.#range;
  }
}

export class BooleanValues extends FlaggedValues implements LeafValues {
  readonly encoding = Encoding.Plain;
  readonly #values: Uint8Array;
  #range: ValueRange | undefined;

  constructor(values: Uint8Array) {
    super(undefined);
    this.#values = values;
  }

  encode(start: number, end: number, out: ByteBuffer): void {
    this.#range = start < end ? rangeOfBooleans(this.#values, start, end) : undefined;
    out.reserve((end - start + 7) >> 3);
    out.length = packBooleans(this.#values, start, end, out.bytes, out.length);
  }

  range(): ValueRange | undefined {
    return this.#range;
  }
}

/** Appends the memory of `values[start … end)`: machines are little-endian, as Parquet is. */
function appendElements(
  values: Int32Array | Float64Array,
  start: number,
  end: number,
  out: ByteBuffer,
): void {
  const size = values.BYTES_PER_ELEMENT;
  out.append(new Uint8Array(values.buffer, values.byteOffset + start * size, (end - start) * size));
}
