import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseIdentifier, parseQuery, printField, printQuery, TraceQlError } from './index.ts';
import { parseSyntax } from './parser.ts';
import { arbitraryQuery } from './testing/index.ts';

/** How a query was understood: parentheses show the grouping. */
function understood(source: string): string {
  return printQuery(parseSyntax(source));
}

function errorOf(source: string): string | undefined {
  try {
    parseSyntax(source);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

describe('parseSyntax', () => {
  it.each([
    ['{}', '{ true }'],
    ['{ } | rate() | topk(3) with(a=1)', '{ true } | rate() | topk(3) with(a=1)'],
  ])('G1: %s', (source, text) => expect(understood(source)).toBe(text));

  it.each([
    ['.a || .b && .c', '(.a || .b) && .c'],
    ['.a = .b = .c', '(.a = .b) = .c'],
    ['-.a * .b', '-(.a * .b)'],
    ['-.a ^ .b', '-(.a ^ .b)'],
    ['-.a + .b', '(-.a) + .b'],
    ['!.a = .b', '(!.a) = .b'],
    ['!.a * .b', '!(.a * .b)'],
    ['!-.a * .b + .c', '(!(-(.a * .b))) + .c'],
    ['.a * -.b * .c + .d', '(.a * (-(.b * .c))) + .d'],
    ['.a + .b * .c ^ .d ^ .e', '.a + (.b * (.c ^ (.d ^ .e)))'],
    ['.a - .b - .c', '(.a - .b) - .c'],
    ['.a > 1 && .b =~ "x" || .c', '((.a > 1) && (.b =~ `x`)) || .c'],
  ])('G2: { %s } groups as %s', (source, text) =>
    expect(understood(`{ ${source} }`)).toBe(`{ ${text} }`),
  );

  it.each([
    ['{.a} || {.b} && {.c}', '({ .a } || { .b }) && { .c }'],
    ['{.a} && {.b} > {.c}', '{ .a } && ({ .b } > { .c })'],
    ['{.a} > {.b} >> {.c}', '({ .a } > { .b }) >> { .c }'],
    ['{.a} !~ {.b} &<< {.c}', '({ .a } !~ { .b }) &<< { .c }'],
    ['{.a} || ({.b} && {.c})', '{ .a } || ({ .b } && { .c })'],
    ['({.a} && {.b}) | count() > 1', '{ .a } && { .b } | count() > 1'],
    ['{ } | ({.a} || {.b})', '{ true } | { .a } || { .b }'],
  ])('G3: %s groups as %s', (source, text) => expect(understood(source)).toBe(text));

  it.each([
    ['({.a} | count() > 1) && ({.b})', '({ .a } | count() > 1) && ({ .b })'],
    ['({.a}) && ({.b} | count() > 1)', '({ .a }) && ({ .b } | count() > 1)'],
    ['({.a} | { }) > ({.b}) && ({.c})', '(({ .a } | { true }) > ({ .b })) && ({ .c })'],
    ['({ } | count() > 3)', '{ true } | count() > 3'],
  ])('G4: pipelines are operands: %s', (source, text) => expect(understood(source)).toBe(text));

  it.each([
    [
      '({.a} | count() > 1) && {.b}',
      'parse error at line 1, col 25: syntax error: unexpected {, expecting (',
    ],
    [
      '({ } | count() > 1) | { }',
      'parse error at line 1, col 21: syntax error: unexpected |, expecting with',
    ],
    [
      '({ } | count() > 1) | rate()',
      'parse error at line 1, col 21: syntax error: unexpected |, expecting with',
    ],
    ['{ } | ({.a} | count() > 1)', 'parse error at line 1, col 13: syntax error: unexpected |'],
    ['{.a} && ({.b} | count() > 1)', 'parse error at line 1, col 15: syntax error: unexpected |'],
    [
      '({.a}) && {.b} && ({.c} | count() > 1)',
      'parse error at line 1, col 25: syntax error: unexpected |',
    ],
  ])('G4: what cannot be combined: %s', (source, message) => expect(errorOf(source)).toBe(message));

  it.each([
    ['count() > 5', 'count() > 5'],
    ['max(span.level + 1) = -5ms', 'max(span.level + 1) = -5ms'],
    ['(count() + 1) * 2 > 1 + -2', '(count() + 1) * 2 > 1 + -2'],
    ['({.a} | count()) > 1', '({ .a } | count()) > 1'],
  ])('G5: scalar filters: %s', (source, text) => expect(understood(source)).toBe(text));

  it('G5: an aggregate alone is no stage', () =>
    expect(errorOf('{ } | count()')).toBe(
      'parse error at line 1, col 14: syntax error: unexpected $end',
    ));

  it('G6: stages follow each other', () =>
    expect(understood('by(.a) | select(.b, name) | coalesce() | {.c}')).toBe(
      'by(.a) | select(.b, name) | coalesce() | { .c }',
    ));

  it.each([
    ['coalesce()', 'parse error at line 1, col 1: syntax error: unexpected coalesce'],
    ['{ } | select(1 + span.a)', 'parse error at line 1, col 14: syntax error: unexpected INTEGER'],
    ['rate()', 'parse error at line 1, col 1: syntax error: unexpected rate'],
  ])('G6: %s is refused', (source, message) => expect(errorOf(source)).toBe(message));

  it.each([
    ['{ } | rate() by (.a, name)', '{ true } | rate() by(.a, name)'],
    [
      '{ } | quantile_over_time(duration, .5, 1)',
      '{ true } | quantile_over_time(duration, 0.5, 1.0)',
    ],
    ['{ } | compare({.a})', '{ true } | compare({ .a }, 10)'],
    ['{ } | compare({.a}, 3, 1, 2)', '{ true } | compare({ .a }, 3, 1, 2)'],
  ])('G7: metrics: %s', (source, text) => expect(understood(source)).toBe(text));

  it.each([
    ['{ } | quantile_over_time(duration)', 34, '), expecting ,'],
    ['{ } | quantile_over_time(duration, -1)', 36, '-, expecting INTEGER or FLOAT'],
    ['{ } | compare({ }, 1, 2)', 24, '), expecting ,'],
  ])('G7: %s is refused', (source, column, rest) =>
    expect(errorOf(source)).toBe(
      `parse error at line 1, col ${column}: syntax error: unexpected ${rest}`,
    ),
  );

  it('G8: second stages in any mixture', () =>
    expect(understood('{ } | rate() > 1 | topk(3) != -2ms | bottomk(1)')).toBe(
      '{ true } | rate() > 1 | topk(3) != -2ms | bottomk(1)',
    ));

  it('G8: nothing else follows a metrics function', () =>
    expect(errorOf('{ } | rate() | { }')).toBe(
      'parse error at line 1, col 16: syntax error: unexpected {, expecting topk or bottomk',
    ));

  it('G9: the last hints count', () =>
    expect(understood('{ } with(a=1, b="x") with(most_recent=true)')).toBe(
      '{ true } with(most_recent=true)',
    ));

  it('G9: a keyword is no name of a hint', () =>
    expect(errorOf('{ } with(name=1)')).toBe(
      'parse error at line 1, col 10: syntax error: unexpected name, expecting IDENTIFIER',
    ));

  it.each([
    ['parentheses', `{ ${'('.repeat(2000)}.a${')'.repeat(2000)} }`],
    ['a chain', `{ ${'.a && '.repeat(5000)}.a }`],
    ['powers', `{ ${'.a ^ '.repeat(5000)}.a }`],
    ['signs', `{ ${'!'.repeat(100_000)}.a }`],
    ['spansets', `${'({ } && '.repeat(3000)}{ }${')'.repeat(3000)}`],
    ['scalars', `${'('.repeat(60_000)}1 > 2`],
  ])('G10: too deep by %s', (_name, source) =>
    expect(errorOf(source)).toBe('TraceQL expression is nested deeper than 1000 levels'),
  );

  it('G10: chains of hundreds of operators are fine', () =>
    expect(parseQuery(`{ ${'.a && '.repeat(900)}.a }`).pipeline.stages).toHaveLength(1));

  it('F1: scopes', () => {
    const fields = 'parent.x, parent.span.x, parent.resource.x, link.x, .x';
    expect(understood(`select(${fields})`)).toBe(`select(${fields})`);
  });

  it.each([
    ['span:name', 'name'],
    ['trace:rootService', 'rootServiceName'],
    ['span: name', 'name'],
    ['trace:id', 'trace:id'],
    ['parent', 'parent'],
  ])('F2: %s is the intrinsic %s', (source, text) =>
    expect(understood(`select(${source})`)).toBe(`select(${text})`),
  );

  it.each(['childCount', 'id', 'traceID', 'trace:name', 'span:rootName', 'rootService'])(
    'F2: %s does not exist',
    (source) => expect(errorOf(`{ ${source} = 1 }`)).toMatch(/syntax error: unexpected/),
  );

  it('F3: bounds of integers', () =>
    expect(understood('{ .a = minInt || .b = maxInt }')).toBe(
      '{ (.a = -9223372036854775808) || (.b = 9223372036854775807) }',
    ));

  it.each([
    ['nil = .a && nil != .b', '(.a = nil) && (.b != nil)'],
    ['.a + 1 = nil', '(.a + 1) = nil'],
    ['nil = nil', 'false'],
    ['nil != nil', 'false'],
    ['1 != nil', 'true'],
  ])('F4: %s means %s', (source, text) => expect(understood(`{ ${source} }`)).toBe(`{ ${text} }`));

  it('F4: nil is no operand', () =>
    expect(errorOf('{ span.foo > nil }')).toBe(
      'parse error at line 1, col 18: syntax error: unexpected }, expecting = or !=',
    ));

  it('P6: printing and parsing again gives the same tree', () =>
    fc.assert(
      fc.property(arbitraryQuery, (query) => expect(parseSyntax(printQuery(query))).toEqual(query)),
      { numRuns: 500 },
    ));

  it('E2: any sequence of tokens gives a query or a TraceQlError', () => {
    const piece = fc.constantFrom(
      ...'{ } ( ) | && || = != > >> !~ &> - + * ^ ! , . span. span: event: name nil true 1 2.5 3ms "a" `b` with by select count max rate topk compare coalesce foo minInt /* //'.split(
        ' ',
      ),
    );
    fc.assert(
      fc.property(
        fc.array(fc.oneof(piece, fc.string({ maxLength: 3 })), { maxLength: 30 }),
        (pieces) => {
          try {
            parseQuery(pieces.join(' '));
          } catch (error) {
            expect((error as Error).name).toBe(TraceQlError.prototype.constructor.name);
          }
        },
      ),
      { numRuns: 2000 },
    );
  });
});

describe('parseIdentifier', () => {
  it.each(['span."a b"', '.foo', 'name', 'event:name', 'resource.service.name'])(
    'F1: %s is a field',
    (source) => expect(printField(parseIdentifier(source))).toBe(source),
  );

  it('E1: names what it could not parse', () =>
    expect(() => parseIdentifier('badname')).toThrow(
      'failed to parse identifier badname: parse error at line 1, col 2: unknown identifier: badname',
    ));

  it.each(['', '1', 'span.a = 1', '.a }', 'span. b'])('E1: %s is no field', (source) =>
    expect(() => parseIdentifier(source)).toThrow(`failed to parse identifier ${source}: `),
  );
});
