import { describe, expect, it } from '@jest/globals';
import type { PartialSeries } from '@tempo-ts/ports';
import fc from 'fast-check';
import { SeriesRows, type RowKind } from './series-rows.ts';

const MAX_ROWS = 5;

const label = (name: string) => [{ name: 'name', value: name }];

interface Observation {
  readonly name: string;
  readonly interval: number;
}

/** What a job over these spans answers. */
function jobOf(observations: readonly Observation[]): PartialSeries {
  const rows = new SeriesRows({ kind: 'count', intervals: 3, maxRows: MAX_ROWS });
  for (const { name, interval } of observations) {
    const row = rows.rowOf(label(name), 0);
    if (row < 0) continue;
    const cell = row * 3 + interval;
    rows.columns[0]![cell] = rows.columns[0]![cell]! + 1;
  }
  return partialOf(rows);
}

function partialOf(rows: SeriesRows): PartialSeries {
  return {
    ...rows.finish(),
    exemplars: [],
    warnings: [],
    inspectedTraces: 0,
    inspectedSpans: 0,
    inspectedBytes: 0,
  };
}

function countsOf({ rows, columns }: PartialSeries): Record<string, number[]> {
  return Object.fromEntries(
    rows.map(({ labels }, at) => [labels[0]!.value, [...columns[0]!.subarray(3 * at, 3 * at + 3)]]),
  );
}

const partial = (kind: RowKind, ...columns: number[][]): PartialSeries => {
  const rows = new SeriesRows({ kind, intervals: columns[0]!.length });
  rows.rowOf(label('x'), 0);
  const found = partialOf(rows);
  for (const [i, column] of columns.entries()) found.columns[i]!.set(column);
  return found;
};
const joined = (kind: RowKind, ...partials: PartialSeries[]) => {
  const sum = new SeriesRows({ kind, intervals: partials[0]!.intervals });
  for (const one of partials) sum.add(one);
  return sum.finish().columns.map((column) => [...column]);
};

describe('SeriesRows', () => {
  const observation = fc.record({
    name: fc.integer({ min: 10, max: 40 }).map(String),
    interval: fc.integer({ min: 0, max: 2 }),
  });

  it('with too many series keeps the first ones, and those exactly, whatever the jobs', () =>
    fc.assert(
      fc.property(fc.array(fc.array(observation, { maxLength: 40 }), { maxLength: 4 }), (jobs) => {
        const sum = new SeriesRows({ kind: 'count', intervals: 3, maxRows: MAX_ROWS });
        for (const job of jobs) sum.add(jobOf(job));
        const found = partialOf(sum);
        const all = jobs.flat();
        for (const [name, counts] of Object.entries(countsOf(found)))
          expect(counts).toEqual(
            [0, 1, 2].map((i) => all.filter((o) => o.name === name && o.interval === i).length),
          );
        const names = [...new Set(all.map(({ name }) => name))].toSorted();
        const kept = Object.keys(countsOf(found)).toSorted();
        expect(kept).toEqual(names.slice(0, kept.length));
        expect(kept.length).toBeLessThanOrEqual(MAX_ROWS);
        if (kept.length < names.length) expect(found.truncatedAt).toBeDefined();
      }),
    ));

  it('an extreme of nothing is nothing', () => {
    const { NaN: none } = Number;
    const parts = [partial('min', [none, 3, none]), partial('min', [none, none, 2])];
    expect(joined('min', ...parts)).toEqual([[none, 3, 2]]);
    expect(joined('max', partial('max', [-1, 3]), partial('max', [-2, 4]))).toEqual([[-1, 4]]);
  });

  it('sums keep what rounding loses', () => {
    const [sum, lost, counts] = joined(
      'sum',
      partial('sum', [2 ** 60], [0], [1]),
      partial('sum', [1], [0], [1]),
      partial('sum', [-(2 ** 60)], [0], [1]),
    );
    expect([sum![0]! + lost![0]!, counts![0]]).toEqual([1, 3]);
  });

  it('sums of infinities stay infinite', () =>
    expect(
      joined(
        'sum',
        partial('sum', [Infinity], [Number.NaN], [1]),
        partial('sum', [1], [0], [1]),
      )[0],
    ).toEqual([Infinity]));
});
