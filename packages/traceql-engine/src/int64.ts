/** 64-bit integers as pairs of 32-bit words: exact comparison without bigints. */
import type { Int64Column } from '@tempo-ts/span-batch';
import type { ComparisonOperator } from '@tempo-ts/traceql';

const MIN_INT64 = -(2n ** 63n);
const MAX_INT64 = 2n ** 63n - 1n;

/** Orders rows `left` and `right` of one column as unsigned values. */
export function compareUint64Rows(column: Int64Column, left: number, right: number): number {
  const { words } = column;
  const high = (words[2 * left + 1]! >>> 0) - (words[2 * right + 1]! >>> 0);
  return high !== 0 ? high : (words[2 * left]! >>> 0) - (words[2 * right]! >>> 0);
}

/** The signed integers from min to max, or, when `outside`, all others. */
export interface Int64Range {
  readonly minHigh: number;
  readonly minLow: number;
  readonly maxHigh: number;
  readonly maxLow: number;
  readonly outside: boolean;
}

/** The integers `x` with `x operator bound`, exactly, also for fractional bounds. */
export function int64Range(operator: ComparisonOperator, bound: bigint | number): Int64Range {
  if (Number.isNaN(bound)) return rangeOf(1n, 0n, operator === '!=');
  const floor = floorOf(bound);
  const ceiling = ceilingOf(bound);
  switch (operator) {
    case '=':
      return rangeOf(ceiling, floor, false);
    case '!=':
      return rangeOf(ceiling, floor, true);
    case '<':
      return rangeOf(MIN_INT64, ceiling - 1n, false);
    case '<=':
      return rangeOf(MIN_INT64, floor, false);
    case '>':
      return rangeOf(floor + 1n, MAX_INT64, false);
    case '>=':
      return rangeOf(ceiling, MAX_INT64, false);
    default:
      return rangeOf(1n, 0n, false);
  }
}

/** Whether the signed integer of two words is in the range; `low` as an unsigned 32-bit number. */
export function isInRange(range: Int64Range, low: number, high: number): boolean {
  const inside =
    (high > range.minHigh || (high === range.minHigh && low >= range.minLow)) &&
    (high < range.maxHigh || (high === range.maxHigh && low <= range.maxLow));
  return inside !== range.outside;
}

function floorOf(bound: bigint | number): bigint {
  if (typeof bound === 'bigint') return bound;
  if (bound >= 2 ** 63) return MAX_INT64 + 1n;
  return bound < -(2 ** 63) ? MIN_INT64 - 1n : BigInt(Math.floor(bound));
}

function ceilingOf(bound: bigint | number): bigint {
  if (typeof bound === 'bigint') return bound;
  if (bound >= 2 ** 63) return MAX_INT64 + 1n;
  return bound < -(2 ** 63) ? MIN_INT64 - 1n : BigInt(Math.ceil(bound));
}

/** An empty range when nothing of min … max is a 64-bit integer. */
function rangeOf(min: bigint, max: bigint, outside: boolean): Int64Range {
  const isEmpty = min > max || min > MAX_INT64 || max < MIN_INT64;
  const low = isEmpty ? 1n : min < MIN_INT64 ? MIN_INT64 : min;
  const high = isEmpty ? 0n : max > MAX_INT64 ? MAX_INT64 : max;
  return {
    minHigh: Number(low >> 32n),
    minLow: Number(low & 0xffffffffn),
    maxHigh: Number(high >> 32n),
    maxLow: Number(high & 0xffffffffn),
    outside,
  };
}
