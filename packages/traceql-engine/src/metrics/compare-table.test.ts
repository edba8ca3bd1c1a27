import { describe, expect, it } from '@jest/globals';
import type { PartialSeries } from '@tempo-ts/ports';
import { parseQuery, type MetricsCompare } from '@tempo-ts/traceql';
import { CompareTable } from './compare-table.ts';
import { finishCompare } from './finish-compare.ts';

function partialOf(table: CompareTable): PartialSeries {
  return {
    ...table.finish(),
    exemplars: [],
    warnings: [],
    inspectedTraces: 0,
    inspectedSpans: 0,
    inspectedBytes: 0,
  };
}

function finish(table: CompareTable, topN: number) {
  const { metrics } = parseQuery(`{ } | compare({ }, ${topN})`);
  return Object.fromEntries(
    finishCompare(metrics as MetricsCompare, partialOf(table)).map(({ labels, values }) => [
      labels.map(({ value }) => value).join(' '),
      [...values],
    ]),
  );
}

describe('CompareTable', () => {
  it('gives the most frequent values of each side, and how many spans have the field', () => {
    const table = new CompareTable(2);
    table.addCounts('baseline', 'name', 'a', [1, 2]);
    table.addCounts('baseline', 'name', 'b', [1, 0]);
    table.addCounts('baseline', 'name', undefined, [2, 2]);
    table.addCounts('selection', 'name', 'b', [0, 1]);
    table.addCounts('selection', 'name', undefined, [0, 1]);
    expect(finish(table, 1)).toEqual({
      'baseline a': [1, 2],
      'baseline_total nil': [2, 2],
      'selection b': [0, 1],
      'selection_total nil': [0, 1],
    });
  });

  it('holds so many values that frequent ones stay exact while rare ones come and go', () => {
    const table = new CompareTable(1);
    for (let n = 0; n < 5 * table.maxValues; n += 1) {
      table.addCounts('baseline', 'id', `rare ${n}`, [1]);
      if (n % 5 === 0) table.addCounts('baseline', 'id', 'frequent', [1]);
    }
    expect(table.finish().rows.length).toBeLessThanOrEqual(table.maxValues + 2);
    expect(finish(table, 1)).toMatchObject({ 'baseline frequent': [table.maxValues] });
  });

  it('says of a field when counts of its most frequent values may be short', () => {
    const table = new CompareTable(1);
    for (let n = 0; n < 5 * table.maxValues; n += 1)
      table.addCounts('baseline', 'id', `rare ${n}`, [1]);
    const joined = new CompareTable(1);
    joined.add(partialOf(table));
    expect(finish(joined, 1)).toMatchObject({ '__too_many_values__ nil': [0] });
  });
});
