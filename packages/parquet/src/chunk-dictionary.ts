/**
 * The dictionary of a column chunk: those strings of a larger dictionary that the chunk has. Columns
 * may share one dictionary of many more strings, so nothing here costs in proportion to its size.
 */
import type { ByteBuffer } from './byte-buffer.ts';
import type { BytesDictionary } from './nested-column.ts';
import { boundsOfBytes, compareBytes, type ValueRange } from './value-range.ts';

/** Up to this size a dictionary is sorted, so that the bounds of pages follow from their ids. */
const MAX_SORTED_COUNT = 1024;

/** Strings of a chunk and the id of each of its values. */
export class ChunkDictionary {
  readonly source: BytesDictionary;
  /** Code in `source` by id; negative for the empty string that stands for absent ones. */
  readonly codes: Int32Array;
  /** One per element; negative where an optional value is absent. Empty when all are. */
  readonly ids: Int32Array;
  /** Whether ids are in the order of their strings. */
  readonly isSorted: boolean;

  constructor(options: {
    readonly source: BytesDictionary;
    readonly codes: Int32Array;
    readonly ids: Int32Array;
    readonly isSorted: boolean;
  }) {
    this.source = options.source;
    this.codes = options.codes;
    this.ids = options.ids;
    this.isSorted = options.isSorted;
  }

  /** Appends the body of a dictionary page: PLAIN strings. */
  writePage(out: ByteBuffer): void {
    const { bytes, offsets } = this.source;
    for (let id = 0; id < this.codes.length; id++) {
      const code = this.codes[id]!;
      if (code < 0) out.appendUint32(0);
      else {
        out.appendUint32(offsets[code + 1]! - offsets[code]!);
        out.appendRange(bytes, offsets[code]!, offsets[code + 1]!);
      }
    }
  }

  /** Bounds of the strings `minId` and `maxId`. */
  bounds(minId: number, maxId: number): ValueRange | undefined {
    return boundsOfBytes(this.#string(minId), this.#string(maxId));
  }

  /** Bounds of all strings; undefined when there are none. */
  range(): ValueRange | undefined {
    const count = this.codes.length;
    if (count === 0) return undefined;
    if (this.isSorted) return this.bounds(0, count - 1);
    let minId = 0;
    let maxId = 0;
    for (let id = 1; id < count; id++) {
      if (compareCodes(this.source, this.codes[id]!, this.codes[minId]!) < 0) minId = id;
      else if (compareCodes(this.source, this.codes[id]!, this.codes[maxId]!) > 0) maxId = id;
    }
    return this.bounds(minId, maxId);
  }

  #string(id: number): Uint8Array {
    const code = this.codes[id]!;
    const { bytes, offsets } = this.source;
    return code < 0 ? bytes.subarray(0, 0) : bytes.subarray(offsets[code], offsets[code + 1]);
  }
}

/** The dictionary of an optional column without values. */
const NOTHING = new ChunkDictionary({
  source: { count: 0, bytes: new Uint8Array(0), offsets: new Int32Array(1) },
  codes: new Int32Array(0),
  ids: new Int32Array(0),
  isSorted: true,
});

/** Builds the dictionaries of one chunk after the other. */
export class ChunkDictionaryBuilder {
  readonly #maxBytes: number;
  /** Of the current dictionary: id of a code plus `#base`; less than `#base` where it has none yet. */
  #slots = new Int32Array(0);
  #base = 1;
  #used = new Int32Array(1024);
  #usedCount = 0;

  /** `maxBytes` bounds the body of a dictionary page. */
  constructor(options: { readonly maxBytes: number }) {
    this.#maxBytes = options.maxBytes;
  }

  /**
   * The dictionary of a chunk with one code of `source` per element; undefined when it would be too
   * large. Absent values of a required leaf become the empty string.
   */
  build(
    codes: Int32Array,
    count: number,
    source: BytesDictionary,
    isOptional: boolean,
  ): ChunkDictionary | undefined {
    this.#start(source.count);
    const absent = this.#collect(codes, count, source);
    if (absent < 0) return undefined;
    if (this.#usedCount === 0 && isOptional) return NOTHING;
    const emptyId = isOptional || absent === 0 ? -1 : this.#takeEmptyString(source);
    const isSorted = this.#usedCount <= MAX_SORTED_COUNT;
    const used = this.#used.slice(0, this.#usedCount);
    let absentId = emptyId;
    if (isSorted) {
      const emptyCode = emptyId < 0 ? 0 : used[emptyId]!;
      used.sort((a, b) => compareCodes(source, a, b));
      for (let id = 0; id < used.length; id++)
        if (used[id]! >= 0) this.#slots[used[id]!] = this.#base + id;
      if (emptyId >= 0) absentId = used.indexOf(emptyCode);
    }
    const ids = this.#assign(codes, count, absentId);
    return new ChunkDictionary({ source, codes: used, ids, isSorted });
  }

  #start(sourceCount: number): void {
    this.#base += this.#usedCount;
    this.#usedCount = 0;
    if (this.#slots.length < sourceCount) {
      this.#slots = new Int32Array(sourceCount + (sourceCount >> 2));
      this.#base = 1;
    } else if (this.#base > 0x7fffffff - sourceCount - 2) {
      this.#slots.fill(0);
      this.#base = 1;
    }
  }

  /** Gives ids to the codes; returns how many values are absent, or -1 when it becomes too large. */
  #collect(codes: Int32Array, count: number, source: BytesDictionary): number {
    if (source.count === 0) return count;
    const slots = this.#slots;
    const base = this.#base;
    let absent = 0;
    let sizeBytes = 0;
    for (let i = 0; i < count; i++) {
      const code = codes[i]!;
      if (code < 0) absent += 1;
      else if (slots[code]! < base) {
        slots[code] = base + this.#usedCount;
        this.#use(code);
        sizeBytes += 4 + source.offsets[code + 1]! - source.offsets[code]!;
        if (sizeBytes > this.#maxBytes) return -1;
      }
    }
    return absent;
  }

  /** The id of the empty string. */
  #takeEmptyString(source: BytesDictionary): number {
    for (let id = 0; id < this.#usedCount; id++) {
      const code = this.#used[id]!;
      if (source.offsets[code] === source.offsets[code + 1]) return id;
    }
    this.#use(-1);
    return this.#usedCount - 1;
  }

  #assign(codes: Int32Array, count: number, absentId: number): Int32Array {
    const ids = new Int32Array(count);
    const slots = this.#slots;
    const base = this.#base;
    for (let i = 0; i < count; i++) {
      const code = codes[i]!;
      ids[i] = code < 0 ? absentId : slots[code]! - base;
    }
    return ids;
  }

  #use(code: number): void {
    if (this.#usedCount === this.#used.length) {
      const grown = new Int32Array(this.#used.length * 2);
      grown.set(this.#used);
      this.#used = grown;
    }
    this.#used[this.#usedCount++] = code;
  }
}

function compareCodes({ bytes, offsets }: BytesDictionary, a: number, b: number): number {
  if (a < 0 || b < 0) return lengthOf(offsets, a) - lengthOf(offsets, b);
  return compareBytes(bytes, offsets[a]!, offsets[a + 1]!, bytes, offsets[b]!, offsets[b + 1]!);
}

function lengthOf(offsets: Int32Array, code: number): number {
  return code < 0 ? 0 : offsets[code + 1]! - offsets[code]!;
}
