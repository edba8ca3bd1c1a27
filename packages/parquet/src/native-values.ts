/**
 * Values of a leaf, encoded page by page in the encoding that suits the leaf: strings as codes of a
 * dictionary or as lengths and bytes, integers as deltas or as they are, booleans as bits.
 */
import { assert, AssertionError } from '@tempo-ts/runtime';
import { bitWidthOf } from './bit-packing.ts';
import { copyBytes, type ByteBuffer } from './byte-buffer.ts';
import type { ChunkDictionary, ChunkDictionaryBuilder } from './chunk-dictionary.ts';
import { encodeDeltaInt32, encodeDeltaInt64 } from './encode-delta-binary-packed.ts';
import { encodeCodeRuns } from './encode-rle-hybrid.ts';
import { Encoding } from './file-metadata.ts';
import type { BytesDictionary, LeafColumn } from './nested-column.ts';
import { packBooleans } from './pack-bits.ts';
import type { SchemaLeaf } from './schema.ts';
import {
  boundsOfBytes,
  compareBytes,
  rangeOfBooleans,
  rangeOfDoubles,
  rangeOfInt32,
  rangeOfInt64,
  type ValueRange,
} from './value-range.ts';

/** The values of one leaf in a row group. */
export interface LeafValues {
  /** Of the data pages. */
  readonly encoding: number;
  readonly dictionary?: ChunkDictionary;
  /**
   * Of an optional leaf: how many of the elements `start … end - 1` have a value. Unless that is 0,
   * writes 1 to `target` for each that has one, else 0.
   */
  fillPresence(start: number, end: number, target: Uint8Array): number;
  /** Appends those of the elements `start … end - 1` that have a value. */
  encode(start: number, end: number, out: ByteBuffer): void;
  /** Bounds of the values appended last, if they have any. */
  range(): ValueRange | undefined;
}

/** The values of `column`, `count` elements, for `leaf`. */
export function leafValues(
  leaf: SchemaLeaf,
  column: LeafColumn,
  count: number,
  dictionaries: ChunkDictionaryBuilder,
): LeafValues {
  const isOptional = leaf.repetition === 'optional';
  switch (column.kind) {
    case 'codes': {
      const { codes, dictionary: source } = column;
      const dictionary =
        leaf.encoding === 'delta'
          ? undefined
          : dictionaries.build(codes, count, source, isOptional);
      return dictionary
        ? new DictionaryValues(dictionary)
        : new CodedBytesValues(codes, source, isOptional);
    }
    case 'bytes':
      return new BytesValues(column.bytes, column.offsets, presenceOf(column.present, isOptional));
    case 'int32':
      return new Int32Values(leaf, column.values, presenceOf(column.present, isOptional));
    case 'int64':
      return new Int64Values(leaf, column.words, presenceOf(column.present, isOptional));
    case 'int32as64':
      return new Int64Values(leaf, widen(column.values, count), undefined);
    case 'double':
      return new DoubleValues(column.values);
    case 'boolean':
      return new BooleanValues(column.values);
  }
  throw new AssertionError(`leaf "${leaf.name}" has values of no known kind`);
}

function presenceOf(present: Uint8Array | undefined, isOptional: boolean): Uint8Array | undefined {
  return isOptional ? present : undefined;
}

function widen(values: Int32Array, count: number): Int32Array {
  const words = new Int32Array(count * 2);
  for (let i = 0; i < count; i++) {
    words[i * 2] = values[i]!;
    words[i * 2 + 1] = values[i]! >> 31;
  }
  return words;
}

/** Integers of one page that have to be brought together first. A module's scratch. */
let scratch = new Int32Array(1 << 12);

function scratchOf(length: number): Int32Array {
  if (scratch.length < length) scratch = new Int32Array(length + (length >> 2));
  return scratch;
}

/** Whether a value is present is told by a flag per element, or all are. */
abstract class FlaggedValues {
  protected readonly present: Uint8Array | undefined;

  constructor(present: Uint8Array | undefined) {
    this.present = present;
  }

  fillPresence(start: number, end: number, target: Uint8Array): number {
    const { present } = this;
    if (!present) {
      target.fill(1, 0, end - start);
      return end - start;
    }
    let count = 0;
    for (let i = start; i < end; i++) {
      const flag = present[i] === 0 ? 0 : 1;
      target[i - start] = flag;
      count += flag;
    }
    return count;
  }
}

/** Strings as codes of the chunk's dictionary. */
class DictionaryValues implements LeafValues {
  readonly encoding = Encoding.RleDictionary;
  readonly dictionary: ChunkDictionary;
  readonly #width: number;
  #minId = 0;
  #maxId = -1;

  constructor(dictionary: ChunkDictionary) {
    this.dictionary = dictionary;
    // Width 0 would do for a single string, but not every reader expects it.
    this.#width = Math.max(1, bitWidthOf(dictionary.codes.length - 1));
  }

  fillPresence(start: number, end: number, target: Uint8Array): number {
    const { ids } = this.dictionary;
    if (ids.length === 0) return 0;
    let count = 0;
    for (let i = start; i < end; i++) {
      const flag = ids[i]! < 0 ? 0 : 1;
      target[i - start] = flag;
      count += flag;
    }
    return count;
  }

  encode(start: number, end: number, out: ByteBuffer): void {
    const { ids } = this.dictionary;
    const target = scratchOf(end - start);
    let count = 0;
    let min = 0x7fffffff;
    let max = -1;
    const stop = Math.min(end, ids.length);
    for (let i = start; i < stop; i++) {
      const id = ids[i]!;
      if (id < 0) continue;
      target[count++] = id;
      if (id < min) min = id;
      if (id > max) max = id;
    }
    this.#minId = min;
    this.#maxId = max;
    out.appendByte(this.#width);
    encodeCodeRuns(target, 0, count, this.#width, out);
  }

  range(): ValueRange | undefined {
    if (!this.dictionary.isSorted || this.#maxId < 0) return undefined;
    return this.dictionary.bounds(this.#minId, this.#maxId);
  }
}

/** Keeps the least and greatest of byte strings, as places in an array of bytes. */
class BytesRange {
  #bytes = new Uint8Array(0);
  #count = 0;
  #minStart = 0;
  #minEnd = 0;
  #maxStart = 0;
  #maxEnd = 0;

  /** Forgets what was added; strings of `bytes` follow. */
  start(bytes: Uint8Array): void {
    this.#bytes = bytes as Uint8Array<ArrayBuffer>;
    this.#count = 0;
  }

  add(start: number, end: number): void {
    const bytes = this.#bytes;
    if (this.#count++ === 0) {
      this.#minStart = this.#maxStart = start;
      this.#minEnd = this.#maxEnd = end;
    } else if (compareBytes(bytes, start, end, bytes, this.#minStart, this.#minEnd) < 0) {
      this.#minStart = start;
      this.#minEnd = end;
    } else if (compareBytes(bytes, start, end, bytes, this.#maxStart, this.#maxEnd) > 0) {
      this.#maxStart = start;
      this.#maxEnd = end;
    }
  }

  bounds(): ValueRange | undefined {
    if (this.#count === 0) return undefined;
    return boundsOfBytes(
      this.#bytes.subarray(this.#minStart, this.#minEnd),
      this.#bytes.subarray(this.#maxStart, this.#maxEnd),
    );
  }
}

/** Strings of a dictionary that is too large for a chunk, or of a leaf that shall have none. */
class CodedBytesValues implements LeafValues {
  readonly encoding = Encoding.DeltaLengthByteArray;
  readonly #codes: Int32Array;
  readonly #source: BytesDictionary;
  readonly #isOptional: boolean;
  readonly #range = new BytesRange();

  constructor(codes: Int32Array, source: BytesDictionary, isOptional: boolean) {
    this.#codes = codes;
    this.#source = source;
    this.#isOptional = isOptional;
  }

  fillPresence(start: number, end: number, target: Uint8Array): number {
    let count = 0;
    for (let i = start; i < end; i++) {
      const flag = this.#codes[i]! < 0 ? 0 : 1;
      target[i - start] = flag;
      count += flag;
    }
    return count;
  }

  encode(start: number, end: number, out: ByteBuffer): void {
    const codes = this.#codes;
    const { bytes, offsets } = this.#source;
    const lengths = scratchOf(end - start);
    let count = 0;
    let total = 0;
    for (let i = start; i < end; i++) {
      const code = codes[i]!;
      if (code < 0 && this.#isOptional) continue;
      const length = code < 0 ? 0 : offsets[code + 1]! - offsets[code]!;
      lengths[count++] = length;
      total += length;
    }
    encodeDeltaInt32(lengths, 0, count, out);
    out.reserve(total);
    let to = out.length;
    let last = -2;
    this.#range.start(bytes);
    for (let i = start; i < end; i++) {
      const code = codes[i]!;
      if (code < 0) {
        if (!this.#isOptional && code !== last) this.#range.add(0, 0);
      } else {
        if (code !== last) this.#range.add(offsets[code]!, offsets[code + 1]!);
        to = copyBytes(bytes, offsets[code]!, offsets[code + 1]!, out.bytes, to);
      }
      last = code;
    }
    out.length = to;
  }

  range(): ValueRange | undefined {
    return this.#range.bounds();
  }
}

/** Byte strings as their lengths and their bytes. */
class BytesValues extends FlaggedValues implements LeafValues {
  readonly encoding = Encoding.DeltaLengthByteArray;
  readonly #bytes: Uint8Array;
  readonly #offsets: Int32Array;
  readonly #range = new BytesRange();

  constructor(bytes: Uint8Array, offsets: Int32Array, present: Uint8Array | undefined) {
    super(present);
    this.#bytes = bytes;
    this.#offsets = offsets;
  }

  encode(start: number, end: number, out: ByteBuffer): void {
    const offsets = this.#offsets;
    const { present } = this;
    const lengths = scratchOf(end - start);
    let count = 0;
    this.#range.start(this.#bytes);
    for (let i = start; i < end; i++) {
      if (present && present[i] === 0) continue;
      lengths[count++] = offsets[i + 1]! - offsets[i]!;
      this.#range.add(offsets[i]!, offsets[i + 1]!);
    }
    encodeDeltaInt32(lengths, 0, count, out);
    if (count === end - start) {
      out.appendRange(this.#bytes, offsets[start]!, offsets[end]!);
      return;
    }
    for (let i = start; i < end; i++)
      if (present![i] !== 0) out.appendRange(this.#bytes, offsets[i]!, offsets[i + 1]!);
  }

  range(): ValueRange | undefined {
    return this.#range.bounds();
  }
}

/** What integers of both widths share: their values brought together, then written. */
class Int32Values extends FlaggedValues implements LeafValues {
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

class Int64Values extends FlaggedValues implements LeafValues {
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

class DoubleValues extends FlaggedValues implements LeafValues {
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

class BooleanValues extends FlaggedValues implements LeafValues {
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
