import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { planRequests, readRanges, type RangeSource } from './range-source.ts';

const file = Uint8Array.from({ length: 5_000_000 }, (_, i) => (i * 31) ^ (i >> 8));
const source: RangeSource = {
  sizeBytes: file.length,
  read: async ({ offset, length }) => file.slice(offset, offset + length),
};

const chunk = (offset: number, length: number) => ({ offset, length });

describe('readRanges', () => {
  it('gives exactly the asked ranges in their order, however they are joined', async () => {
    const range = fc.record({
      offset: fc.nat({ max: 4_900_000 }),
      length: fc.nat({ max: 1000 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(range, { maxLength: 10 }), async (ranges) => {
        const { parts, readBytes } = await readRanges(source, ranges);
        expect(parts.map((part) => [...part])).toEqual(
          ranges.map(({ offset, length }) => [...file.subarray(offset, offset + length)]),
        );
        expect(readBytes).toBe(planRequests(ranges).reduce((sum, { length }) => sum + length, 0));
      }),
      { numRuns: 30 },
    );
  });

  it('joins neighbours, leaves wide gaps, and asks for nothing too large at once', () => {
    expect(planRequests([chunk(200, 50), chunk(0, 100), chunk(300, 0)])).toEqual([chunk(0, 250)]);
    expect(planRequests([chunk(0, 10), chunk(1_000_000, 10)])).toHaveLength(2);
    expect(planRequests([chunk(0, 10e6), chunk(10e6, 10e6)])).toHaveLength(2);
    expect(planRequests([chunk(0, 40e6)])).toHaveLength(1);
  });
});
