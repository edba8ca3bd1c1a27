import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { stableSort } from './stable-sort.ts';
import type { SpanBatch } from './span-batch.ts';
import { sortedTraceOrder, splitRows } from './trace-order.ts';

/** As much of a batch as these functions look at. */
const batchOf = (ids: readonly Uint8Array[]): SpanBatch =>
  ({ traces: { count: ids.length, ids: Buffer.concat(ids) } }) as unknown as SpanBatch;

/** Ids that agree in their first bytes are common. */
const arbitraryIds = () =>
  fc.array(
    fc
      .tuple(fc.constantFrom(0, 1, 255), fc.integer({ min: 0, max: 15 }), fc.nat(255))
      .map(([fill, at, byte]) => {
        const id = new Uint8Array(16).fill(fill);
        id[at] = byte;
        return id;
      }),
    { maxLength: 80 },
  );

const indexes = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

describe('the order of traces', () => {
  it('is that of their ids as unsigned bytes, then that of arrival', () => {
    fc.assert(
      fc.property(arbitraryIds(), (ids) => {
        expect([...sortedTraceOrder(batchOf(ids))]).toEqual(
          indexes(ids.length).toSorted((a, b) => Buffer.compare(ids[a]!, ids[b]!)),
        );
      }),
    );
  });

  it('is that of some rows alone, when asked', () => {
    const ids = [3, 2, 1].map((byte) => new Uint8Array(16).fill(byte));
    expect([...sortedTraceOrder(batchOf(ids), Int32Array.of(0, 2))]).toEqual([2, 0]);
  });

  it('parts live and idle rows, both in order of arrival', () => {
    const ids = [3, 2, 1, 2].map((byte) => new Uint8Array(16).fill(byte));
    const { live, idle } = splitRows(batchOf(ids), (id) => id[0] === 2);
    expect([...live]).toEqual([1, 3]);
    expect([...idle]).toEqual([0, 2]);
  });
});

describe('stableSort', () => {
  it('sorts by key, then by the tie-break, and keeps the order of equals', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(5), fc.nat(2)), { maxLength: 200 }),
        (rows: [number, number][]) => {
          const order = Int32Array.from(indexes(rows.length));
          const keys = Float64Array.from(rows, ([key]) => key);
          stableSort(order, rows.length, keys, (a, b) => rows[a]![1] - rows[b]![1]);
          expect([...order]).toEqual(
            indexes(rows.length).toSorted(
              (a, b) => rows[a]![0] - rows[b]![0] || rows[a]![1] - rows[b]![1],
            ),
          );
        },
      ),
    );
  });
});
