import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { editDistance, findNearest } from './suggest.ts';

describe('editDistance', () => {
  it('counts inserts, deletes, replacements and swaps of neighbours', () => {
    expect(editDistance('block', 'block')).toBe(0);
    expect(editDistance('block', 'blocks')).toBe(1);
    expect(editDistance('block', 'blok')).toBe(1);
    expect(editDistance('block', 'clock')).toBe(1);
    expect(editDistance('block', 'blcok')).toBe(1);
    expect(editDistance('', 'abc')).toBe(3);
  });

  it('is the same in both directions and at most the longer length', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 12 }), fc.string({ maxLength: 12 }), (one, other) => {
        expect(editDistance(one, other)).toBe(editDistance(other, one));
        expect(editDistance(one, other)).toBeLessThanOrEqual(Math.max(one.length, other.length));
        expect(editDistance(one, other) === 0).toBe(one === other);
      }),
    );
  });
});

describe('findNearest', () => {
  const keys = ['max_block_bytes', 'max_block_duration', 'trace_idle_period'];

  it('finds a misspelt word, whatever its style', () => {
    expect(findNearest('max_blok_bytes', keys)).toBe('max_block_bytes');
    expect(findNearest('maxBlockBytes', keys)).toBe('max_block_bytes');
    expect(findNearest('max-block-duration', keys)).toBe('max_block_duration');
  });

  it('finds nothing when nothing is near', () => {
    expect(findNearest('replication', keys)).toBeUndefined();
    expect(findNearest('x', keys)).toBeUndefined();
  });
});
