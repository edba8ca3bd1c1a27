import { describe, expect, it } from '@jest/globals';
import { compilePattern as compileRe2 } from '@tempo-ts/traceql';
import fc from 'fast-check';
import { compilePattern } from './pattern.ts';

describe('compilePattern', () => {
  it('says of every text what RE2 says', () => {
    const piece = fc.constantFrom(
      'a',
      'b',
      'ab',
      '.*',
      '|',
      String.raw`\.`,
      '.',
      '.+',
      'a*',
      '(a|b)',
      '日',
      '\n',
    );
    const source = fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join(''));
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '.', '日', '\n', '*'), maxLength: 8 });
    fc.assert(
      fc.property(source, fc.array(text, { minLength: 5, maxLength: 5 }), (pattern, texts) => {
        const re2 = compileRe2(pattern);
        fc.pre(re2 !== undefined);
        for (const candidate of texts) {
          const bytes = Buffer.from(`<${candidate}>`);
          const expected = re2.matches(candidate);
          expect([pattern, candidate, compilePattern(pattern).matchesText(candidate)]).toEqual([
            pattern,
            candidate,
            expected,
          ]);
          expect(compilePattern(pattern).matches(bytes, 1, bytes.length - 1)).toBe(expected);
        }
      }),
      { numRuns: 500 },
    );
  }, 30_000);

  it('matches the whole text, and takes line feeds for any character', () => {
    const cases: readonly [string, string, boolean][] = [
      ['SEL', 'SELECT', false],
      ['SEL.*', 'SELECT', true],
      ['GET|POST.*', 'POST /pay', true],
      ['GET|POST.*', 'GET /cart', false],
      ['a.*c', 'a\nb\nc', true],
      ['a.*a', 'a', false],
      ['.*b.*b.*', 'abc', false],
      ['', '', true],
      ['', 'a', false],
      ['a|', '', true],
    ];
    for (const [source, text, matches] of cases)
      expect([source, text, compilePattern(source).matchesText(text)]).toEqual([
        source,
        text,
        matches,
      ]);
  });

  it('takes time linear in the text, whatever the pattern', () => {
    const text = 'a'.repeat(5_000);
    expect(compilePattern('(a*)*b').matchesText(text)).toBe(false);
    expect(compilePattern('.*a.*a.*a.*a.*b').matchesText(text)).toBe(false);
  });

  it('names a pattern that is no RE2', () => {
    expect(() => compilePattern('(?!x)y')).toThrow('invalid regex: (?!x)y');
  });
});
