import { describe, expect, it } from '@jest/globals';
import { parseIdentifier } from '@tempo-ts/traceql';
import { parseTagFilter, repairQuery } from './tag-filter.ts';

const REPAIRED: readonly [string, string][] = [
  ['{ span.a = ', '{  }'],
  ['{ span.a = "x" && span.b = }', '{ span.a = "x" }'],
  ['{ span.a = "x" && ', '{ span.a = "x" }'],
  ['{ span.a = "x" && (span.b = 1 || span.c =~ ) }', '{ span.a = "x" && ( span.b = 1 ) }'],
  ['{ span.a = "x" && () }', '{ span.a = "x" }'],
  ['{ span."a b" = "x | y" && span.c= } | count() > 2', '{ span."a b" = "x | y" }'],
  ['{ (span.a = "x"', '{ ( span.a = "x" ) }'],
  ['{ span.a = `x` || ', '{ span.a = `x` }'],
];

describe('parseTagFilter', () => {
  it.each(REPAIRED)('repairs %s', (text, repaired) => {
    expect(repairQuery(text)).toBe(repaired);
  });

  it('filters by the first stage alone, and only when it is a plain filter with scoped comparisons', () => {
    const filters = [
      '{ span.a = 1 }',
      '{ span.a = 1 } | count() > 3',
      '{ !(status = error) }',
      '{ span.a != nil }',
      '{ span.a = 1 && 2 > 1 + span.b }',
      '{ span.a = 1 && span.b = }',
    ];
    const others = [
      '',
      '{ }',
      '{ .a = 1 }',
      '{ span.a = 1 && .b = 2 }',
      '{ span.a = 1 } && { span.b = 2 }',
      '{ span.a }',
      '{ span.a = 1 || span.b }',
      '{ status > ok }',
      'nonsense',
    ];
    for (const text of filters)
      expect([text, parseTagFilter(text) !== undefined]).toEqual([text, true]);
    for (const text of others)
      expect([text, parseTagFilter(text) !== undefined]).toEqual([text, false]);
  });

  it('answers with the literal where the filter names the value asked for', () => {
    const field = parseIdentifier('span.a');
    const decided = parseTagFilter('{ span.a = 3 && status = error }', field)!;
    expect([decided.literals, decided.isDecided]).toEqual([[{ type: 'int', value: 3n }], true]);
    const open = parseTagFilter('{ span.a = 3 || status = error }', field)!;
    expect([open.literals.length, open.isDecided]).toEqual([1, false]);
  });

  it('refuses filters of more than 100 alternatives', () => {
    const one = '(span.a = 1 || span.a = 2 || span.a = 3)';
    expect(() => parseTagFilter(`{ ${[one, one, one, one, one].join(' && ')} }`)).toThrow(
      'filter of 243 alternatives exceeds the limit of 100',
    );
  });
});
