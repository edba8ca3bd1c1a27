/**
 * Conditions: a field compared with a literal, the part of expressions that is decided on column
 * values, once per distinct value where a column has a dictionary (spec §5.2).
 */
import { compareBytes } from '@tempo-ts/span-batch';
import { QueryError } from '@tempo-ts/ports';
import type { ComparisonOperator, Field, FieldExpression, Static } from '@tempo-ts/traceql';
import { int64Range, isInRange, type Int64Range } from './int64.ts';
import { compilePattern, type Pattern } from './pattern.ts';
import {
  compareStatics,
  flipComparison,
  isArray,
  isNegative,
  isNumber,
  passesWithElements,
} from './static-values.ts';
import { encodeUtf8, trimLeadingZeros } from './hex-text.ts';

/** `field operator literal`. */
export interface Condition {
  readonly field: Field;
  readonly operator: ComparisonOperator;
  readonly literal: Static;
}

/** The comparison as a condition, turned round when the literal is on the left. */
export function conditionOf(expression: FieldExpression): Condition | undefined {
  if (expression.kind !== 'binary' || !isComparison(expression.operator)) return undefined;
  const { operator, left, right } = expression;
  if (isField(left) && right.kind === 'literal')
    return { field: left, operator, literal: right.value };
  if (left.kind === 'literal' && isField(right))
    return { field: right, operator: flipComparison(operator), literal: left.value };
  return undefined;
}

export function isComparison(operator: string): operator is ComparisonOperator {
  return ['=', '!=', '<', '<=', '>', '>=', '=~', '!~'].includes(operator);
}

export function isField(expression: FieldExpression): expression is Field {
  return expression.kind === 'attribute' || expression.kind === 'intrinsic';
}

/** What each type of stored value must be to pass; undefined when no value of the type passes. */
export interface ValueTest {
  /** An array passes with every element, not with any. */
  readonly isNegative: boolean;
  /** False: an array of several elements never passes. */
  readonly takesArrays: boolean;
  readonly string: StringTest | undefined;
  readonly int: Int64Range | undefined;
  readonly double: ((value: number) => boolean) | undefined;
  readonly bool: ((value: boolean) => boolean) | undefined;
  /** A status or kind that must be met, or must not. */
  readonly keyword: ((value: string) => boolean) | undefined;
}

/** Equality goes by dictionary code, everything else by bytes. */
export type StringTest =
  | { readonly kind: 'equal'; readonly text: Uint8Array; readonly isNegated: boolean }
  | {
      readonly kind: 'bytes';
      readonly passes: (bytes: Uint8Array, start: number, end: number) => boolean;
    };

const NOTHING: ValueTest = {
  isNegative: false,
  takesArrays: true,
  string: undefined,
  int: undefined,
  double: undefined,
  bool: undefined,
  keyword: undefined,
};

/** Passes every value there is; the test of `!= nil`. */
export const ANY_VALUE: ValueTest = {
  isNegative: false,
  takesArrays: true,
  string: { kind: 'bytes', passes: () => true },
  int: int64Range('>=', -(2n ** 63n)),
  double: () => true,
  bool: () => true,
  keyword: () => true,
};

/** Passes the boolean true; the test of a bare attribute. */
export const IS_TRUE: ValueTest = { ...NOTHING, takesArrays: false, bool: (value) => value };

/**
 * The test of a condition. Attributes are tested strictly: a literal meets values of its own type
 * alone. Numeric intrinsics take any number, durations as their nanoseconds.
 *
 * @throws QueryError `failed` for an operator or literal the intrinsic does not take.
 */
export function valueTestOf(condition: Condition): ValueTest {
  const { field, operator } = condition;
  const literal = normalizeLiteral(field, condition.literal);
  if (field.kind === 'intrinsic') checkIntrinsic(field.name, operator, literal);
  const negative = isNegative(operator);
  switch (literal.type) {
    case 'string':
      return { ...NOTHING, isNegative: negative, string: stringTest(operator, literal.value) };
    case 'int':
      return { ...NOTHING, isNegative: negative, int: int64Range(operator, literal.value) };
    case 'float':
      return field.kind === 'intrinsic'
        ? { ...NOTHING, int: int64Range(operator, literal.value) }
        : { ...NOTHING, isNegative: negative, double: doubleTest(operator, literal.value) };
    case 'duration':
      return field.kind === 'intrinsic'
        ? { ...NOTHING, int: int64Range(operator, literal.value) }
        : NOTHING;
    case 'bool':
      return { ...NOTHING, isNegative: negative, bool: boolTest(operator, literal.value) };
    case 'status':
    case 'kind':
      return field.kind === 'intrinsic'
        ? { ...NOTHING, keyword: keywordTest(operator, literal.value) }
        : NOTHING;
    default:
      return NOTHING;
  }
}

/** Trace ids are compared as they are printed, without leading zeros. */
function normalizeLiteral(field: Field, literal: Static): Static {
  const isTraceId =
    field.kind === 'intrinsic' && (field.name === 'trace:id' || field.name === 'link:traceID');
  return isTraceId && literal.type === 'string'
    ? { type: 'string', value: trimLeadingZeros(literal.value) }
    : literal;
}

const ID_INTRINSICS = new Set([
  'trace:id',
  'span:id',
  'span:parentID',
  'link:traceID',
  'link:spanID',
]);

function checkIntrinsic(name: string, operator: ComparisonOperator, literal: Static): void {
  if (ID_INTRINSICS.has(name) && ['<', '<=', '>', '>='].includes(operator))
    throw new QueryError('failed', `operator not supported for IDs: ${operator}`);
  if (name.startsWith('instrumentation:') && literal.type !== 'string')
    throw new QueryError(
      'failed',
      `${name} is a string and cannot be compared with ${literal.type}`,
    );
}

function stringTest(operator: ComparisonOperator, literal: string): StringTest {
  const text = encodeUtf8(literal);
  switch (operator) {
    case '=':
    case '!=':
      return { kind: 'equal', text, isNegated: operator === '!=' };
    case '=~':
      return { kind: 'bytes', passes: patternTest(compilePattern(literal), false) };
    case '!~':
      return { kind: 'bytes', passes: patternTest(compilePattern(literal), true) };
    case '<':
      return orderTest((order) => order < 0, text);
    case '<=':
      return orderTest((order) => order <= 0, text);
    case '>':
      return orderTest((order) => order > 0, text);
    case '>=':
      return orderTest((order) => order >= 0, text);
  }
}

function patternTest(pattern: Pattern, isNegated: boolean) {
  return (bytes: Uint8Array, start: number, end: number) =>
    pattern.matches(bytes, start, end) !== isNegated;
}

function orderTest(accepts: (order: number) => boolean, text: Uint8Array): StringTest {
  return {
    kind: 'bytes',
    passes: (bytes, start, end) => accepts(compareBytes(bytes, start, end, text, 0, text.length)),
  };
}

function doubleTest(operator: ComparisonOperator, literal: number) {
  switch (operator) {
    case '=':
      return (value: number) => value === literal;
    case '!=':
      return (value: number) => value !== literal;
    case '<':
      return (value: number) => value < literal;
    case '<=':
      return (value: number) => value <= literal;
    case '>':
      return (value: number) => value > literal;
    case '>=':
      return (value: number) => value >= literal;
    default:
      return undefined;
  }
}

function boolTest(operator: ComparisonOperator, literal: boolean) {
  if (operator === '=') return (value: boolean) => value === literal;
  return operator === '!=' ? (value: boolean) => value !== literal : undefined;
}

function keywordTest(operator: ComparisonOperator, literal: string) {
  if (operator === '=') return (value: string) => value === literal;
  return operator === '!=' ? (value: string) => value !== literal : undefined;
}

/** Whether one value, already read, passes the condition; used beside the tests on columns. */
export function passesCondition(condition: Condition, value: Static): boolean {
  const { field, operator } = condition;
  const literal = normalizeLiteral(field, condition.literal);
  if (isArray(value))
    return passesWithElements(operator, value, (element) => passesCondition(condition, element));
  if (operator === '=~' || operator === '!~') {
    if (value.type !== 'string' || literal.type !== 'string') return false;
    return compilePattern(literal.value).matchesText(value.value) === (operator === '=~');
  }
  if (field.kind === 'intrinsic') {
    checkIntrinsic(field.name, operator, literal);
    if (isNumber(value) && isNumber(literal))
      return passesRange(int64Range(operator, literal.value), value.value as bigint);
  }
  if (value.type !== literal.type || literal.type === 'nil') return false;
  return compareStatics(operator, value, literal);
}

function passesRange(range: Int64Range, value: bigint): boolean {
  return isInRange(range, Number(value & 0xffffffffn), Number(value >> 32n));
}
