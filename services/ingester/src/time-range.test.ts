import { describe, expect, it } from '@jest/globals';
import { clampToSlack, widen } from './time-range.ts';

const NOW_MS = 1_000_000_000;
const NOW = 1_000_000;

function clamp(startUnixSeconds: number, endUnixSeconds: number) {
  const { range, isOutsideSlack } = clampToSlack(
    { startUnixSeconds, endUnixSeconds },
    NOW_MS,
    120_000,
  );
  return [range.startUnixSeconds, range.endUnixSeconds, isOutsideSlack];
}

describe('clampToSlack', () => {
  it('leaves times within the slack alone', () => {
    expect(clamp(NOW - 120, NOW + 120)).toEqual([NOW - 120, NOW + 120, false]);
    expect(clamp(NOW, NOW)).toEqual([NOW, NOW, false]);
  });

  it('keeps a start in the past, so that old spans are found, and counts it', () => {
    expect(clamp(NOW - 5_000, NOW)).toEqual([NOW - 5_000, NOW, true]);
    expect(clamp(NOW - 5_000, NOW - 4_000)).toEqual([NOW - 5_000, NOW, true]);
  });

  it('takes an end in the future, or before the start, as now', () => {
    expect(clamp(NOW, NOW + 121)).toEqual([NOW, NOW, true]);
    expect(clamp(NOW - 10, NOW - 20)).toEqual([NOW - 10, NOW, true]);
    expect(clamp(NOW + 1_000, NOW + 2_000)).toEqual([NOW, NOW, true]);
  });

  it('takes an unset start as now', () => {
    expect(clamp(0, NOW)).toEqual([NOW, NOW, true]);
  });
});

describe('widen', () => {
  it('covers both', () => {
    const a = { startUnixSeconds: 5, endUnixSeconds: 6 };
    expect(widen(undefined, a)).toEqual(a);
    expect(widen(a, { startUnixSeconds: 3, endUnixSeconds: 4 })).toEqual({
      startUnixSeconds: 3,
      endUnixSeconds: 6,
    });
  });
});
