import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { TraceRowIndex } from './trace-row-index.ts';

describe('TraceRowIndex', () => {
  it('gives every row of every trace, in order, for any sequence of ids', () => {
    const arbitraryIds = fc.array(fc.nat(400), { maxLength: 3_000, size: 'max' });
    fc.assert(
      fc.property(arbitraryIds, fc.integer(), (sequence, seed) => {
        const index = new TraceRowIndex(seed);
        const model = new Map<number, number[]>();
        for (const [row, n] of sequence.entries()) {
          expect(index.add(idOf(n), 0)).toBe(row);
          model.set(n, [...(model.get(n) ?? []), row]);
        }
        expect([index.traceCount, index.rowCount]).toEqual([model.size, sequence.length]);
        for (const [n, rows] of model) {
          const trace = index.find(idOf(n), 0);
          const found: number[] = [];
          for (let row = index.firstRow(trace); row >= 0; row = index.nextRow(row)) {
            expect(index.traceOfRow(row)).toBe(trace);
            found.push(row);
          }
          expect(found).toEqual(rows);
          const id = new Uint8Array(18);
          index.copyId(trace, id, 2);
          expect(id.subarray(2)).toEqual(idOf(n));
        }
        expect(index.find(idOf(1_000), 0)).toBe(-1);
      }),
      { numRuns: 20 },
    );
  });

  it('grows through many traces', () => {
    const index = new TraceRowIndex(1);
    for (let n = 0; n < 20_000; n += 1) index.add(idOf(n), 0);
    for (let n = 0; n < 20_000; n += 1) expect(index.find(idOf(n), 0)).toBe(n);
  });
});

/** Ids that differ in all of their words, at the front or at the back. */
function idOf(n: number): Uint8Array {
  const id = new Uint8Array(16);
  const view = new DataView(id.buffer);
  view.setUint32((n % 4) * 4, n + 1);
  return id;
}
