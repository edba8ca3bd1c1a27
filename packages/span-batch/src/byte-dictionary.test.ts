import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ByteDictionary, viewOf } from './byte-dictionary.ts';
import { ABSENT } from './span-batch.ts';
import { bytesOf, findCode, stringOf } from './string-dictionary.ts';

const arbitraryStrings = () =>
  fc.array(fc.oneof(fc.uint8Array({ maxLength: 20 }), fc.uint8Array({ max: 1, maxLength: 6 })), {
    maxLength: 400,
  });

const keyOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

describe('ByteDictionary', () => {
  it('gives equal bytes equal codes, in order of first appearance, whatever the guess', () => {
    fc.assert(
      fc.property(arbitraryStrings(), fc.integer(), (strings, seed) => {
        const dictionary = new ByteDictionary(seed);
        const expected = new Map<string, number>();
        let guess = -1;
        for (const bytes of strings) {
          if (!expected.has(keyOf(bytes))) expected.set(keyOf(bytes), expected.size);
          const source = Uint8Array.of(9, 9, 9, ...bytes, 9);
          const code = dictionary.intern(
            { bytes: source, view: viewOf(source) },
            3,
            3 + bytes.length,
            guess,
          );
          expect(code).toBe(expected.get(keyOf(bytes)));
          guess = code === 0 ? -1 : code - 1;
        }
        const snapshot = dictionary.snapshot();
        expect(snapshot.count).toBe(expected.size);
        expect([...expected.keys()]).toEqual(
          Array.from({ length: snapshot.count }, (_, code) => keyOf(bytesOf(snapshot, code))),
        );
      }),
      { numRuns: 100 },
    );
  });

  it('keeps snapshots as they are while it grows', () => {
    const dictionary = new ByteDictionary();
    dictionary.internBytes(Buffer.from('first'));
    const snapshot = dictionary.snapshot();
    for (let i = 0; i < 5000; i++) dictionary.internBytes(Buffer.from(`another string ${i}`));
    for (let i = 0; i < 5000; i++)
      expect(dictionary.internBytes(Buffer.from(`another string ${i}`))).toBe(i + 1);
    expect(snapshot.count).toBe(1);
    expect(stringOf(snapshot, 0)).toBe('first');
    expect(snapshot.lineage).toBe(dictionary.snapshot().lineage);
    expect(new ByteDictionary().lineage).not.toBe(dictionary.lineage);
  });

  it('is searched by text and by bytes', () => {
    const dictionary = new ByteDictionary();
    for (const text of ['', 'a', 'ü', '\ufeffmark']) dictionary.internBytes(Buffer.from(text));
    const snapshot = dictionary.snapshot();
    expect(findCode(snapshot, 'ü')).toBe(2);
    expect(findCode(snapshot, Uint8Array.of(0x61))).toBe(1);
    expect(findCode(snapshot, 'b')).toBe(ABSENT);
    expect(stringOf(snapshot, 3)).toBe('\ufeffmark');
    expect(stringOf(snapshot, ABSENT)).toBe('');
  });
});
