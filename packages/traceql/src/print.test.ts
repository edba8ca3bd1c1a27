import { describe, expect, it } from '@jest/globals';
import { formatDurationNanos } from './duration-literal.ts';
import { parseSyntax } from './parser.ts';
import { printFloat, printQuery } from './print.ts';

describe('printing', () => {
  it('P1: operands that are operations stand in parentheses', () =>
    expect(
      printQuery(
        parseSyntax('by(-(span.level + 1) * 2 > -5 && !(duration > 1.50s || span.x = 2.0))'),
      ),
    ).toBe('by(((-((span.level + 1) * 2)) > -5) && (!((duration > 1.5s) || (span.x = 2.0))))'));

  it('P2: strings', () =>
    expect(printQuery(parseSyntax(String.raw`{ .a = "x\"" || .b = "\x60" }`))).toBe(
      '{ (.a = `x"`) || (.b = "`") }',
    ));

  it.each([
    [1, '1.0'],
    [-0, '-0.0'],
    [0.0001, '0.0001'],
    [0.00001, '1e-05'],
    [123456, '123456.0'],
    [1e6, '1e+06'],
    [1234567.5, '1.2345675e+06'],
    [Number.POSITIVE_INFINITY, '+Inf'],
    [Number.NaN, 'NaN'],
  ])('P3: %s prints as %s', (value, text) => expect(printFloat(value)).toBe(text));

  it('P4: fields', () =>
    expect(
      printQuery(
        parseSyntax('select(span."a b", ."5x", span.5x, .a"=", span:duration, parent."span.x")'),
      ),
    ).toBe('select(span."a b", ."5x", span.5x, ."a=", duration, parent."span.x")'));

  it.each([
    [0n, '0s'],
    [999n, '999ns'],
    [1_500n, '1.5µs'],
    [250_000_000n, '250ms'],
    [1_900_000_000n, '1.9s'],
    [60_000_000_000n, '1m0s'],
    [3_600_500_000_000n, '1h0m0.5s'],
    [93_600_000_000_000n, '26h0m0s'],
    [-1_500_000_000n, '-1.5s'],
  ])('P5: %s ns print as %s', (nanos, text) => expect(formatDurationNanos(nanos)).toBe(text));
});
