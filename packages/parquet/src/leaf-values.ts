/** What a native encoder asks of the values of a leaf, and what their implementations share. */
import type { ByteBuffer } from './byte-buffer.ts';
import type { ChunkDictionary } from './chunk-dictionary.ts';
import type { ValueRange } from './value-range.ts';

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

/** Integers of one page that have to be brought together first. A module's scratch. */
let scratch = new Int32Array(1 << 12);

/** Room for `length` integers, until the next call. */
export function scratchOf(length: number): Int32Array {
  if (scratch.length < length) scratch = new Int32Array(length + (length >> 2));
  return scratch;
}

/** Whether a value is present is told by a flag per element, or all are. */
export abstract class FlaggedValues {
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
