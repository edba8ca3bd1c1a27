import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseSpanId, spanIdToHex } from './span-id.ts';
import {
  compareTraceIds,
  padTraceId,
  parseTraceId,
  traceIdToHex,
  traceIdToShortHex,
} from './trace-id.ts';

const arbitraryId = fc.uint8Array({ minLength: 16, maxLength: 16 });

describe('parseTraceId', () => {
  it('is the inverse of writing an id, with or without leading zeros, in either case', () => {
    fc.assert(
      fc.property(arbitraryId, (id) => {
        expect(parseTraceId(traceIdToHex(id))).toEqual(id);
        expect(parseTraceId(traceIdToShortHex(id))).toEqual(id);
        expect(parseTraceId(traceIdToHex(id).toUpperCase())).toEqual(id);
      }),
    );
  });

  it('short ids and odd lengths are padded on the left', () => {
    expect(traceIdToHex(parseTraceId('abc'))).toBe('00000000000000000000000000000abc');
    expect(traceIdToHex(parseTraceId('0123456789abcdef'))).toBe('00000000000000000123456789abcdef');
  });

  it('refuses what is no id with the texts of Tempo', () => {
    expect(() => parseTraceId('12g4')).toThrow(
      "trace IDs can only contain hex characters: invalid character 'g' at position 3",
    );
    expect(() => parseTraceId('é')).toThrow(
      "trace IDs can only contain hex characters: invalid character 'é' at position 1",
    );
    expect(() => parseTraceId('0'.repeat(33))).toThrow("trace IDs can't be larger than 128 bits");
  });
});

describe('parseSpanId', () => {
  it('is the inverse of writing an id', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 8, maxLength: 8 }), (id) => {
        expect(parseSpanId(spanIdToHex(id))).toEqual(id);
      }),
    );
    expect(() => parseSpanId('0'.repeat(17))).toThrow("span IDs can't be larger than 64 bits");
  });
});

describe('compareTraceIds', () => {
  it('orders as hex text does', () => {
    fc.assert(
      fc.property(arbitraryId, arbitraryId, (left, right) => {
        const [a, b] = [traceIdToHex(left), traceIdToHex(right)];
        expect(Math.sign(compareTraceIds(left, right))).toBe(a < b ? -1 : a > b ? 1 : 0);
      }),
    );
  });
});

describe('padTraceId', () => {
  it('adds zeros on the left or keeps the last 16 bytes', () => {
    expect(padTraceId(Uint8Array.of(7)).at(-1)).toBe(7);
    expect(padTraceId(Uint8Array.from({ length: 18 }, (_, byte) => byte))).toEqual(
      Uint8Array.from({ length: 16 }, (_, byte) => byte + 2),
    );
  });
});
