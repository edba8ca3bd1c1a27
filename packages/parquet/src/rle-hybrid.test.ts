import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { CorruptParquetError } from './errors.ts';
import { decodeRleHybrid } from './rle-hybrid.ts';
import { hybridBytes, type HybridRun } from './testing/encode-values.ts';

const arbitraryRuns = fc.integer({ min: 0, max: 32 }).chain((width) => {
  const value = fc.nat({ max: 2 ** Math.min(width, 31) - 1 });
  const repeated = fc.record({
    kind: fc.constant('rle' as const),
    value,
    count: fc.integer({ min: 1, max: 300 }),
  });
  const packed = fc.record({
    kind: fc.constant('packed' as const),
    values: fc.array(value, { minLength: 1, maxLength: 40 }),
  });
  return fc.record({
    width: fc.constant(width),
    runs: fc.array(fc.oneof(repeated, packed) as fc.Arbitrary<HybridRun>, { maxLength: 6 }),
  });
});

describe('decodeRleHybrid', () => {
  it('any mixture of runs decodes to its values, of every width', () => {
    fc.assert(
      fc.property(arbitraryRuns, ({ width, runs }) => {
        const { bytes, values } = hybridBytes(width, runs);
        const target = new Int32Array(values.length);
        decodeRleHybrid(bytes, 0, bytes.length, width, values.length, target);
        expect([...target]).toEqual(width === 0 ? values.map(() => 0) : values);
      }),
    );
  });

  it('a prefix of the bytes is an error or holds fewer values, never garbage', () => {
    fc.assert(
      fc.property(arbitraryRuns, fc.nat(), ({ width, runs }, cut) => {
        const { bytes, values } = hybridBytes(width, runs);
        if (width === 0 || values.length === 0) return;
        const end = cut % bytes.length;
        const target = new Int32Array(values.length);
        try {
          decodeRleHybrid(bytes, 0, end, width, values.length, target);
          // Only the padding of the last group was cut off.
          expect([...target]).toEqual(values);
        } catch (error) {
          expect(error).toBeInstanceOf(CorruptParquetError);
        }
      }),
    );
  });

  it('widths above 32 and runs of nothing are refused', () => {
    const target = new Int32Array(4);
    expect(() => decodeRleHybrid(Uint8Array.of(2, 1), 0, 2, 33, 1, target)).toThrow('33 bits');
    expect(() => decodeRleHybrid(Uint8Array.of(0, 1), 0, 2, 1, 1, target)).toThrow('cut off');
  });
});
