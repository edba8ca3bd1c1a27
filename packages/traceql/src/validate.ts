/**
 * What the grammar allows but no query can mean: types that do not go together, values out of range,
 * parts of the language that are reserved (SPEC V1 to V12). Messages are Tempo's.
 */
import type { BinaryOperation, FieldExpression } from './ast/field-expression.ts';
import type { MetricsAggregate, MetricsCompare, MetricsStage } from './ast/metrics.ts';
import type { Aggregate, PipelineStage, ScalarExpression, ScalarFilter } from './ast/pipeline.ts';
import type { Query } from './ast/query.ts';
import { MAX_REPEATED_PATTERN_POSITIONS } from './limits.ts';
import { PATTERN_OPERATORS } from './operators.ts';
import { compilePattern, patternPositions } from './pattern.ts';
import { printAggregate, printExpression, printField, printFilter, printGroup } from './print.ts';
import { TraceQlError } from './traceql-error.ts';
import {
  isNumeric,
  operatorAllowed,
  referencesSpan,
  typeOf,
  typesMatch,
  unaryAllowed,
} from './expression-type.ts';

const MAX_GROUP_BY = 5;
/** Of functions whose series carry a label of their own or weights. */
const MAX_GROUP_BY_WITH_LABEL = 4;
const LABELLED: ReadonlySet<string> = new Set([
  'quantile_over_time',
  'histogram_over_time',
  'avg_over_time',
]);

/** Throws a {@link TraceQlError} unless `query` means something. */
export function validate(query: Query): void {
  checkPatternSizes(query);
  for (const stage of query.pipeline.stages) validateStage(stage);
  const { metrics, secondStages } = query;
  if (metrics) validateMetrics(metrics);
  for (const stage of secondStages) {
    if (metrics?.kind === 'metrics-compare')
      fail('`compare()` cannot be used with second stage functions');
    if (stage.kind !== 'metrics-filter' && stage.limit <= 0) fail('limit must be greater than 0');
  }
}

/** Before any pattern is compiled: how large all of them are, with their repetitions written out. */
function checkPatternSizes(query: Query): void {
  let added = 0;
  for (const node of nodesOf(query)) {
    const { kind, operator, right } = node as Partial<BinaryOperation>;
    if (kind !== 'binary' || !PATTERN_OPERATORS.has(operator!)) continue;
    if (right?.kind !== 'literal' || right.value.type !== 'string') continue;
    const source = right.value.value;
    added += Math.max(0, patternPositions(source) - source.length);
    if (added > MAX_REPEATED_PATTERN_POSITIONS)
      throw new TraceQlError(
        'too_large',
        `regular expressions repeat more than ${MAX_REPEATED_PATTERN_POSITIONS} positions`,
      );
  }
}

/** Every object of a syntax tree. */
function* nodesOf(root: object): Iterable<object> {
  const waiting: object[] = [root];
  for (let node = waiting.pop(); node; node = waiting.pop()) {
    yield node;
    for (const child of Object.values(node) as unknown[])
      if (typeof child === 'object' && child !== null) waiting.push(child);
  }
}

function fail(message: string): never {
  throw new TraceQlError('invalid', message);
}

function failUnsupported(message: string): never {
  throw new TraceQlError('unsupported', message);
}

function validateStage(stage: PipelineStage): void {
  switch (stage.kind) {
    case 'spanset-filter': {
      validateExpression(stage.expression);
      const type = typeOf(stage.expression);
      if (type !== 'bool' && type !== 'attribute')
        fail(`span filter field expressions must resolve to a boolean: ${printFilter(stage)}`);
      break;
    }
    case 'spanset-operation':
      validateStage(stage.left);
      validateStage(stage.right);
      break;
    case 'pipeline':
      for (const inner of stage.stages) validateStage(inner);
      break;
    case 'scalar-filter':
      validateScalarFilter(stage);
      break;
    case 'group':
      validateExpression(stage.expression);
      if (!referencesSpan(stage.expression))
        fail(`grouping field expressions must reference the span: ${printGroup(stage.expression)}`);
      break;
    case 'select':
      for (const field of stage.fields) validateExpression(field);
      break;
    case 'coalesce':
      break;
  }
}

function validateScalarFilter({ left, right }: ScalarFilter): void {
  validateScalar(left);
  validateScalar(right);
  // The verb is left as it stands in Tempo's own message.
  if (left.kind !== 'aggregate')
    failUnsupported('scalar filter lhs of type (%v) not yet supported');
  if (right.kind !== 'scalar-literal')
    failUnsupported('scalar filter rhs of type (%v) not yet supported');
}

function validateScalar(scalar: ScalarExpression): void {
  switch (scalar.kind) {
    case 'aggregate':
      return validateAggregate(scalar);
    case 'scalar-operation':
      validateScalar(scalar.left);
      return validateScalar(scalar.right);
    case 'scalar-pipeline':
      for (const stage of scalar.pipeline.stages) validateStage(stage);
      return validateAggregate(scalar.aggregate);
    case 'scalar-literal':
      return;
  }
}

function validateAggregate(aggregate: Aggregate): void {
  const { operand } = aggregate;
  if (!operand) return;
  validateExpression(operand);
  const type = typeOf(operand);
  if (type !== 'attribute' && !isNumeric(type))
    fail(`aggregate field expressions must resolve to a number type: ${printAggregate(aggregate)}`);
  if (!referencesSpan(operand))
    fail(`aggregate field expressions must reference the span: ${printAggregate(aggregate)}`);
}

function validateExpression(expression: FieldExpression): void {
  switch (expression.kind) {
    case 'literal':
      return;
    case 'attribute':
      if (expression.parent) failUnsupported('parent not yet supported');
      return;
    case 'intrinsic':
      if (expression.name === 'parent') failUnsupported('intrinsic (parent) not yet supported');
      return;
    case 'existence':
      validateExpression(expression.operand);
      if (!expression.exists) validateAbsence(expression.operand);
      return;
    case 'unary':
      validateExpression(expression.operand);
      if (!unaryAllowed(expression.operator, typeOf(expression.operand)))
        fail(`illegal operation for the given type: ${printExpression(expression)}`);
      return;
    case 'binary':
      validateExpression(expression.left);
      validateExpression(expression.right);
      validateBinary(expression);
  }
}

/** `x = nil` makes no sense on what always exists. */
function validateAbsence(operand: FieldExpression): void {
  if (operand.kind === 'intrinsic')
    fail(`${operand.name}=nil is not valid because intrinsics cannot be nil`);
  if (operand.kind !== 'attribute') return;
  const { scope, name } = operand;
  if (scope === 'resource' && name === 'service.name')
    fail(`${printField(operand)}=nil is not valid because resource.service.name cannot be nil`);
}

function validateBinary(operation: BinaryOperation): void {
  const { operator, left, right } = operation;
  const [leftType, rightType] = [typeOf(left), typeOf(right)];
  if (!typesMatch(leftType, rightType))
    fail(`binary operations must operate on the same type: ${printExpression(operation)}`);
  if (!operatorAllowed(operator, leftType) || !operatorAllowed(operator, rightType))
    fail(`illegal operation for the given types: ${printExpression(operation)}`);
  if (!PATTERN_OPERATORS.has(operator)) return;
  if (right.kind !== 'literal') fail(`invalid type for =~ or !~: ${printExpression(right)}`);
  if (right.value.type !== 'string' || !compilePattern(right.value.value))
    fail(`invalid regex: ${printExpression(right)}`);
}

function validateMetrics(metrics: MetricsStage): void {
  if (metrics.kind === 'metrics-compare') validateCompare(metrics);
  else validateMetricsAggregate(metrics);
}

function validateMetricsAggregate(metrics: MetricsAggregate): void {
  const { field, by, quantiles } = metrics;
  if (field) validateExpression(field);
  const limit = LABELLED.has(metrics.function) ? MAX_GROUP_BY_WITH_LABEL : MAX_GROUP_BY;
  if (by.length > limit) failUnsupported(`metrics group by ${by.length} values not yet supported`);
  for (const quantile of quantiles)
    if (quantile > 1) fail(`quantile must be between 0 and 1: ${quantile}`);
}

function validateCompare({
  selection,
  topN,
  startUnixNano,
  endUnixNano,
  hasRange,
}: MetricsCompare): void {
  validateStage(selection);
  if (topN <= 0) fail('compare() top number of values must be integer greater than 0');
  if (!hasRange) return;
  if (startUnixNano <= 0n || endUnixNano <= 0n)
    fail('compare() timestamps must be positive integer unix nanoseconds');
  if (endUnixNano <= startUnixNano)
    fail('compare() end timestamp must be greater than start timestamp');
}
