import { describe, expect, it } from '@jest/globals';
import { parseDurationLiteral } from './duration-literal.ts';
import { tokenize } from './lexer.ts';

/** Symbols with their text where it differs, without the end. */
function lex(source: string): string[] {
  return tokenize(source)
    .filter(({ symbol }) => symbol !== '$end')
    .map(({ symbol, text }) => (symbol === text ? symbol : `${symbol}:${text}`));
}

describe('tokenize', () => {
  it.each([
    ['{ /* a */ name // b\n = 1}', ['{', 'name', '=', 'INTEGER:1', '}']],
    ['.a//b = 1', ['.', 'IDENTIFIER:a//b', '=', 'INTEGER:1']],
    ['/* open', ['$error:comment not terminated']],
  ])('L1: blanks and comments: %s', (source, tokens) => expect(lex(source)).toEqual(tokens));

  it('L2: keywords are case-sensitive', () =>
    expect(lex('true True rate naïve')).toEqual([
      'true',
      'IDENTIFIER:True',
      'rate',
      'IDENTIFIER:naïve',
    ]));

  it.each([
    ['span.level+1', ['span.', 'IDENTIFIER:level+1']],
    [
      'span.level>3&&span.x<9',
      [
        'span.',
        'IDENTIFIER:level',
        '>',
        'INTEGER:3',
        '&&',
        'span.',
        'IDENTIFIER:x',
        '<',
        'INTEGER:9',
      ],
    ],
    ['span.peer" "service', ['span.', 'IDENTIFIER:peer service']],
    ['span.http."status_code"', ['span.', 'IDENTIFIER:http.status_code']],
    [String.raw`."a\"\\b{"`, ['.', String.raw`IDENTIFIER:a"\b{`]],
    ['span.""', ['span.', 'IDENTIFIER:']],
    ['span. foo', ['span.', 'END_ATTRIBUTE:', 'IDENTIFIER:foo']],
    ['span.', ['span.', 'END_ATTRIBUTE:']],
    [String.raw`."a\n"`, ['.', '$error:invalid escape sequence']],
    ['."a', ['.', '$error:unexpected EOF, expecting "']],
    ['parent.span.x parent.y', ['parent.span.', 'IDENTIFIER:x', 'parent.', 'IDENTIFIER:y']],
    ['span .x', ['IDENTIFIER:span', '.', 'IDENTIFIER:x']],
    ['instrumentation.a event:name', ['instrumentation.', 'IDENTIFIER:a', 'event:', 'name']],
  ])('L3: names of attributes: %s', (source, tokens) => expect(lex(source)).toEqual(tokens));

  it.each([
    [String.raw`"\a\b\f\n\r\t\v\\\"\101\x41\u00e9\U0001F600"`, 'STRING:\x07\b\f\n\r\t\v\\"AAé😀'],
    ['`a\\q\r\n"b`', 'STRING:a\\q\n"b'],
    [String.raw`"a\qb"`, '$error:invalid char escape'],
    [String.raw`"\ud800"`, '$error:invalid char escape'],
    [String.raw`"\'"`, '$error:invalid char escape'],
    ['"a\nb"', '$error:literal not terminated'],
    ['`abc', '$error:literal not terminated'],
    ["'a'", "IDENTIFIER:'"],
  ])('L4: strings: %s', (source, token) => expect(lex(source)[0]).toBe(token));

  it.each([
    ['010', 'INTEGER:010'],
    ['9223372036854775807', 'INTEGER:9223372036854775807'],
    [
      '9223372036854775808',
      '$error:strconv.Atoi: parsing "9223372036854775808": value out of range',
    ],
    ['089', "$error:invalid digit '8' in octal literal"],
    ['0x1F', '$error:strconv.Atoi: parsing "0x1F": invalid syntax'],
    ['1_000', '$error:strconv.Atoi: parsing "1_000": invalid syntax'],
    ['.5', 'FLOAT:.5'],
    ['1.', 'FLOAT:1.'],
    ['1e3', 'FLOAT:1e3'],
    ['1E-3', 'FLOAT:1E-3'],
    ['1e999', '$error:strconv.ParseFloat: parsing "1e999": value out of range'],
  ])('L5: numbers: %s', (source, token) => expect(lex(source)[0]).toBe(token));

  it.each([
    ['1w2d', 777_600_000_000_000n],
    ['1y', 31_536_000_000_000_000n],
    ['1h30m', 5_400_000_000_000n],
    ['1.5h', 5_400_000_000_000n],
    ['1s1m', 61_000_000_000n],
    ['100µs', 100_000n],
    ['1ms500us', 1_500_000n],
    ['.5ms', 500_000n],
    ['1h1d', undefined],
    ['1.5d', undefined],
    ['1m30', undefined],
    ['100μs', undefined], // U+03BC
    ['300y', undefined],
    ['', undefined],
  ])('L6: %s is a duration of %s ns', (source, nanos) =>
    expect(parseDurationLiteral(source)).toBe(nanos),
  );

  it.each([
    ['1h1d', ['INTEGER:1', 'IDENTIFIER:h1d']],
    ['5 s', ['INTEGER:5', 'IDENTIFIER:s']],
    ['1.5d', ['FLOAT:1.5', 'IDENTIFIER:d']],
  ])('L6: what is no duration is a number and the rest: %s', (source, tokens) =>
    expect(lex(source)).toEqual(tokens),
  );

  it('L7: the longest operator is taken', () =>
    expect(lex('!>>!>!=~=~=!x&>>&&&')).toEqual([
      '!>>',
      '!>',
      '!=',
      '~',
      '=~',
      '=',
      '!',
      'IDENTIFIER:x',
      '&>>',
      '&&',
      'IDENTIFIER:&',
    ]));

  it('L9: positions count lines and characters', () =>
    expect(tokenize('{ "😀" =\n 1').map(({ line, column }) => [line, column])).toEqual([
      [1, 1],
      [1, 3],
      [1, 7],
      [2, 2],
      [2, 3],
    ]));
});
