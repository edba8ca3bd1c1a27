import { describe, expect, it } from '@jest/globals';
import type { SpanBatch } from '@tempo-ts/span-batch';
import fc from 'fast-check';
import { BatchView } from '../batch-view.ts';
import { TimeGrid } from './time-grid.ts';

function viewOf(starts: readonly bigint[]): BatchView {
  const words = Int32Array.from(
    starts.flatMap((s) => [Number(s & 0xffffffffn) | 0, Number(s >> 32n) | 0]),
  );
  const spans = { count: starts.length, startUnixNanos: { words } };
  return new BatchView({ spans } as unknown as SpanBatch);
}

function bucketsOf(grid: TimeGrid, starts: readonly bigint[]): number[] {
  return [...grid.intervalsOf(viewOf(starts), new Int32Array(starts.length))];
}

describe('TimeGrid', () => {
  it('a span on a boundary belongs to the earlier bucket; the start is outside, the end inside', () => {
    const grid = new TimeGrid({ start: 100n, end: 130n, step: 10n });
    expect(bucketsOf(grid, [99n, 100n, 101n, 110n, 111n, 130n, 131n])).toEqual([
      -1, -1, 0, 0, 1, 2, -1,
    ]);
  });

  it('buckets are named by their end', () => {
    const grid = new TimeGrid({ start: 0n, end: 30_000_000_000n, step: 15_000_000_000n });
    expect([0, 1].map((i) => grid.timestampMs(i))).toEqual([15_000n, 30_000n]);
  });

  it('is exact to the nanosecond, whatever the step and the length of the range', () =>
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: 2n ** 63n }),
        fc.oneof(
          fc.bigInt({ min: 1n, max: 100n }),
          fc.bigInt({ min: 1n, max: 10n ** 13n }),
          fc.bigInt({ min: 1n, max: 10n ** 16n }),
        ),
        fc.integer({ min: 1, max: 10_000 }),
        fc.integer({ min: -1, max: 10_001 }),
        fc.bigInt({ min: -2n, max: 2n }),
        (start, step, steps, at, off) => {
          const nanos = BigInt.asUintN(64, start + step * BigInt(at) + off);
          const grid = new TimeGrid({ start, end: start + step * BigInt(steps), step });
          const offset = nanos - start;
          const bucket = offset <= 0n ? -1n : (offset - 1n) / step;
          const wanted = bucket < BigInt(steps) ? Number(bucket) : -1;
          expect(bucketsOf(grid, [nanos])).toEqual([wanted]);
        },
      ),
    ));

  it('spans that are in no set have no bucket', () => {
    const grid = new TimeGrid({ start: 0n, end: 10n, step: 10n });
    expect([...grid.intervalsOf(viewOf([5n, 5n]), Int32Array.of(-1, 0))]).toEqual([-1, 0]);
  });
});
