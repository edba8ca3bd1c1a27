/** Aggregates and the arithmetic around them (SPEC G5). */
import type { ArithmeticOperator } from '../ast/field-expression.ts';
import type { Aggregate, AggregateOperator, ScalarExpression } from '../ast/pipeline.ts';
import type { Static } from '../ast/static.ts';
import { BINARY_LEVEL, POWER } from '../operators.ts';
import { applyUnary } from '../static-operations.ts';
import { DURATION, FLOAT, INTEGER } from '../token.ts';
import { numberOfToken } from './parse-field.ts';
import { parseFieldExpression } from './parse-field-expression.ts';
import type { TokenCursor } from './token-cursor.ts';

const AGGREGATES: ReadonlySet<string> = new Set<AggregateOperator>([
  'count',
  'max',
  'min',
  'avg',
  'sum',
]);
const NUMBERS = [INTEGER, FLOAT, DURATION];
/** Additive level: the loosest operator between scalars. */
const SCALAR_LEVEL = 3;

/** Whether the next token begins a scalar (parentheses aside). */
export function seesScalar(cursor: TokenCursor): boolean {
  const { symbol } = cursor.next;
  return AGGREGATES.has(symbol) || NUMBERS.includes(symbol) || symbol === '-';
}

/** Reads operands; the caller says what may stand in parentheses. */
export type ParseOperand = () => ScalarExpression;

/** A scalar that begins with `first`, as far as arithmetic operators go on. */
export function continueScalar(
  cursor: TokenCursor,
  first: ScalarExpression,
  parseOperand: ParseOperand,
  minLevel = SCALAR_LEVEL,
): ScalarExpression {
  let left = first;
  for (;;) {
    const operator = cursor.next.symbol as ArithmeticOperator;
    const level = BINARY_LEVEL.get(operator) ?? 0;
    if (level < minLevel) return left;
    cursor.take();
    const nextLevel = operator === POWER ? level : level + 1;
    const right = cursor.nested(() =>
      continueScalar(cursor, parseOperand(), parseOperand, nextLevel),
    );
    left = { kind: 'scalar-operation', operator, left, right };
  }
}

/** An aggregate or a number. */
export function parsePlainScalar(cursor: TokenCursor): ScalarExpression {
  if (AGGREGATES.has(cursor.next.symbol)) return parseAggregate(cursor);
  return { kind: 'scalar-literal', value: parseSignedNumber(cursor, []) };
}

/** `count()` or `max(expression)`. */
export function parseAggregate(cursor: TokenCursor): Aggregate {
  const operator = cursor.take().symbol as AggregateOperator;
  cursor.expect(['(']);
  if (operator === 'count') {
    cursor.expect([')']);
    return { kind: 'aggregate', operator };
  }
  const operand = parseFieldExpression(cursor);
  cursor.expect([')'], []);
  return { kind: 'aggregate', operator, operand };
}

/** A number or duration, possibly with a minus. */
export function parseSignedNumber(cursor: TokenCursor, expected: readonly string[]): Static {
  const minus = cursor.takeIf('-');
  const value = numberOfToken(cursor.expect(NUMBERS, minus ? NUMBERS : expected))!;
  return minus ? applyUnary('-', value)! : value;
}
