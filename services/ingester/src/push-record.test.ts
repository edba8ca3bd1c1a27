import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { encodePushRecord, forEachPiece } from './push-record.ts';

const arbitraryPiece = fc
  .record({
    traceId: fc.uint8Array({ minLength: 16, maxLength: 16 }),
    slices: fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 4 }),
    spanCount: fc.nat(1000),
    startUnixSeconds: fc.nat(2 ** 31),
    endUnixSeconds: fc.constantFrom(0, 1_700_000_000, 18_446_744_073),
  })
  .map((piece) => ({
    ...piece,
    byteLength: piece.slices.reduce((sum, slice) => sum + slice.length, 0),
  }));

describe('push records', () => {
  it('give back the pieces they were made of', () => {
    fc.assert(
      fc.property(fc.array(arbitraryPiece, { maxLength: 5 }), (pieces) => {
        const found: unknown[] = [];
        forEachPiece(encodePushRecord(pieces), (piece, bytes) =>
          found.push({ ...piece, traceId: [...piece.traceId], bytes: [...bytes] }),
        );
        expect(found).toEqual(
          pieces.map(({ slices, ...piece }) => ({
            ...piece,
            traceId: [...piece.traceId],
            bytes: slices.flatMap((slice) => [...slice]),
          })),
        );
      }),
    );
  });

  it('cut short anywhere they throw RangeError', () => {
    const record = encodePushRecord([
      {
        traceId: new Uint8Array(16),
        slices: [Uint8Array.of(1, 2, 3)],
        byteLength: 3,
        spanCount: 1,
        startUnixSeconds: 1,
        endUnixSeconds: 2,
      },
    ]);
    for (let length = 0; length < record.length; length += 1) {
      let name: unknown;
      try {
        forEachPiece(record.subarray(0, length), () => {});
      } catch (error) {
        ({ name } = error as Error);
      }
      expect(name).toBe('RangeError');
    }
  });
});
