import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isUtf8Range, utf8CutEnd } from './utf8.ts';

const decoder = new TextDecoder('utf-8', { fatal: true });

function decodes(bytes: Uint8Array): boolean {
  try {
    decoder.decode(bytes);
    return true;
  } catch {
    return false;
  }
}

describe('isUtf8Range', () => {
  it('is true exactly when the range decodes, at every offset and length', () => {
    const text = fc.string({ unit: 'binary', maxLength: 40 }).map((one) => Buffer.from(one));
    const mostlyText = fc.oneof(text, fc.uint8Array({ maxLength: 40 }));
    fc.assert(
      fc.property(mostlyText, fc.nat(40), fc.nat(40), fc.nat(1500), (given, from, to, pad) => {
        const bytes = Uint8Array.from([...given, ...new Uint8Array(pad).fill(0x61)]);
        const start = Math.min(from, bytes.length);
        const end = Math.max(start, bytes.length - to);
        const view = new DataView(bytes.buffer);
        const isValid = decodes(bytes.subarray(start, end));
        expect(isUtf8Range(bytes, view, start, end)).toBe(isValid);
      }),
      { numRuns: 500 },
    );
  });
});

describe('utf8CutEnd', () => {
  it('gives the longest valid prefix that is not longer than the limit', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), fc.nat(), (text, choice) => {
        const bytes = new TextEncoder().encode(`..${text}`);
        const maxBytes = choice % (bytes.length - 2);
        const end = utf8CutEnd(bytes, 2, maxBytes);
        expect(decodes(bytes.subarray(2, end))).toBe(true);
        for (let longer = end + 1; longer <= 2 + maxBytes; longer++)
          expect(decodes(bytes.subarray(2, longer))).toBe(false);
      }),
    );
  });
});
