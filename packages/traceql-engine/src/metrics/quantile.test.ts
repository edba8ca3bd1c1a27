import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { log2Bucket } from './field-numbers.ts';
import { quantileOf } from './quantile.ts';

describe('quantileOf', () => {
  const bounds = [2, 4, 8, 16];

  it('is interpolated on logarithms between powers of two that have values', () => {
    const durations = [0.008388608, 0.134217728, 2.147483648, 8.589934592];
    expect(quantileOf(0.5, durations, [1, 1, 2, 1])).toBeCloseTo(0.536870912, 12);
  });

  it('is an upper bound where the values up to it are just enough', () =>
    expect([0.25, 0.5, 1].map((q) => quantileOf(q, bounds, [1, 1, 1, 1]))).toEqual([2, 4, 16]));

  it('starts one power of two below the first bound', () =>
    expect(quantileOf(0.5, bounds, [0, 0, 4, 0])).toBeCloseTo(2 ** 2.5, 12));

  it('is zero without values, and the smallest value for quantile zero', () => {
    expect(quantileOf(0.5, bounds, [0, 0, 0, 0])).toBe(0);
    expect(quantileOf(0, bounds, [0, 1, 0, 1])).toBe(4);
  });

  it('lies in the power of two of the value of that rank, and grows with the quantile', () =>
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 2, max: 1_000_000 }), { minLength: 1, maxLength: 50 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (values, q) => {
          const all = Array.from({ length: 21 }, (_, i) => 2 ** (i + 1));
          const counts = all.map((_, i) => values.filter((v) => log2Bucket(v) === i + 1).length);
          const sorted = values.toSorted((a, b) => a - b);
          const ranked = sorted[Math.max(1, Math.ceil(q * values.length)) - 1]!;
          const found = quantileOf(q, all, counts);
          expect(found).toBeLessThanOrEqual(2 ** log2Bucket(ranked));
          expect(found).toBeGreaterThanOrEqual(1);
          expect(quantileOf(Math.min(1, q + 0.1), all, counts)).toBeGreaterThanOrEqual(found);
        },
      ),
    ));
});

describe('log2Bucket', () => {
  it('is the exponent of the smallest power of two that is not below the value', () =>
    fc.assert(
      fc.property(fc.bigInt({ min: 2n, max: 2n ** 53n }), (value) => {
        const exponent = BigInt(log2Bucket(Number(value)));
        expect(2n ** exponent >= value && 2n ** (exponent - 1n) < value).toBe(true);
      }),
    ));

  it.each([-1, 0, 1, 1.5, Number.NaN])('%d has none', (value) => expect(log2Bucket(value)).toBe(0));
});
