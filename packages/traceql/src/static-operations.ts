/**
 * What operators do to two values (SPEC T5 to T9): used to fold constants, and the same rules that
 * hold when a query is evaluated on spans.
 */
import type {
  ArithmeticOperator,
  BinaryOperator,
  ComparisonOperator,
} from './ast/field-expression.ts';
import type { Static } from './ast/static.ts';
import { operatorClass } from './operators.ts';
import { compilePattern } from './pattern.ts';
import { elementType, isNumeric, operatorAllowed, typesMatch } from './expression-type.ts';

const FALSE: Static = { type: 'bool', value: false };

function bool(value: boolean): Static {
  return { type: 'bool', value };
}

/**
 * The value of `left operator right`, both scalars.
 *
 * Types that do not go together, and types on which the operator is not defined, give false. It is
 * undefined where there is no value: integer division by zero, and arrays.
 */
export function applyBinary(
  operator: BinaryOperator,
  left: Static,
  right: Static,
): Static | undefined {
  if (elementType(left.type) !== left.type || elementType(right.type) !== right.type)
    return undefined;
  if (left.type === 'nil' || right.type === 'nil') return FALSE;
  if (!typesMatch(left.type, right.type)) return FALSE;
  if (!operatorAllowed(operator, left.type) || !operatorAllowed(operator, right.type)) return FALSE;
  switch (operatorClass(operator)) {
    case 'logical':
      return bool(
        operator === '&&'
          ? left.value === true && right.value === true
          : left.value === true || right.value === true,
      );
    case 'pattern': {
      const matches = compilePattern(String(right.value))?.matches(String(left.value));
      return matches === undefined ? undefined : bool(matches === (operator === '=~'));
    }
    case 'arithmetic':
      return applyArithmetic(operator as ArithmeticOperator, left, right);
    case 'equality':
    case 'order':
      return bool(compare(operator as ComparisonOperator, left, right));
  }
}

/** The value of a unary operator; undefined on a type for which it is not defined. */
export function applyUnary(operator: '-' | '!', operand: Static): Static | undefined {
  if (operator === '!') return operand.type === 'bool' ? bool(!operand.value) : undefined;
  if (operand.type === 'float') return { type: 'float', value: -operand.value };
  if (operand.type === 'int' || operand.type === 'duration')
    return { type: operand.type, value: BigInt.asIntN(64, -operand.value) };
  return undefined;
}

/** The value as a 64-bit float; durations count their nanoseconds. NaN when it is no number. */
export function numberOf(value: Static): number {
  return isNumeric(value.type) ? Number((value as { value: bigint | number }).value) : Number.NaN;
}

function compare(operator: ComparisonOperator, left: Static, right: Static): boolean {
  const order = orderOf(left, right);
  switch (operator) {
    case '=':
      return order === 0;
    case '!=':
      return order !== 0;
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    case '>=':
      return order >= 0;
    case '=~':
    case '!~':
      return false; // patterns are no comparisons of order
  }
}

/** Negative, 0, positive; NaN when they are unordered (a NaN among them). */
function orderOf(left: Static, right: Static): number {
  if (isNumeric(left.type)) {
    const [a, b] = [left, right] as { value: bigint | number }[];
    if (typeof a!.value === 'bigint' && typeof b!.value === 'bigint')
      return a!.value < b!.value ? -1 : Number(a!.value > b!.value);
    const [x, y] = [Number(a!.value), Number(b!.value)];
    if (x === y) return 0; // infinities: their difference is NaN
    return x - y;
  }
  if (left.type === 'string' && right.type === 'string')
    return compareStrings(left.value, right.value);
  return (left as { value: unknown }).value === (right as { value: unknown }).value ? 0 : 1;
}

/** Order of the UTF-8 bytes, which is the order of code points. */
export function compareStrings(left: string, right: string): number {
  const length = Math.min(left.length, right.length);
  for (let at = 0; at < length; at += 1) {
    const [a, b] = [left.charCodeAt(at), right.charCodeAt(at)];
    if (a === b) continue;
    const [aSurrogate, bSurrogate] = [isSurrogate(a), isSurrogate(b)];
    // A surrogate is half of a code point above all that have one unit.
    return aSurrogate === bSurrogate ? a - b : Number(aSurrogate) - Number(bSurrogate);
  }
  return left.length - right.length;
}

function isSurrogate(code: number): boolean {
  return code >= 0xd800 && code <= 0xdfff;
}

function applyArithmetic(
  operator: ArithmeticOperator,
  left: Static,
  right: Static,
): Static | undefined {
  if (left.type === 'int' && right.type === 'int') {
    const value = integerArithmetic(operator, left.value, right.value);
    return value === undefined ? undefined : { type: 'int', value: BigInt.asIntN(64, value) };
  }
  return { type: 'float', value: floatArithmetic(operator, numberOf(left), numberOf(right)) };
}

function integerArithmetic(
  operator: ArithmeticOperator,
  left: bigint,
  right: bigint,
): bigint | undefined {
  switch (operator) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '/':
      return right === 0n ? undefined : left / right;
    case '%':
      return right === 0n ? undefined : left % right;
    case '^':
      return integerPower(left, right);
  }
}

/** `base` to the power of `exponent`, wrapping like every integer operation; truncated below 1. */
function integerPower(base: bigint, exponent: bigint): bigint | undefined {
  if (exponent < 0n) {
    if (base === 0n) return undefined;
    if (base !== 1n && base !== -1n) return 0n;
  }
  let result = 1n;
  let square = base;
  for (let rest = exponent < 0n ? -exponent : exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = BigInt.asIntN(64, result * square);
    square = BigInt.asIntN(64, square * square);
  }
  return result;
}

function floatArithmetic(operator: ArithmeticOperator, left: number, right: number): number {
  switch (operator) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '/':
      return left / right;
    case '%':
      return left % right;
    case '^':
      return left ** right;
  }
}
