/** Smallest and greatest values of a page, in the form that statistics have. */
import { BoundaryOrder } from './page-index.ts';
import type { SchemaLeaf } from './schema.ts';

/** Bounds as in `ValueStatistics`. */
export interface ValueRange {
  readonly min: Uint8Array;
  readonly max: Uint8Array;
}

/** Longer bounds of byte arrays are shortened. */
const MAX_BOUND_BYTES = 64;

/** Of `values[start … end)`, of which there is one at least. */
export function rangeOfInt32(
  values: Int32Array,
  start: number,
  end: number,
  isUnsigned: boolean,
): ValueRange {
  // With the highest bit changed, unsigned integers are in the order of signed ones.
  const flip = isUnsigned ? 0x80000000 | 0 : 0;
  let min = values[start]! ^ flip;
  let max = min;
  for (let i = start + 1; i < end; i++) {
    const value = values[i]! ^ flip;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return { min: wordsAsBytes([min ^ flip]), max: wordsAsBytes([max ^ flip]) };
}

/** Of the 64-bit integers `start … end - 1` of `words`. */
export function rangeOfInt64(
  words: Int32Array,
  start: number,
  end: number,
  isUnsigned: boolean,
): ValueRange {
  const flip = isUnsigned ? 0x80000000 | 0 : 0;
  let minLow = words[start * 2]! >>> 0;
  let minHigh = words[start * 2 + 1]! ^ flip;
  let maxLow = minLow;
  let maxHigh = minHigh;
  for (let i = start + 1; i < end; i++) {
    const high = words[i * 2 + 1]! ^ flip;
    if (high > minHigh && high < maxHigh) continue;
    const low = words[i * 2]! >>> 0;
    if (high < minHigh || (high === minHigh && low < minLow)) {
      minLow = low;
      minHigh = high;
    }
    if (high > maxHigh || (high === maxHigh && low > maxLow)) {
      maxLow = low;
      maxHigh = high;
    }
  }
  return {
    min: wordsAsBytes([minLow, minHigh ^ flip]),
    max: wordsAsBytes([maxLow, maxHigh ^ flip]),
  };
}

/** Undefined when a value is not a number: such values have no order. */
export function rangeOfDoubles(
  values: Float64Array,
  start: number,
  end: number,
): ValueRange | undefined {
  let min = Infinity;
  let max = -Infinity;
  for (let i = start; i < end; i++) {
    const value = values[i]!;
    if (Number.isNaN(value)) return undefined;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  // Which zero it was is not known here: the bounds must hold for both.
  return { min: doubleAsBytes(min === 0 ? -0 : min), max: doubleAsBytes(max === 0 ? 0 : max) };
}

export function rangeOfBooleans(values: Uint8Array, start: number, end: number): ValueRange {
  let min = 1;
  let max = 0;
  for (let i = start; i < end; i++) {
    const value = values[i] === 0 ? 0 : 1;
    min &= value;
    max |= value;
  }
  return { min: Uint8Array.of(min), max: Uint8Array.of(max) };
}

/**
 * Bounds of byte arrays, shortened where they are long and still valid UTF-8 where they were. Undefined
 * when no shorter upper bound was found.
 */
export function boundsOfBytes(min: Uint8Array, max: Uint8Array): ValueRange | undefined {
  const upper = max.length <= MAX_BOUND_BYTES ? max.slice() : shortUpperBound(max);
  return upper && { min: min.slice(0, characterStart(min, MAX_BOUND_BYTES)), max: upper };
}

/** The first bytes, the last of them raised by one. */
function shortUpperBound(bytes: Uint8Array): Uint8Array | undefined {
  let length = characterStart(bytes, MAX_BOUND_BYTES);
  // An ASCII character below the last one has a follower of one byte.
  while (length > 0 && bytes[length - 1]! >= 0x7f) length -= 1;
  if (length === 0) return undefined;
  const bound = bytes.slice(0, length);
  bound[length - 1]! += 1;
  return bound;
}

/** `limit`, or less where that is within a character of UTF-8. */
function characterStart(bytes: Uint8Array, limit: number): number {
  if (bytes.length <= limit) return bytes.length;
  let length = limit;
  while (length > 0 && (bytes[length]! & 0xc0) === 0x80) length -= 1;
  // Bytes that are no UTF-8 at all.
  return length === 0 ? limit : length;
}

/** Compares `a[aStart … aEnd)` with `b[bStart … bEnd)` by unsigned bytes. */
export function compareBytes(
  a: Uint8Array,
  aStart: number,
  aEnd: number,
  b: Uint8Array,
  bStart: number,
  bEnd: number,
): number {
  const length = Math.min(aEnd - aStart, bEnd - bStart);
  for (let i = 0; i < length; i++) {
    const difference = a[aStart + i]! - b[bStart + i]!;
    if (difference !== 0) return difference;
  }
  return aEnd - aStart - (bEnd - bStart);
}

/** Compares two bounds of a leaf. */
export function compareBounds(leaf: SchemaLeaf, a: Uint8Array, b: Uint8Array): number {
  const isUnsigned = leaf.annotation === 'uint';
  const [x, y] = [new DataView(a.buffer, a.byteOffset), new DataView(b.buffer, b.byteOffset)];
  switch (leaf.physical) {
    case 'INT32':
      return isUnsigned
        ? x.getUint32(0, true) - y.getUint32(0, true)
        : x.getInt32(0, true) - y.getInt32(0, true);
    case 'INT64': {
      const difference = isUnsigned
        ? x.getBigUint64(0, true) - y.getBigUint64(0, true)
        : x.getBigInt64(0, true) - y.getBigInt64(0, true);
      return Number(difference);
    }
    case 'DOUBLE': {
      // Not their difference, which is no number between infinities.
      const [left, right] = [x.getFloat64(0, true), y.getFloat64(0, true)];
      return Number(left > right) - Number(left < right);
    }
    default:
      return compareBytes(a, 0, a.length, b, 0, b.length);
  }
}

/** The range of all pages together. */
export function joinRanges(leaf: SchemaLeaf, ranges: readonly ValueRange[]): ValueRange {
  return ranges.reduce((all, each) => ({
    min: compareBounds(leaf, each.min, all.min) < 0 ? each.min : all.min,
    max: compareBounds(leaf, each.max, all.max) > 0 ? each.max : all.max,
  }));
}

/** Whether the ranges of successive pages ascend. */
export function boundaryOrderOf(leaf: SchemaLeaf, ranges: readonly ValueRange[]): number {
  for (let i = 1; i < ranges.length; i++) {
    const before = ranges[i - 1]!;
    const after = ranges[i]!;
    const ascends =
      compareBounds(leaf, before.min, after.min) <= 0 &&
      compareBounds(leaf, before.max, after.max) <= 0;
    if (!ascends) return BoundaryOrder.Unordered;
  }
  return BoundaryOrder.Ascending;
}

function wordsAsBytes(words: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(words.length * 4);
  const view = new DataView(bytes.buffer);
  words.forEach((word, i) => view.setInt32(i * 4, word, true));
  return bytes;
}

function doubleAsBytes(value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setFloat64(0, value, true);
  return bytes;
}
