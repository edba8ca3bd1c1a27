import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { formatDuration, parseDurationMs } from './duration.ts';

describe('parseDurationMs', () => {
  it.each([
    ['0', 0],
    ['250ms', 250],
    ['1.5h', 5_400_000],
    ['1h30m', 5_400_000],
    ['-2s', -2000],
    ['+2s', 2000],
    ['.5s', 500],
    ['100µs', 0.1],
    ['720h', 2_592_000_000],
  ])('reads %s', (text, durationMs) => {
    expect(parseDurationMs(text)).toBe(durationMs);
  });

  it.each(['', '5', 's', '1h1', '1 h', '1d', 'abc', '1hh'])('refuses %j', (text) => {
    expect(parseDurationMs(text)).toBeUndefined();
  });

  it('reads days, weeks and years only when asked to', () => {
    expect(parseDurationMs('1w2d', { days: true })).toBe(9 * 86_400_000);
    expect(parseDurationMs('1y', { days: true })).toBe(365 * 86_400_000);
  });
});

describe('formatDuration', () => {
  it.each([
    [0, '0s'],
    [168 * 3_600_000, '168h0m0s'],
    [90_000, '1m30s'],
    [1500, '1.5s'],
    [250, '250ms'],
    [0.1, '100µs'],
    [0.0005, '500ns'],
    [-2000, '-2s'],
  ])('prints %d ms', (durationMs, text) => {
    expect(formatDuration(durationMs)).toBe(text);
  });

  it('is read back by parseDurationMs to the same value', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e12 }), (durationMs) => {
        expect(parseDurationMs(formatDuration(durationMs))).toBeCloseTo(durationMs, 3);
      }),
    );
  });
});
