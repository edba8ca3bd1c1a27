/** Values met while a query runs: the rules of the language (spec §5) with arrays and failures. */
import { QueryError } from '@tempo-ts/ports';
import {
  applyBinary,
  isNumeric,
  type ArithmeticOperator,
  type ComparisonOperator,
  type Static,
} from '@tempo-ts/traceql';

export const NIL: Static = { type: 'nil' };
export const TRUE: Static = { type: 'bool', value: true };
export const FALSE: Static = { type: 'bool', value: false };

/** A value that counts: integers, floats, and durations as their nanoseconds. */
export type NumericStatic = Extract<Static, { type: 'int' | 'float' | 'duration' }>;
export type ArrayStatic = Extract<Static, { type: `${string}[]` }>;

export function isNumber(value: Static): value is NumericStatic {
  return isNumeric(value.type);
}

export function isArray(value: Static): value is ArrayStatic {
  return value.type.endsWith('[]');
}

/** The boolean true; nothing else keeps a span. */
export function isTrue(value: Static): boolean {
  return value.type === 'bool' && value.value;
}

export function truth(value: boolean): Static {
  return value ? TRUE : FALSE;
}

/** The elements of an array as values of their own. */
export function arrayElements(array: ArrayStatic): readonly Static[] {
  const type = array.type.slice(0, -2);
  return array.value.map((value) => ({ type, value }) as Static);
}

/** Elements of one type as an array; the element itself when it is alone, nil for none. */
export function arrayOf(elements: readonly Static[]): Static {
  const first = elements[0];
  if (!first) return NIL;
  if (elements.length === 1) return first;
  const value = elements.map((element) => (element as { value: unknown }).value);
  return { type: `${first.type}[]`, value } as unknown as Static;
}

/**
 * `left operator right` for values of any type. Types that do not go together give false, for `!=`
 * too, and so do two arrays.
 *
 * An array with a scalar: true when some element passes; `!=` when every element does.
 */
export function compareStatics(operator: ComparisonOperator, left: Static, right: Static): boolean {
  if (isArray(left))
    return (
      !isArray(right) &&
      passesWithElements(operator, left, (element) => compareStatics(operator, element, right))
    );
  if (isArray(right))
    return passesWithElements(operator, right, (element) =>
      compareStatics(operator, left, element),
    );
  const result = applyBinary(operator, left, right);
  return result !== undefined && isTrue(result);
}

/** Some element passes; for `!=` and `!~`, every element. */
export function passesWithElements(
  operator: ComparisonOperator,
  array: ArrayStatic,
  passes: (element: Static) => boolean,
): boolean {
  const elements = arrayElements(array);
  return isNegative(operator) ? elements.every(passes) : elements.some(passes);
}

/** Operators that an array passes only with every element. */
export function isNegative(operator: ComparisonOperator): boolean {
  return operator === '!=' || operator === '!~';
}

/** What `5 < x` is with `x` on the left: `x > 5`. */
export function flipComparison(operator: ComparisonOperator): ComparisonOperator {
  const flipped: Partial<Record<ComparisonOperator, ComparisonOperator>> = {
    '<': '>',
    '<=': '>=',
    '>': '<',
    '>=': '<=',
  };
  return flipped[operator] ?? operator;
}

/**
 * Arithmetic on values of any type; operands that are not numbers give false.
 *
 * @throws QueryError when an integer is divided by the integer zero.
 */
export function applyArithmetic(operator: ArithmeticOperator, left: Static, right: Static): Static {
  if (!isNumber(left) || !isNumber(right)) return FALSE;
  const result = applyBinary(operator, left, right);
  if (!result)
    throw new QueryError('failed', `${operator === '%' ? 'modulo' : 'division'} by zero`);
  return result;
}

/** Equal for equal values of one type, different otherwise: the key of a group. */
export function staticKey(value: Static): string {
  if (value.type === 'nil') return 'nil';
  if (isArray(value))
    return `${value.type}:${JSON.stringify(arrayElements(value).map((element) => staticKey(element)))}`;
  return `${value.type}:${value.value}`;
}
