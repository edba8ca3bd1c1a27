import { describe, expect, it } from '@jest/globals';
import { resolveTimeRange } from './time-range.ts';

const rules = {
  nowUnixMs: 1_000_000_500,
  defaultWindowMs: 900_000,
  endCutoffMs: 0,
  maxDurationMs: 168 * 3_600_000,
};

describe('resolveTimeRange', () => {
  it('without times it is the default window, open at the end', () =>
    expect(resolveTimeRange({ start: 0, end: 0 }, rules)).toEqual({
      start: 999_100,
      end: 0xffff_ffff,
    }));

  it('since replaces the default window', () =>
    expect(resolveTimeRange({ start: 0, end: 0, sinceMs: 10_000 }, rules)).toEqual({
      start: 999_990,
      end: 0xffff_ffff,
    }));

  it('a cutoff brings later ends back', () => {
    const cut = { ...rules, endCutoffMs: 30_000 };
    expect(resolveTimeRange({ start: 0, end: 0 }, cut)).toEqual({ start: 999_070, end: 999_971 });
    expect(resolveTimeRange({ start: 1000, end: 999_999 }, { ...cut, maxDurationMs: 0 })).toEqual({
      start: 1000,
      end: 999_971,
    });
  });

  it.each([
    [{ start: 0, end: 5 }, 'only one of start and end provided: must provide both or neither'],
    [
      { start: 1, end: 604_802 },
      'range specified by start and end exceeds 168h0m0s. received start=1 end=604802',
    ],
  ])('%j is refused with: %s', (range, message) =>
    expect(() => resolveTimeRange(range, rules)).toThrow(message),
  );
});
