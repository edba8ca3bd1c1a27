/**
 * DELTA_BINARY_PACKED: blocks of deltas, each relative to the smallest of its block.
 *
 * All arithmetic wraps at the type's width, on 32-bit words: parquet-go computes the smallest delta
 * of a partly filled block over unused slots too, so that timestamps come with minima near -2^63 and
 * packed deltas of 64 bits.
 */
import { bitsAt, unpackBits } from './bit-packing.ts';
import { CorruptParquetError } from './errors.ts';

/** No writer makes larger blocks. */
const MAX_BLOCK_SIZE = 1 << 20;
const WORD = 2 ** 32;

/**
 * Decodes `count` (at least 1) 64-bit integers from `bytes[start … end)`: low word before high word.
 *
 * @throws CorruptParquetError when there are not exactly `count`.
 */
export function decodeDeltaInt64(
  bytes: Uint8Array,
  start: number,
  end: number,
  count: number,
): Int32Array {
  const cursor = new DeltaCursor(bytes, start, end, count);
  const words = new Int32Array(count * 2);
  let low = cursor.low;
  let high = cursor.high;
  words[0] = low;
  words[1] = high;
  let filled = 1;
  while (filled < count) {
    const used = cursor.nextMiniBlock(count - filled);
    const { minLow, minHigh, lows, highs } = cursor;
    for (let i = 0; i < used; i++) {
      const sum = (low >>> 0) + (minLow >>> 0) + (lows[i]! >>> 0);
      low = sum | 0;
      high = (high + minHigh + highs[i]! + Math.floor(sum / WORD)) | 0;
      words[filled * 2] = low;
      words[filled * 2 + 1] = high;
      filled += 1;
    }
  }
  return words;
}

/** Decodes `count` 32-bit integers; see {@link decodeDeltaInt64}. `position` is behind the last one. */
export function decodeDeltaInt32(
  bytes: Uint8Array,
  start: number,
  end: number,
  count: number,
): { readonly values: Int32Array; readonly position: number } {
  const values = new Int32Array(count);
  const cursor = new DeltaCursor(bytes, start, end, count);
  let value = cursor.low;
  values[0] = value;
  let filled = 1;
  while (filled < count) {
    const used = cursor.nextMiniBlock(count - filled);
    const { minLow, lows } = cursor;
    for (let i = 0; i < used; i++) {
      value = (value + minLow + lows[i]!) | 0;
      values[filled++] = value;
    }
  }
  return { values, position: cursor.position };
}

/** Walks the mini-blocks and unpacks one at a time. */
class DeltaCursor {
  position: number;
  /** The first value; later the smallest delta of the current block and its packed deltas. */
  low = 0;
  high = 0;
  minLow = 0;
  minHigh = 0;
  readonly lows: Int32Array;
  readonly highs: Int32Array;
  readonly #bytes: Uint8Array;
  readonly #end: number;
  readonly #miniBlockCount: number;
  readonly #miniBlockSize: number;
  #widthsAt = 0;
  #miniBlock: number;

  constructor(bytes: Uint8Array, start: number, end: number, expected: number) {
    this.#bytes = bytes;
    this.#end = end;
    this.position = start;
    const blockSize = this.#varint();
    this.#miniBlockCount = this.#varint();
    const total = this.#varint();
    const size = blockSize / this.#miniBlockCount;
    if (blockSize > MAX_BLOCK_SIZE || !Number.isInteger(size) || size === 0 || size % 8 !== 0)
      throw new CorruptParquetError(`delta blocks of ${blockSize} values are impossible`);
    if (total !== expected)
      throw new CorruptParquetError(`delta page holds ${total} values where ${expected} belong`);
    this.#miniBlockSize = size;
    this.#miniBlock = this.#miniBlockCount;
    this.lows = new Int32Array(size);
    this.highs = new Int32Array(size);
    this.#zigzag64();
    this.low = this.#low;
    this.high = this.#high;
  }

  /** Unpacks the next mini-block; returns how many of its values are used, at most `wanted`. */
  nextMiniBlock(wanted: number): number {
    if (this.#miniBlock === this.#miniBlockCount) this.#startBlock();
    const width = this.#bytes[this.#widthsAt + this.#miniBlock]!;
    this.#miniBlock += 1;
    const sizeBytes = (this.#miniBlockSize * width) >> 3;
    if (width > 64 || this.position + sizeBytes > this.#end)
      throw new CorruptParquetError('delta page is cut off');
    const used = Math.min(wanted, this.#miniBlockSize);
    this.#unpack(width, used);
    this.position += sizeBytes;
    return used;
  }

  #unpack(width: number, used: number): void {
    const { lows, highs } = this;
    if (width <= 32) {
      highs.fill(0, 0, used);
      if (width === 0) lows.fill(0, 0, used);
      else unpackBits(this.#bytes, this.position, width, used, lows, 0);
      return;
    }
    for (let i = 0; i < used; i++) {
      lows[i] = bitsAt(this.#bytes, this.position, i * width, 32);
      highs[i] = bitsAt(this.#bytes, this.position, i * width + 32, width - 32);
    }
  }

  #startBlock(): void {
    this.#zigzag64();
    this.minLow = this.#low;
    this.minHigh = this.#high;
    this.#widthsAt = this.position;
    this.position += this.#miniBlockCount;
    if (this.position > this.#end) throw new CorruptParquetError('delta page is cut off');
    this.#miniBlock = 0;
  }

  #low = 0;
  #high = 0;

  /** Reads a 64-bit zigzag integer into `#low` and `#high`. */
  #zigzag64(): void {
    let low = 0;
    let high = 0;
    for (let shift = 0; ; shift += 7) {
      if (shift > 63) throw new CorruptParquetError('delta page has an integer that does not end');
      const byte = this.#byte();
      const bits = byte & 0x7f;
      if (shift < 28) low |= bits << shift;
      else if (shift === 28) {
        low |= bits << 28;
        high |= bits >>> 4;
      } else high |= bits << (shift - 32);
      if (byte < 0x80) break;
    }
    const sign = -(low & 1);
    this.#low = ((low >>> 1) | (high << 31)) ^ sign;
    this.#high = (high >>> 1) ^ sign;
  }

  #varint(): number {
    let value = 0;
    for (let scale = 1; scale <= 2 ** 35; scale *= 128) {
      const byte = this.#byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
    throw new CorruptParquetError('delta page has a count that does not end');
  }

  #byte(): number {
    if (this.position >= this.#end) throw new CorruptParquetError('delta page is cut off');
    return this.#bytes[this.position++]!;
  }
}
