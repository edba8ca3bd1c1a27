import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { formatBase2Bytes, parseBase2Bytes } from './byte-size.ts';

describe('sizes in bytes', () => {
  it.each([
    ['0', 0],
    ['512B', 512],
    ['64KiB', 65_536],
    ['64KB', 65_536],
    ['63KiB1023B', 65_535],
    ['1.5MiB', 1_572_864],
  ])('reads %s', (text, bytes) => {
    expect(parseBase2Bytes(text)).toBe(bytes);
  });

  it.each(['', '12', '5 apples', '1KiBx', '-1B'])('does not read %p', (text) => {
    expect(parseBase2Bytes(text)).toBeUndefined();
  });

  it('reads back what it writes', () => {
    fc.assert(
      fc.property(fc.nat({ max: Number.MAX_SAFE_INTEGER }), (bytes) => {
        expect(parseBase2Bytes(formatBase2Bytes(bytes))).toBe(bytes);
      }),
    );
  });
});
