import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { CorruptParquetError } from './errors.ts';
import { LevelCursor } from './level-cursor.ts';
import { hybridBytes, type HybridRun } from './testing/encode-values.ts';

const level = fc.nat({ max: 7 });
const arbitraryRuns = fc.array(
  fc.oneof(
    fc.record({
      kind: fc.constant('rle' as const),
      value: level,
      count: fc.integer({ min: 1, max: 2000 }),
    }),
    fc.record({
      kind: fc.constant('packed' as const),
      values: fc.array(level, { minLength: 1, maxLength: 3000 }),
    }),
  ) as fc.Arbitrary<HybridRun>,
  { minLength: 1, maxLength: 5 },
);
const arbitrarySteps = fc.array(
  fc.record({
    step: fc.constantFrom('zeros' as const, 'count' as const, 'read' as const, 'clone' as const),
    size: fc.nat({ max: 1500 }),
  }),
  { maxLength: 12 },
);

describe('LevelCursor', () => {
  it('any steps see the levels that decoding all of them gives', () => {
    fc.assert(
      fc.property(arbitraryRuns, arbitrarySteps, (runs, steps) => {
        const { bytes, values } = hybridBytes(3, runs);
        let cursor = new LevelCursor(bytes, 0, bytes.length, 3);
        let at = 0;
        for (const { step, size } of steps) {
          const count = Math.min(size, values.length - at);
          const next = values.slice(at, at + count);
          if (step === 'clone') cursor = cursor.clone();
          else if (step === 'count') {
            expect(cursor.count(count, 3)).toBe(next.filter((value) => value === 3).length);
            at += count;
          } else if (step === 'read') {
            const target = new Uint8Array(count);
            cursor.read(target);
            expect([...target]).toEqual(next);
            at += count;
          } else {
            const zeros = size % 5;
            const skipped = cursor.skipZeros(zeros, count);
            const zeroPlaces = next.flatMap((value, i) => (value === 0 ? [i] : []));
            const entries = zeroPlaces[zeros] ?? count;
            expect(skipped).toEqual({ entries, zeros: Math.min(zeros, zeroPlaces.length) });
            at += entries;
          }
        }
      }),
    );
  });

  it('levels that are cut off are refused', () => {
    const { bytes } = hybridBytes(3, [{ kind: 'packed', values: [1, 2, 3, 4, 5, 6, 7, 0] }]);
    for (let end = 0; end < bytes.length; end++)
      expect(() => new LevelCursor(bytes, 0, end, 3).count(8, 1)).toThrow(CorruptParquetError);
  });
});
