/**
 * Encodes DELTA_BINARY_PACKED in blocks of 128 integers, four mini-blocks each; the counterpart of
 * delta-binary-packed.ts. Arithmetic is on 32-bit words and wraps at the type's width, so that
 * integers of 64 bits are exact whatever they are.
 */
import { writeVarint, type ByteBuffer } from './byte-buffer.ts';
import { packBits } from './pack-bits.ts';

const BLOCK_SIZE = 128;
const MINI_BLOCKS = 4;
const MINI_BLOCK_SIZE = BLOCK_SIZE / MINI_BLOCKS;
/** Minimum, widths, and deltas of 64 bits. */
const MAX_BLOCK_BYTES = 10 + MINI_BLOCKS + BLOCK_SIZE * 8;
const HEADER_BYTES = 2 + 1 + 5 + 10;

/** Deltas of one block. A module's scratch: encoding is synchronous. */
const lows = new Int32Array(BLOCK_SIZE);
const highs = new Int32Array(BLOCK_SIZE);
/** Halves of the integers of a mini-block, for widths above 32. */
const halves = new Int32Array(MINI_BLOCK_SIZE * 2);

/** Appends `values[start … end)`. */
export function encodeDeltaInt32(
  values: Int32Array,
  start: number,
  end: number,
  out: ByteBuffer,
): void {
  const first = start < end ? values[start]! : 0;
  writeHeader(out, end - start, first, first >> 31);
  for (let from = start + 1; from < end; from += BLOCK_SIZE) {
    const count = Math.min(BLOCK_SIZE, end - from);
    let min = 0x7fffffff;
    let previous = values[from - 1]!;
    for (let k = 0; k < count; k++) {
      const value = values[from + k]!;
      const delta = (value - previous) | 0;
      previous = value;
      lows[k] = delta;
      if (delta < min) min = delta;
    }
    for (let k = 0; k < count; k++) lows[k] = (lows[k]! - min) | 0;
    out.reserve(MAX_BLOCK_BYTES);
    const to = writeZigzag64(out.bytes, out.length, min, min >> 31);
    out.length = writeMiniBlocks32(count, out.bytes, to);
  }
}

/** Appends the 64-bit integers `start … end - 1` of `words`, low word before high word. */
export function encodeDeltaInt64(
  words: Int32Array,
  start: number,
  end: number,
  out: ByteBuffer,
): void {
  const isEmpty = start === end;
  writeHeader(
    out,
    end - start,
    isEmpty ? 0 : words[start * 2]!,
    isEmpty ? 0 : words[start * 2 + 1]!,
  );
  for (let from = start + 1; from < end; from += BLOCK_SIZE) {
    const count = Math.min(BLOCK_SIZE, end - from);
    out.reserve(MAX_BLOCK_BYTES);
    const to = takeDeltas64(words, from, count, out);
    out.length = writeMiniBlocks64(count, out.bytes, to);
  }
}

/** Fills `lows` and `highs` with deltas above their minimum, and writes the minimum. */
function takeDeltas64(words: Int32Array, from: number, count: number, out: ByteBuffer): number {
  let minLow = -1;
  let minHigh = 0x7fffffff;
  let previousLow = words[from * 2 - 2]!;
  let previousHigh = words[from * 2 - 1]!;
  for (let k = 0; k < count; k++) {
    const low = words[(from + k) * 2]!;
    const high = words[(from + k) * 2 + 1]!;
    const deltaLow = (low - previousLow) | 0;
    const borrow = low >>> 0 < previousLow >>> 0 ? 1 : 0;
    const deltaHigh = (high - previousHigh - borrow) | 0;
    previousLow = low;
    previousHigh = high;
    lows[k] = deltaLow;
    highs[k] = deltaHigh;
    if (deltaHigh < minHigh || (deltaHigh === minHigh && deltaLow >>> 0 < minLow >>> 0)) {
      minLow = deltaLow;
      minHigh = deltaHigh;
    }
  }
  for (let k = 0; k < count; k++) {
    const low = lows[k]!;
    const borrow = low >>> 0 < minLow >>> 0 ? 1 : 0;
    lows[k] = (low - minLow) | 0;
    highs[k] = (highs[k]! - minHigh - borrow) | 0;
  }
  return writeZigzag64(out.bytes, out.length, minLow, minHigh);
}

function writeHeader(out: ByteBuffer, count: number, low: number, high: number): void {
  out.reserve(HEADER_BYTES);
  let to = writeVarint(out.bytes, out.length, BLOCK_SIZE);
  to = writeVarint(out.bytes, to, MINI_BLOCKS);
  to = writeVarint(out.bytes, to, count);
  out.length = writeZigzag64(out.bytes, to, low, high);
}

function writeMiniBlocks32(count: number, bytes: Uint8Array, at: number): number {
  let to = at + MINI_BLOCKS;
  for (let mini = 0; mini < MINI_BLOCKS; mini++) {
    const start = mini * MINI_BLOCK_SIZE;
    const end = Math.min(count, start + MINI_BLOCK_SIZE);
    let used = 0;
    for (let k = start; k < end; k++) used |= lows[k]!;
    const width = 32 - Math.clz32(used);
    bytes[at + mini] = width;
    if (width > 0) to = packMiniBlock(start, end, width, bytes, to);
  }
  return to;
}

function writeMiniBlocks64(count: number, bytes: Uint8Array, at: number): number {
  let to = at + MINI_BLOCKS;
  for (let mini = 0; mini < MINI_BLOCKS; mini++) {
    const start = mini * MINI_BLOCK_SIZE;
    const end = Math.min(count, start + MINI_BLOCK_SIZE);
    let usedLow = 0;
    let usedHigh = 0;
    for (let k = start; k < end; k++) {
      usedLow |= lows[k]!;
      usedHigh |= highs[k]!;
    }
    const width = usedHigh === 0 ? 32 - Math.clz32(usedLow) : 64 - Math.clz32(usedHigh);
    bytes[at + mini] = width;
    if (width > 32) to = packWideMiniBlock(start, end, width, bytes, to);
    else if (width > 0) to = packMiniBlock(start, end, width, bytes, to);
  }
  return to;
}

/** A mini-block takes the room of 32 integers, used or not. */
function packMiniBlock(
  start: number,
  end: number,
  width: number,
  bytes: Uint8Array,
  at: number,
): number {
  const to = packBits(lows, start, end, width, bytes, at);
  const endAt = at + (MINI_BLOCK_SIZE * width) / 8;
  bytes.fill(0, to, endAt);
  return endAt;
}

/** Integers of 33 to 64 bits: bit by word, since only timestamps far apart are so wide. */
function packWideMiniBlock(
  start: number,
  end: number,
  width: number,
  bytes: Uint8Array,
  at: number,
): number {
  halves.fill(0);
  const highWidth = width - 32;
  let bit = 0;
  const push = (value: number, bits: number) => {
    const index = bit >> 5;
    const shift = bit & 31;
    halves[index]! |= value << shift;
    if (shift + bits > 32) halves[index + 1]! |= value >>> (32 - shift);
    bit += bits;
  };
  for (let k = start; k < end; k++) {
    push(lows[k]!, 32);
    push(highs[k]!, highWidth);
  }
  // 32 integers of `width` bits are `width` words.
  for (let index = 0; index < width; index++) {
    const word = halves[index]!;
    for (let k = 0; k < 4; k++) bytes[at + index * 4 + k] = word >>> (8 * k);
  }
  return at + width * 4;
}

/** Writes a signed 64-bit integer as a zigzag varint; returns the position behind. */
export function writeZigzag64(bytes: Uint8Array, at: number, low: number, high: number): number {
  const sign = high >> 31;
  let restLow = (low << 1) ^ sign;
  let restHigh = ((high << 1) | (low >>> 31)) ^ sign;
  let to = at;
  while (restHigh !== 0 || restLow >>> 0 > 127) {
    bytes[to++] = (restLow & 0x7f) | 0x80;
    restLow = (restLow >>> 7) | (restHigh << 25);
    restHigh >>>= 7;
  }
  bytes[to++] = restLow;
  return to;
}
