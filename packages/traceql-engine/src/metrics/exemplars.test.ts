import { describe, expect, it } from '@jest/globals';
import type { PartialExemplar } from '@tempo-ts/ports';
import fc from 'fast-check';
import { Exemplars } from './exemplars.ts';

function exemplar(trace: number, series: number, interval: number): PartialExemplar {
  return {
    row: { labels: [{ name: 'name', value: String(series) }], bucket: 0 },
    traceId: `t${trace}`,
    labels: [],
    value: 1,
    unixMs: 1000 * interval + trace,
    interval,
  };
}

describe('Exemplars', () => {
  it('are at most the limit, one per trace, two per series and slot of time', () =>
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 10 }),
        fc.array(
          fc.tuple(
            fc.integer({ min: 0, max: 50 }),
            fc.integer({ min: 0, max: 3 }),
            fc.integer({ min: 0, max: 99 }),
          ),
          { maxLength: 100 },
        ),
        (limit, observed) => {
          const exemplars = new Exemplars(limit, 100);
          for (const one of observed) exemplars.add(exemplar(...one));
          const found = exemplars.finish();
          expect(found.length).toBeLessThanOrEqual(limit);
          expect(new Set(found.map(({ traceId }) => traceId)).size).toBe(found.length);
          const perSlot = 100 / Math.max(1, Math.floor(limit / 2));
          const slots = Map.groupBy(
            found,
            ({ row, interval }) =>
              `${String(row.labels[0]!.value)} ${Math.floor(interval / perSlot)}`,
          );
          for (const inSlot of slots.values()) expect(inSlot.length).toBeLessThanOrEqual(2);
          if (observed.length > 0) expect(found.length).toBeGreaterThan(0);
        },
      ),
    ));

  it('are those of all series before further ones of a busy one', () => {
    const exemplars = new Exemplars(4, 100);
    for (let trace = 0; trace < 100; trace += 1) exemplars.add(exemplar(trace, 0, trace % 100));
    exemplars.add(exemplar(200, 1, 10));
    expect(exemplars.finish().map(({ row }) => row.labels[0]!.value)).toContain('1');
  });

  it('of one trace the earlier span stays', () => {
    const exemplars = new Exemplars(10, 100);
    for (const interval of [5, 2, 9]) exemplars.add(exemplar(1, 0, interval));
    expect(exemplars.finish()).toEqual([exemplar(1, 0, 2)]);
  });

  it('a limit of zero takes none', () => {
    const exemplars = new Exemplars(0, 100);
    exemplars.add(exemplar(1, 0, 1));
    expect([exemplars.isOff, exemplars.finish()]).toEqual([true, []]);
  });
});
