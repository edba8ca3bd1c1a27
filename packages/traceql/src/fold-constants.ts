/**
 * Builds expressions, replacing what does not depend on a span by its value (SPEC T10). What has no
 * value (`1 / 0`) or would not be valid (`1 + true`) stays as it was written, for the message. So does
 * what a pattern decides: matching can take long, and the one who parses must answer others.
 */
import type {
  BinaryOperator,
  ExistenceTest,
  FieldExpression,
  Literal,
} from './ast/field-expression.ts';
import type { Static } from './ast/static.ts';
import { PATTERN_OPERATORS } from './operators.ts';
import { applyBinary, applyUnary } from './static-operations.ts';
import { operatorAllowed, typesMatch } from './expression-type.ts';

/** An expression that is `value`. */
export function literal(value: Static): Literal {
  return { kind: 'literal', value };
}

/** `left operator right`. */
export function binaryOperation(
  operator: BinaryOperator,
  left: FieldExpression,
  right: FieldExpression,
): FieldExpression {
  if (left.kind === 'literal' && right.kind === 'literal') {
    const [leftType, rightType] = [left.value.type, right.value.type];
    const valid =
      !PATTERN_OPERATORS.has(operator) &&
      typesMatch(leftType, rightType) &&
      operatorAllowed(operator, leftType) &&
      operatorAllowed(operator, rightType);
    const value = valid ? applyBinary(operator, left.value, right.value) : undefined;
    if (value) return literal(value);
  }
  return { kind: 'binary', operator, left, right };
}

/** `-operand` or `!operand`. */
export function unaryOperation(operator: '-' | '!', operand: FieldExpression): FieldExpression {
  const value = operand.kind === 'literal' ? applyUnary(operator, operand.value) : undefined;
  return value ? literal(value) : { kind: 'unary', operator, operand };
}

/** `operand != nil` when `exists`, else `operand = nil`. */
export function existenceTest(exists: boolean, operand: FieldExpression): ExistenceTest | Literal {
  if (operand.kind === 'literal') return literal({ type: 'bool', value: exists });
  return { kind: 'existence', exists, operand };
}
