/** Whole queries as the parser builds them; they follow the grammar and need not pass validation. */
import fc from 'fast-check';
import type {
  MetricsSecondStage,
  MetricsStage,
  Pipeline,
  PipelineStage,
  Query,
  ScalarExpression,
  SpansetExpression,
  SpansetFilter,
  SpansetOperator,
  Static,
} from '../ast/index.ts';
import { NUMBER_COMPARISONS, SPANSET_LEVEL } from '../operators.ts';
import {
  arbitraryField,
  arbitraryFieldExpression,
  arbitraryLiteral,
  isNegative,
} from './arbitrary-expression.ts';

const arbitraryFilter: fc.Arbitrary<SpansetFilter> = arbitraryFieldExpression.map((expression) => ({
  kind: 'spanset-filter',
  expression,
}));

const spansetOperators = [...SPANSET_LEVEL.keys()] as SpansetOperator[];

/** Operations on what `operand` gives. */
function operationsOn(operand: fc.Arbitrary<SpansetExpression>): fc.Arbitrary<SpansetExpression> {
  return fc
    .tuple(fc.constantFrom(...spansetOperators), operand, operand)
    .map(([operator, left, right]) => ({ kind: 'spanset-operation', operator, left, right }));
}

const arbitrarySpanset: fc.Arbitrary<SpansetExpression> = fc.letrec<{ set: SpansetExpression }>(
  (tie) => ({
    set: fc.oneof({ maxDepth: 3, depthSize: 'small' }, arbitraryFilter, operationsOn(tie('set'))),
  }),
).set;

const arbitraryNumber: fc.Arbitrary<Static> = arbitraryLiteral.filter(
  ({ type }) => type === 'int' || type === 'float' || type === 'duration',
);

const arbitraryScalar: fc.Arbitrary<ScalarExpression> = fc.letrec<{ scalar: ScalarExpression }>(
  (tie) => ({
    scalar: fc.oneof(
      { maxDepth: 3, depthSize: 'small' },
      fc.constant<ScalarExpression>({ kind: 'aggregate', operator: 'count' }),
      fc.record({
        kind: fc.constant('aggregate' as const),
        operator: fc.constantFrom('max' as const, 'min' as const, 'avg' as const, 'sum' as const),
        operand: arbitraryFieldExpression,
      }),
      arbitraryNumber.map((value) => ({ kind: 'scalar-literal' as const, value })),
      fc.record({
        kind: fc.constant('scalar-operation' as const),
        operator: fc.constantFrom('+' as const, '-' as const, '*' as const, '^' as const),
        left: tie('scalar'),
        right: tie('scalar'),
      }),
    ),
  }),
).scalar;

const arbitraryStart: fc.Arbitrary<PipelineStage> = fc.oneof(
  arbitrarySpanset,
  fc.record({
    kind: fc.constant('scalar-filter' as const),
    operator: fc.constantFrom(...NUMBER_COMPARISONS),
    left: arbitraryScalar,
    right: arbitraryScalar,
  }),
  arbitraryFieldExpression.map((expression) => ({ kind: 'group' as const, expression })),
  fc
    .array(arbitraryField, { minLength: 1, maxLength: 3 })
    .map((fields) => ({ kind: 'select' as const, fields })),
);

/** Pipelines without parenthesised pipelines. */
export const arbitraryPipeline: fc.Arbitrary<Pipeline> = fc
  .tuple(
    arbitraryStart,
    fc.array(fc.oneof(arbitraryStart, fc.constant({ kind: 'coalesce' as const })), {
      maxLength: 2,
    }),
  )
  .map(([first, rest]) => ({ kind: 'pipeline', stages: [first, ...rest] }));

/** Operations between pipelines that are more than a spanset expression. */
const arbitraryWrapped: fc.Arbitrary<Pipeline> = operationsOn(
  fc.oneof(
    arbitrarySpanset,
    arbitraryPipeline.filter(({ stages }) => stages.length > 1),
  ),
).map((operation) => ({ kind: 'pipeline', stages: [operation] }));

const arbitraryMetrics: fc.Arbitrary<MetricsStage> = fc.oneof(
  fc.record({
    kind: fc.constant('metrics-aggregate' as const),
    function: fc.constantFrom('rate' as const, 'count_over_time' as const),
    quantiles: fc.constant([]),
    by: fc.array(arbitraryField, { maxLength: 3 }),
  }),
  fc.record({
    kind: fc.constant('metrics-aggregate' as const),
    function: fc.constantFrom('sum_over_time' as const, 'histogram_over_time' as const),
    field: arbitraryField,
    quantiles: fc.constant([]),
    by: fc.array(arbitraryField, { maxLength: 3 }),
  }),
  fc.record({
    kind: fc.constant('metrics-aggregate' as const),
    function: fc.constant('quantile_over_time' as const),
    field: arbitraryField,
    quantiles: fc.array(fc.constantFrom(0, 0.5, 0.99, 1), { minLength: 1, maxLength: 3 }),
    by: fc.constant([]),
  }),
  fc.record({
    kind: fc.constant('metrics-compare' as const),
    selection: arbitraryFilter,
    topN: fc.integer({ min: 1, max: 20 }),
    startUnixNano: fc.constant(1n),
    endUnixNano: fc.constant(5n),
    hasRange: fc.constant(true),
  }),
);

const arbitrarySecondStage: fc.Arbitrary<MetricsSecondStage> = fc.oneof(
  fc.record({
    kind: fc.constantFrom('topk' as const, 'bottomk' as const),
    limit: fc.integer({ min: 1, max: 9 }),
  }),
  fc.record({
    kind: fc.constant('metrics-filter' as const),
    operator: fc.constantFrom(...NUMBER_COMPARISONS),
    value: arbitraryNumber,
  }),
);

const arbitraryHints = fc.array(
  fc.record({
    name: fc.constantFrom('most_recent', 'sample', 'exemplars'),
    value: arbitraryLiteral.filter((value) => !isNegative(value)),
  }),
  { maxLength: 2 },
);

/** Queries of every form. */
export const arbitraryQuery: fc.Arbitrary<Query> = fc.oneof(
  fc.record({
    pipeline: fc.oneof(arbitraryPipeline, arbitraryWrapped),
    secondStages: fc.constant([]),
    hints: arbitraryHints,
  }),
  fc.record({
    pipeline: arbitraryPipeline,
    metrics: arbitraryMetrics,
    secondStages: fc.array(arbitrarySecondStage, { maxLength: 2 }),
    hints: arbitraryHints,
  }),
);
