/** Expressions on one span: inside `{ }`, `by( )` and aggregates (SPEC G2). */
import type { BinaryOperator, FieldExpression } from '../ast/field-expression.ts';
import { binaryOperation, existenceTest, literal, unaryOperation } from '../fold-constants.ts';
import {
  BINARY_LEVEL,
  COMPARISON_LEVEL,
  MINUS_OPERAND_LEVEL,
  NOT_OPERAND_LEVEL,
  POWER,
} from '../operators.ts';
import { parseFieldIf, parseLiteral } from './parse-field.ts';
import type { TokenCursor } from './token-cursor.ts';

/** A whole expression. */
export function parseFieldExpression(cursor: TokenCursor): FieldExpression {
  return parseBinary(cursor, 1);
}

/** Operands joined by operators that bind at least as tightly as `minLevel`. */
function parseBinary(cursor: TokenCursor, minLevel: number): FieldExpression {
  return cursor.nested(() => {
    let left = parsePrefix(cursor);
    for (;;) {
      const operator = cursor.next.symbol as BinaryOperator;
      const level = BINARY_LEVEL.get(operator) ?? 0;
      if (level < minLevel || level === 0) return left;
      cursor.take();
      if (isEquality(operator) && cursor.takeIf('nil')) {
        left = existenceTest(operator === '!=', left);
        continue;
      }
      const right = parseBinary(cursor, operator === POWER ? level : level + 1);
      left = binaryOperation(operator, left, right);
    }
  });
}

function parsePrefix(cursor: TokenCursor): FieldExpression {
  if (cursor.takeIf('-')) return unaryOperation('-', parseBinary(cursor, MINUS_OPERAND_LEVEL));
  if (cursor.takeIf('!')) return unaryOperation('!', parseBinary(cursor, NOT_OPERAND_LEVEL));
  if (cursor.takeIf('nil')) return parseNilOnTheLeft(cursor);
  if (cursor.takeIf('(')) {
    const inner = parseFieldExpression(cursor);
    cursor.expect([')'], []);
    return inner;
  }
  return parseFieldIf(cursor) ?? literal(parseLiteral(cursor));
}

/** `nil = x` and `nil != x`; nil equals nothing and differs from nothing, so nil with nil is false. */
function parseNilOnTheLeft(cursor: TokenCursor): FieldExpression {
  const exists = cursor.expect(['=', '!=']).symbol === '!=';
  if (cursor.takeIf('nil')) return literal({ type: 'bool', value: false });
  return existenceTest(exists, parseBinary(cursor, COMPARISON_LEVEL + 1));
}

function isEquality(operator: BinaryOperator): boolean {
  return operator === '=' || operator === '!=';
}
