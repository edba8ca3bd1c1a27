import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseSyntax } from './parser.ts';
import { compilePattern, patternPositions } from './pattern.ts';
import { printQuery } from './print.ts';
import { applyBinary, compareStrings } from './static-operations.ts';
import { operatorAllowed, typesMatch } from './expression-type.ts';

function folded(source: string): string {
  return printQuery(parseSyntax(`{ ${source} }`)).slice(2, -2);
}

describe('constants', () => {
  it.each([
    ['T2:', '1 = true', '1 = true'],
    ['T5:', '2 = 2.0', 'true'],
    ['T5:', '1s = 1000000000', 'true'],
    ['T5:', '9223372036854775807 = 9223372036854775806', 'false'],
    ['T5:', '0.0 / 0.0 = 0.0 / 0.0', 'false'],
    ['T5:', '1.0 / 0.0 = 2.0 / 0.0', 'true'],
    ['T6:', 'maxInt + 1', '-9223372036854775808'],
    ['T6:', '-7 / 2', '-3'],
    ['T6:', '(0 - 7) % 3', '-1'],
    ['T6:', '7 / 2.0', '3.5'],
    ['T6:', '2 ^ 3', '8'],
    ['T6:', '3 ^ 64', '8733086111712066817'],
    ['T6:', '2 ^ -1', '0'],
    ['T6:', '(0 - 1) ^ -3', '-1'],
    ['T6:', '2.0 ^ 3', '8.0'],
    ['T6:', '7.5 % 2', '1.5'],
    ['T6:', '1s + 1ms', '1.001e+09'],
    ['T6:', '1 / 0', '1 / 0'],
    ['T6:', '0 ^ -1', '0 ^ -1'],
    ['T7:', '"B" < "a"', 'true'],
    ['T10:', '"ab" =~ "a."', '`ab` =~ `a.`'],
    ['T10:', '!true', 'false'],
    ['T10:', '-5ms', '-5ms'],
    ['T10:', '-"a"', '-`a`'],
    ['T10:', 'status = ok && (1 + 1 = 2)', '(status = ok) && true'],
    ['T10:', 'ok = ok', 'true'],
    ['T10:', '100ms * 5 > 1', 'true'],
    ['T10:', '"a" + "b"', '`a` + `b`'],
    ['T10:', 'true && false || true', 'true'],
  ])('%s %s is %s', (_rule, source, text) => expect(folded(source)).toBe(text));
});

describe('applyBinary', () => {
  it.each([
    ['a\nb', '=~', 'a.b', true],
    ['xab', '=~', 'a|b', false],
    ['b', '!~', 'a|c', true],
    ['b', '=~', '[', undefined],
  ] as const)('T8: %j %s %j is %s', (text, operator, pattern, expected) => {
    const result = applyBinary(
      operator,
      { type: 'string', value: text },
      { type: 'string', value: pattern },
    );
    expect(result).toEqual(expected === undefined ? undefined : { type: 'bool', value: expected });
  });

  it('T9: types that do not match give false', () => {
    const one = { type: 'int', value: 1n } as const;
    const text = { type: 'string', value: 'a' } as const;
    const no = { type: 'bool', value: false };
    expect(applyBinary('!=', one, text)).toEqual(no);
    expect(applyBinary('+', text, text)).toEqual(no);
    expect(applyBinary('=', { type: 'nil' }, { type: 'nil' })).toEqual(no);
    expect(applyBinary('=', { type: 'int[]', value: [1n] }, one)).toBeUndefined();
  });
});

describe('typesMatch', () => {
  it('T2: arrays match their elements, not each other', () => {
    expect(typesMatch('int[]', 'duration')).toBe(true);
    expect(typesMatch('string', 'string[]')).toBe(true);
    expect(typesMatch('int[]', 'float[]')).toBe(false);
    expect(typesMatch('bool[]', 'int')).toBe(false);
  });
});

describe('operatorAllowed', () => {
  it('T3: which operators are defined on which types', () => {
    const operators = ['=', '<', '=~', '+', '&&'] as const;
    const allowed = (type: Parameters<typeof operatorAllowed>[1]) =>
      operators.filter((operator) => operatorAllowed(operator, type));
    expect(allowed('int')).toEqual(['=', '<', '+']);
    expect(allowed('duration[]' as 'int[]')).toEqual(['=', '<', '+']);
    expect(allowed('string')).toEqual(['=', '<', '=~']);
    expect(allowed('bool[]')).toEqual(['=', '&&']);
    expect(allowed('status')).toEqual(['=']);
    expect(allowed('attribute')).toEqual([...operators]);
  });
});

describe('compareStrings', () => {
  it('T7: orders as the UTF-8 bytes do', () =>
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (a, b) => {
        expect(Math.sign(compareStrings(a, b))).toBe(
          Math.sign(Buffer.compare(Buffer.from(a), Buffer.from(b))),
        );
      }),
    ));
});

describe('compilePattern', () => {
  it('T8: takes time linear in the value', () => {
    expect(compilePattern('(a*)*b')!.matches('a'.repeat(5000))).toBe(false);
    expect(compilePattern('')!.matches('')).toBe(true);
    expect(compilePattern('(a)\\1')).toBeUndefined();
  });
});

describe('patternPositions', () => {
  it.each([
    ['abc', 3],
    ['a|b', 3],
    ['a{3}', 3],
    ['a{2,5}b', 6],
    ['(ab){3}', 9],
    ['((a{10}){10}){10}', 1000],
    ['[a{9}]{2}', 2],
    [String.raw`\{9}a\d{4}`, 8],
    ['x{2}{3}', 6],
    ['((', 0],
    ['))', 2],
    ['{5}', 0],
  ])('V13: %s has about %s positions', (source, positions) => {
    const counted = patternPositions(source);
    expect(counted).toBeGreaterThanOrEqual(positions);
    expect(counted).toBeLessThanOrEqual(positions * 1.3 + 3);
  });
});
