import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  compareUint64,
  differenceHigh,
  highWord,
  int64ToBigInt,
  int64ToNumber,
  lowWord,
  sumHigh,
  uint64ToBigInt,
  uint64ToNumber,
} from './int64.ts';

const arbitraryUint64 = () =>
  fc.oneof(
    fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    fc.constantFrom(0n, 1n, 2n ** 31n, 2n ** 32n - 1n, 2n ** 32n, 2n ** 63n, 2n ** 64n - 1n),
  );

const wordsOf = (value: bigint): Int32Array => new Int32Array(BigUint64Array.of(value).buffer);

describe('64-bit integers as words', () => {
  it('are read as numbers and exactly', () => {
    fc.assert(
      fc.property(arbitraryUint64(), (value) => {
        const column = { words: wordsOf(value) };
        expect(uint64ToBigInt(column, 0)).toBe(value);
        expect(int64ToBigInt(column, 0)).toBe(BigInt.asIntN(64, value));
        expect(uint64ToNumber(column, 0)).toBe(Number(value));
        expect(int64ToNumber(column, 0)).toBe(Number(BigInt.asIntN(64, value)));
        expect(BigInt(highWord(column, 0)) * 2n ** 32n + BigInt(lowWord(column, 0))).toBe(value);
      }),
    );
  });

  it('are added, subtracted and compared as unsigned 64-bit integers', () => {
    fc.assert(
      fc.property(arbitraryUint64(), arbitraryUint64(), (a, b) => {
        const [aLow, aHigh] = wordsOf(a) as unknown as [number, number];
        const [bLow, bHigh] = wordsOf(b) as unknown as [number, number];
        const sum = { words: Int32Array.of(aLow + bLow, sumHigh(aLow, aHigh, bLow, bHigh)) };
        const difference = {
          words: Int32Array.of(aLow - bLow, differenceHigh(aLow, aHigh, bLow, bHigh)),
        };
        expect(uint64ToBigInt(sum, 0)).toBe(BigInt.asUintN(64, a + b));
        expect(uint64ToBigInt(difference, 0)).toBe(BigInt.asUintN(64, a - b));
        expect(Math.sign(compareUint64(aLow, aHigh, bLow, bHigh))).toBe(a < b ? -1 : a > b ? 1 : 0);
      }),
    );
  });
});
