import { describe, expect, it } from '@jest/globals';
import { parseQuery } from './parse-query.ts';

function errorOf(source: string): string | undefined {
  try {
    parseQuery(source);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

describe('validate', () => {
  it.each([
    ['V1:', '{ status }', 'span filter field expressions must resolve to a boolean: { status }'],
    ['V1:', '{ "a" }', 'span filter field expressions must resolve to a boolean: { `a` }'],
    [
      'V2:',
      '{ status = "error" }',
      'binary operations must operate on the same type: status = `error`',
    ],
    ['V2:', '{ 1 + true = 2 }', 'binary operations must operate on the same type: 1 + true'],
    ['V3:', '{ status > ok }', 'illegal operation for the given types: status > ok'],
    ['V3:', '{ -name = "x" }', 'illegal operation for the given type: -name'],
    ['V3:', '{ !duration }', 'illegal operation for the given type: !duration'],
    ['V4:', '{ span.foo =~ "[" }', 'invalid regex: `[`'],
    ['V4:', '{ span.foo =~ "(?!x)y" }', 'invalid regex: `(?!x)y`'],
    ['V4:', '{ span.foo =~ span.bar }', 'invalid type for =~ or !~: span.bar'],
    ['V4:', '{ span.foo =~ 7 }', 'illegal operation for the given types: span.foo =~ 7'],
    ['V5:', '{ name = nil }', 'name=nil is not valid because intrinsics cannot be nil'],
    [
      'V5:',
      '{ resource.service.name = nil }',
      'resource.service.name=nil is not valid because resource.service.name cannot be nil',
    ],
    ['V6:', '{ parent.foo = "bar" }', 'parent not yet supported'],
    ['V6:', '{ } | select(parent)', 'intrinsic (parent) not yet supported'],
    ['V7:', '{ } | avg(1) > 1', 'aggregate field expressions must reference the span: avg(1)'],
    [
      'V7:',
      '{ } | sum(name) > 1',
      'aggregate field expressions must resolve to a number type: sum(name)',
    ],
    ['V7:', '{ } | by(1)', 'grouping field expressions must reference the span: by(1)'],
    ['V8:', '{ } | count() > 1 + 1', 'scalar filter rhs of type (%v) not yet supported'],
    ['V8:', '{ } | count() + 1 > 2', 'scalar filter lhs of type (%v) not yet supported'],
    ['V8:', '({ } | count()) > 2', 'scalar filter lhs of type (%v) not yet supported'],
    [
      'V9:',
      '{ } | rate() by (.a, .b, .c, .d, .e, .f)',
      'metrics group by 6 values not yet supported',
    ],
    [
      'V9:',
      '{ } | avg_over_time(.x) by (.a, .b, .c, .d, .e)',
      'metrics group by 5 values not yet supported',
    ],
    ['V10:', '{ } | quantile_over_time(duration, 1.5)', 'quantile must be between 0 and 1: 1.5'],
    ['V11:', '{ } | rate() | bottomk(0)', 'limit must be greater than 0'],
    [
      'V12:',
      '{ } | compare({ }, 0)',
      'compare() top number of values must be integer greater than 0',
    ],
    [
      'V12:',
      '{ } | compare({ }, 1, 0, 5)',
      'compare() timestamps must be positive integer unix nanoseconds',
    ],
    [
      'V12:',
      '{ } | compare({ }, 1, 5, 5)',
      'compare() end timestamp must be greater than start timestamp',
    ],
    [
      'V12:',
      '{ } | compare({ }) | topk(1)',
      '`compare()` cannot be used with second stage functions',
    ],
    [
      'V2:',
      '({ } | { status = "x" }) && ({ })',
      'binary operations must operate on the same type: status = `x`',
    ],
  ])('%s %s is refused', (_rule, source, message) => expect(errorOf(source)).toBe(message));

  it.each([
    ['V1:', '{ span.foo }'],
    ['V2:', '{ duration > 5 && nestedSetLeft < 1s && 1 = 1.0 }'],
    ['V3:', '{ -span.a > 1 && !span.b }'],
    ['V4:', '{ name =~ "(?i)a|b" && "a" !~ "b" }'],
    ['V5:', '{ name != nil && span.service.name = nil }'],
    ['V6:', '{ } | rate() by (parent.foo)'],
    ['V7:', '{ } | sum(span.a * 2 + duration) > 1 | by(!span.b)'],
    ['V8:', '{ } | count() > 1s'],
    ['V9:', '{ } | rate() by (.a, .b, .c, .d, .e)'],
    ['V10:', '{ } | quantile_over_time(duration, 0, 1)'],
    ['V12:', '{ } | compare({ status = error }, 5, 1, 2)'],
    ['T1:', '{ instrumentation:name = 1 }'],
    ['T4:', '{ (1 + .a) + 2.5 > 3ms && (.a + 1) < 3 }'],
  ])('%s %s is accepted', (_rule, source) => expect(errorOf(source)).toBeUndefined());

  it('V13: patterns that repeat too much are refused before they are compiled', () => {
    const message = 'regular expressions repeat more than 100000 positions';
    expect(errorOf(`{ name =~ "${'(a{100}){9}'.repeat(200)}" }`)).toBe(message);
    expect(errorOf(`{ ${'name =~ "a{1000}" || '.repeat(200)} .a }`)).toBe(message);
    expect(errorOf(`{ name =~ "[0-9a-f]{32}" && .b !~ "x{1000}" }`)).toBeUndefined();
  });

  it('L8: a text that is too long is refused unread', () => {
    expect(errorOf(`{ name = "${'x'.repeat(131_072)}" }`)).toBe(
      'TraceQL expression exceeds the configured maximum size of 131072 bytes',
    );
    expect(errorOf(`{ name = "${'x'.repeat(131_000)}" }`)).toBeUndefined();
    expect(() => parseQuery('{ }', { maxBytes: 2 })).toThrow('maximum size of 2 bytes');
  });
});
