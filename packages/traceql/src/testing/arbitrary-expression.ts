/**
 * Expressions as the parser builds them: constants are folded, names and values of every kind. They
 * follow the grammar; unless `valid` they need not pass validation.
 */
import fc from 'fast-check';
import type {
  Attribute,
  BinaryOperator,
  Field,
  FieldExpression,
  IntrinsicName,
} from '../ast/index.ts';
import type { Static } from '../ast/index.ts';
import { binaryOperation, existenceTest, literal, unaryOperation } from '../fold-constants.ts';

const INTRINSICS: readonly IntrinsicName[] = [
  'duration',
  'name',
  'status',
  'statusMessage',
  'kind',
  'span:id',
  'span:parentID',
  'span:childCount',
  'trace:id',
  'traceDuration',
  'rootName',
  'rootServiceName',
  'event:name',
  'event:timeSinceStart',
  'link:traceID',
  'link:spanID',
  'instrumentation:name',
  'instrumentation:version',
  'nestedSetLeft',
  'nestedSetRight',
  'nestedSetParent',
];
const OPERATORS: readonly BinaryOperator[] = [
  '=',
  '!=',
  '<',
  '<=',
  '>',
  '>=',
  '=~',
  '!~',
  '+',
  '-',
  '*',
  '/',
  '%',
  '^',
  '&&',
  '||',
];
/** Operators that bind tighter than unary minus: a negative number on their left reads differently. */
const TIGHT: ReadonlySet<string> = new Set(['*', '/', '%', '^']);

const arbitraryName = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('foo', 'http.status_code', 'service.name', 'a-b', '5x') },
  { weight: 1, arbitrary: fc.string({ maxLength: 6 }) },
);

const arbitraryAttribute: fc.Arbitrary<Attribute> = fc.record({
  kind: fc.constant('attribute' as const),
  scope: fc.constantFrom(
    'none' as const,
    'span' as const,
    'resource' as const,
    'event' as const,
    'link' as const,
    'instrumentation' as const,
  ),
  parent: fc.constant(false),
  name: arbitraryName,
});

/** Attributes of every scope and intrinsics. */
export const arbitraryField: fc.Arbitrary<Field> = fc.oneof(
  arbitraryAttribute,
  fc.constantFrom(...INTRINSICS).map((name) => ({ kind: 'intrinsic' as const, name })),
);

const MAX_INT = 2n ** 63n - 1n;

/** Values that can be written in a query. */
export const arbitraryLiteral: fc.Arbitrary<Static> = fc.oneof(
  fc.record({
    type: fc.constant('int' as const),
    value: fc.oneof(fc.bigInt(-5n, 5n), fc.bigInt(-MAX_INT, MAX_INT)),
  }),
  fc.record({
    type: fc.constant('float' as const),
    value: fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.constantFrom(0.5, -1.5, 2, 1e6, 1e21),
    ),
  }),
  fc.record({
    type: fc.constant('string' as const),
    value: fc.string({ unit: 'grapheme', maxLength: 8 }),
  }),
  fc.record({ type: fc.constant('bool' as const), value: fc.boolean() }),
  fc.record({
    type: fc.constant('duration' as const),
    value: fc.oneof(fc.bigInt(0n, MAX_INT), fc.constantFrom(1_500_000_000n, 90_000_000_000n)),
  }),
  fc.record({
    type: fc.constant('status' as const),
    value: fc.constantFrom('ok' as const, 'error' as const, 'unset' as const),
  }),
  fc.record({
    type: fc.constant('kind' as const),
    value: fc.constantFrom('server' as const, 'client' as const, 'unspecified' as const),
  }),
);

/** Whole expressions; the trees are those that parsing gives, so constants are folded. */
export const arbitraryFieldExpression: fc.Arbitrary<FieldExpression> = fc.letrec<{
  expression: FieldExpression;
}>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 5, depthSize: 'small' },
    arbitraryField,
    arbitraryLiteral.map(literal),
    fc
      .tuple(fc.constantFrom('-' as const, '!' as const), tie('expression'))
      .map(([operator, operand]) => unaryOperation(operator, operand)),
    fc
      .tuple(fc.boolean(), tie('expression'))
      .map(([exists, operand]) => existenceTest(exists, operand)),
    fc
      .tuple(fc.constantFrom(...OPERATORS), tie('expression'), tie('expression'))
      .filter(
        ([operator, left]) =>
          !(TIGHT.has(operator) && left.kind === 'literal' && isNegative(left.value)),
      )
      .map(([operator, left, right]) => binaryOperation(operator, left, right))
      .filter(canBeWritten),
  ),
})).expression;

/** False for a constant that folding made infinite or no number: no literal says that. */
function canBeWritten(expression: FieldExpression): boolean {
  if (expression.kind !== 'literal' || expression.value.type !== 'float') return true;
  return Number.isFinite(expression.value.value);
}

/** Whether `value` prints with a minus. */
export function isNegative(value: Static): boolean {
  const isNumber = value.type === 'int' || value.type === 'float' || value.type === 'duration';
  return isNumber && (value.value < 0 || Object.is(value.value, -0));
}
