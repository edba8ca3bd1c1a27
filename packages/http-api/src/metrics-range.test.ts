import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  defaultStep,
  parseMetricsRange,
  resolveInstantRange,
  resolveMetricsRange,
} from './metrics-range.ts';

const SECOND = 1_000_000_000n;
const rules = { nowUnixMs: 10_000_000, endCutoffMs: 0, maxDurationMs: 0, maxIntervals: 10_000 };
const seconds = ({ start, end, step }: { start: bigint; end: bigint; step: bigint }) =>
  [start, end, step].map((nanos) => Number(nanos) / 1e9);

const parse = (params: Record<string, string>) => parseMetricsRange(new URLSearchParams(params));

describe('parseMetricsRange', () => {
  it.each<[string, bigint]>([
    ['1735689600', 1_735_689_600n * SECOND],
    ['1735689600123456789', 1_735_689_600_123_456_789n],
    ['1735689600.5', 1_735_689_600_500_000_000n],
    ['2025-01-01T00:00:00Z', 1_735_689_600n * SECOND],
    ['2025-01-01T01:00:00.25+01:00', 1_735_689_600_250_000_000n],
  ])('start %s', (start, nanos) => expect(parse({ start }).start).toBe(nanos));

  it.each<[string, bigint]>([
    ['20s', 20n * SECOND],
    ['1m', 60n * SECOND],
    ['0.5', SECOND / 2n],
    ['15', 15n * SECOND],
  ])('step %s', (step, nanos) => expect(parse({ step }).step).toBe(nanos));

  it.each([{ start: 'x' }, { end: '2025-13-01T00:00:00Z' }, { step: '1d' }, { since: 'x' }])(
    '%o is refused',
    (params) => expect(() => parse(params)).toThrow('invalid'),
  );
});

describe('defaultStep', () => {
  it.each<[number, number]>([
    [30, 0.1],
    [59, 0.2],
    [60, 1],
    [300, 1],
    [1200, 5],
    [3600, 15],
    [3 * 3600, 45],
    [6 * 3600, 60],
    [12 * 3600, 180],
    [24 * 3600, 300],
    [7 * 86_400, 2400],
    [0, 0.05],
  ])('%d seconds: %d', (range, step) =>
    expect(Number(defaultStep(0n, BigInt(range) * SECOND)) / 1e9).toBe(step),
  );
});

describe('resolveMetricsRange', () => {
  it('covers the range with multiples of the step, and one step before it', () => {
    const range = { start: 7n * SECOND, end: 95n * SECOND, step: 30n * SECOND };
    expect(seconds(resolveMetricsRange(range, rules))).toEqual([0, 120, 30]);
    const later = { start: 37n * SECOND, end: 90n * SECOND, step: 30n * SECOND };
    expect(seconds(resolveMetricsRange(later, rules))).toEqual([0, 90, 30]);
  });

  it('without times it is the last hour; with since that long; with an end the time before it', () => {
    const step = 10n * SECOND;
    expect(seconds(resolveMetricsRange({ step }, rules))).toEqual([6390, 10_000, 10]);
    expect(seconds(resolveMetricsRange({ step, sinceMs: 60_000 }, rules))).toEqual([
      9930, 10_000, 10,
    ]);
    expect(seconds(resolveMetricsRange({ step, end: 5000n * SECOND }, rules))).toEqual([
      1390, 5000, 10,
    ]);
  });

  it('an end behind the cutoff is brought back to it', () =>
    expect(
      seconds(
        resolveMetricsRange(
          { start: 9000n * SECOND, step: 10n * SECOND },
          { ...rules, endCutoffMs: 30_000 },
        ),
      ),
    ).toEqual([8990, 9970, 10]));

  it('start and end may be equal, not exchanged', () => {
    const at = 50n * SECOND;
    expect(seconds(resolveMetricsRange({ start: at, end: at, step: SECOND }, rules))).toEqual([
      49, 50, 1,
    ]);
    expect(() => resolveMetricsRange({ start: at, end: 1n }, rules)).toThrow(
      'end must be greater than start',
    );
  });

  it('every moment of the range lies in a bucket', () =>
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: 2n ** 62n }),
        fc.bigInt({ min: 0n, max: 10n ** 13n }),
        fc.bigInt({ min: 1n, max: 10n ** 12n }),
        (start, length, step) => {
          const free = { ...rules, maxIntervals: 0 };
          const found = resolveMetricsRange({ start, end: start + length, step }, free);
          expect(found.start % step).toBe(0n);
          expect(found.end % step).toBe(0n);
          expect(found.end > found.start && found.end >= start + length).toBe(true);
          expect(found.start < start || found.start === 0n).toBe(true);
        },
      ),
    ));
});

describe('resolveInstantRange', () => {
  it('is one bucket, as asked for', () =>
    expect(seconds(resolveInstantRange({ start: 7n * SECOND, end: 95n * SECOND }, rules))).toEqual([
      7, 95, 88,
    ]));

  it('a range longer than allowed is refused', () =>
    expect(() =>
      resolveInstantRange(
        { start: 0n, end: 3601n * SECOND },
        { ...rules, maxDurationMs: 3_600_000 },
      ),
    ).toThrow('metrics query time range exceeds the maximum allowed duration of 1h0m0s'));
});
