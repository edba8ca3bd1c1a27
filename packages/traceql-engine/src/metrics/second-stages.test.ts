import { describe, expect, it } from '@jest/globals';
import { parseQuery } from '@tempo-ts/traceql';
import { applySecondStages } from './second-stages.ts';
import type { Series } from './series.ts';

const { NaN: none } = Number;

function series(values: Readonly<Record<string, number[]>>): Series[] {
  return Object.entries(values).map(([name, list]) => ({
    labels: [{ name: 'name', value: name }],
    values: Float64Array.from(list),
    exemplars: [],
  }));
}

function apply(stages: string, given: Readonly<Record<string, number[]>>) {
  const { secondStages } = parseQuery(`{ } | rate() by (name)${stages}`);
  const left = applySecondStages(series(given), secondStages);
  return Object.fromEntries(left.map(({ labels, values }) => [labels[0]!.value, [...values]]));
}

describe('second stages', () => {
  const abc = { a: [1, 0, none], b: [1, 2, 5], c: [0, 3, none] };

  it('topk goes by bucket of time; of equal values the smaller label wins', () =>
    expect(apply(' | topk(1)', abc)).toEqual({
      a: [1, none, none],
      b: [none, none, 5],
      c: [none, 3, none],
    }));

  it('bottomk: the larger label wins, zeros count, missing values do not', () =>
    expect(apply(' | bottomk(1)', { ...abc, a: [0, 0, none] })).toEqual({
      a: [none, 0, none],
      b: [none, none, 5],
      c: [0, none, none],
    }));

  it('no more series than the limit: nothing changes', () =>
    expect(apply(' | topk(3)', abc)).toEqual(abc));

  it('comparisons remove points, and series without any', () => {
    expect(apply(' > 1', abc)).toEqual({ b: [none, 2, 5], c: [none, 3, none] });
    expect(apply(' != 1', { a: [1, none], b: [0, none] })).toEqual({ b: [0, none] });
    expect(apply(' >= 2s', { a: [1.9, 2] })).toEqual({ a: [none, 2] });
    expect(apply(' = -1', { a: [-1, 1] })).toEqual({ a: [-1, none] });
  });

  it('stages run from left to right', () =>
    expect(apply(' > 0 | bottomk(1) < 2', abc)).toEqual({ b: [1, none, none] }));

  it('exemplars without a value of their own are lost by a comparison', () => {
    const exemplar = { labels: [], unixMs: 1, interval: 0 };
    const [one] = applySecondStages(
      [
        {
          ...series({ a: [5] })[0]!,
          exemplars: [
            { ...exemplar, value: 5, hasOwnValue: false },
            { ...exemplar, value: 7, hasOwnValue: true },
            { ...exemplar, value: 1, hasOwnValue: true },
          ],
        },
      ],
      parseQuery('{ } | rate() > 2').secondStages,
    );
    expect(one!.exemplars.map(({ value }) => value)).toEqual([7]);
  });
});
