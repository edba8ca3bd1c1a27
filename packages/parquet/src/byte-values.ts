/** Byte strings, encoded page by page: as codes of a dictionary, or as their lengths and their bytes. */
import { bitWidthOf } from './bit-packing.ts';
import { copyBytes, type ByteBuffer } from './byte-buffer.ts';
import type { ChunkDictionary } from './chunk-dictionary.ts';
import { encodeDeltaInt32 } from './encode-delta-binary-packed.ts';
import { encodeCodeRuns } from './encode-rle-hybrid.ts';
import { Encoding } from './file-metadata.ts';
import { FlaggedValues, scratchOf, type LeafValues } from './leaf-values.ts';
import type { BytesDictionary } from './nested-column.ts';
import { boundsOfBytes, compareBytes, type ValueRange } from './value-range.ts';

/** Strings as codes of the chunk's dictionary. */
export class DictionaryValues implements LeafValues {
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
export class CodedBytesValues implements LeafValues {
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
export class BytesValues extends FlaggedValues implements LeafValues {
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
