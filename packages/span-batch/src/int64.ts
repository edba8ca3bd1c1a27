/** Reading 64-bit columns, and arithmetic on pairs of 32-bit words. */
import type { Int64Column } from './span-batch.ts';

const WORD = 2 ** 32;

/** The low word of a row, unsigned. */
export function lowWord(column: Int64Column, row: number): number {
  return column.words[row * 2]! >>> 0;
}

/** The high word of a row, unsigned. */
export function highWord(column: Int64Column, row: number): number {
  return column.words[row * 2 + 1]! >>> 0;
}

/** A signed row as a number; exact up to 2^53. */
export function int64ToNumber(column: Int64Column, row: number): number {
  return column.words[row * 2 + 1]! * WORD + (column.words[row * 2]! >>> 0);
}

/** An unsigned row as a number; exact up to 2^53. */
export function uint64ToNumber(column: Int64Column, row: number): number {
  return (column.words[row * 2 + 1]! >>> 0) * WORD + (column.words[row * 2]! >>> 0);
}

/** A signed row, exact. */
export function int64ToBigInt(column: Int64Column, row: number): bigint {
  return (BigInt(column.words[row * 2 + 1]!) << 32n) | BigInt(column.words[row * 2]! >>> 0);
}

/** An unsigned row, exact. */
export function uint64ToBigInt(column: Int64Column, row: number): bigint {
  return (BigInt(column.words[row * 2 + 1]! >>> 0) << 32n) | BigInt(column.words[row * 2]! >>> 0);
}

/** Negative, 0 or positive as one unsigned pair of words is smaller, equal or larger. */
export function compareUint64(aLow: number, aHigh: number, bLow: number, bHigh: number): number {
  return (aHigh >>> 0) - (bHigh >>> 0) || (aLow >>> 0) - (bLow >>> 0);
}

/** The high word of `a - b`, wrapped; the low word is `(aLow - bLow) | 0`. */
export function differenceHigh(aLow: number, aHigh: number, bLow: number, bHigh: number): number {
  return (aHigh - bHigh - (aLow >>> 0 < bLow >>> 0 ? 1 : 0)) | 0;
}

/** The high word of `a + b`, wrapped; the low word is `(aLow + bLow) | 0`. */
export function sumHigh(aLow: number, aHigh: number, bLow: number, bHigh: number): number {
  return (aHigh + bHigh + ((aLow >>> 0) + (bLow >>> 0) >= WORD ? 1 : 0)) | 0;
}
