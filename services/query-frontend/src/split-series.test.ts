import { create, toBinary } from '@bufbuild/protobuf';
import { describe, expect, it } from '@jest/globals';
import { tempopb } from '@tempo-ts/contracts';
import fc from 'fast-check';
import { splitSeries } from './split-series.ts';

const labels = (text: string) => [
  { key: text, value: { value: { case: 'stringValue' as const, value: text } } },
];

describe('splitSeries', () => {
  it('has every series once and in order, in messages no larger than allowed', () =>
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.string(), fc.nat({ max: 20 }), fc.nat({ max: 2 }))),
        fc.integer({ min: 2000, max: 5000 }),
        (list, maxBytes) => {
          const answer = create(tempopb.QueryRangeResponseSchema, {
            metrics: { completedJobs: 1 },
            series: list.map(([text, samples, exemplars]) => ({
              labels: labels(text),
              samples: Array.from({ length: samples }, () => ({
                timestampMs: 1_790_000_000_000n,
                value: 1.5,
              })),
              exemplars: Array.from({ length: exemplars }, () => ({
                labels: labels(text),
                value: 1.5,
                timestampMs: 1_790_000_000_000n,
              })),
            })),
          });
          const messages = splitSeries(answer, maxBytes);
          expect(messages.flatMap(({ series }) => series)).toEqual(answer.series);
          expect(messages.every(({ metrics }) => metrics?.completedJobs === 1)).toBe(true);
          for (const message of messages)
            if (message.series.length > 1)
              expect(
                toBinary(tempopb.QueryRangeResponseSchema, message).length,
              ).toBeLessThanOrEqual(maxBytes + 100);
        },
      ),
    ));

  it('without a limit, and without series, it is one message', () => {
    const answer = create(tempopb.QueryInstantResponseSchema, {
      series: [{ value: 1 }, { value: 2 }],
    });
    expect(splitSeries(answer, 0)).toEqual([answer]);
    const empty = create(tempopb.QueryInstantResponseSchema);
    expect(splitSeries(empty, 1)).toEqual([empty]);
    expect(splitSeries(answer, 1)).toHaveLength(2);
  });
});
