import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { compareUint64Rows, int64Range, isInRange } from './int64.ts';

const int64 = () =>
  fc.oneof(
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    fc.constantFrom(
      0n,
      1n,
      -1n,
      2n ** 53n,
      2n ** 53n + 1n,
      2n ** 63n - 1n,
      -(2n ** 63n),
      2n ** 32n,
    ),
  );
const bound = () =>
  fc.oneof(
    int64(),
    fc.double(),
    fc.constantFrom(0.5, -0.5, 2 ** 53, 2 ** 63, -(2 ** 63), 1e300, Number.NaN, Infinity),
  );
const wordsOf = (value: bigint) =>
  [Number(value & 0xffffffffn), Number(BigInt.asIntN(32, value >> 32n))] as const;

describe('int64Range', () => {
  it('holds exactly the integers that compare so, to whole and fractional bounds', () => {
    const operators = ['=', '!=', '<', '<=', '>', '>='] as const;
    fc.assert(
      fc.property(int64(), bound(), (value, limit) => {
        const [low, high] = wordsOf(value);
        const expected = {
          '=': value == limit,
          '!=': value != limit,
          '<': value < limit,
          '<=': value <= limit,
          '>': value > limit,
          '>=': value >= limit,
        };
        for (const operator of operators)
          expect([operator, isInRange(int64Range(operator, limit), low, high)]).toEqual([
            operator,
            expected[operator],
          ]);
      }),
      { numRuns: 2000 },
    );
  }, 30_000);
});

describe('compareUint64Rows', () => {
  it('orders rows as unsigned numbers', () => {
    const uint64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
    fc.assert(
      fc.property(uint64, uint64, (left, right) => {
        const column = { words: Int32Array.from([...wordsOf(left), ...wordsOf(right)]) };
        expect(Math.sign(compareUint64Rows(column, 0, 1))).toBe(
          left < right ? -1 : Number(left > right),
        );
      }),
    );
  }, 30_000);
});
