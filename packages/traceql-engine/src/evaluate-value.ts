/**
 * Any field expression on one span, with exact values. It is the way of everything that columns
 * cannot be tested for, and says the same as the tests on columns where both apply.
 */
import { QueryError } from '@tempo-ts/ports';
import { applyUnary, type Field, type FieldExpression, type Static } from '@tempo-ts/traceql';
import type { BatchView } from './batch-view.ts';
import { conditionOf, isComparison, isField, passesCondition } from './condition.ts';
import { boundLane, flatten } from './condition-tree.ts';
import { fieldReader, laneOfField, type Row } from './read-field.ts';
import { applyArithmetic, compareStatics, FALSE, isTrue, truth } from './static-values.ts';

/** The value of an expression for a row. */
export type Evaluator = (row: Row) => Static;

/**
 * The evaluator of `expression` over the spans of a batch.
 *
 * It throws QueryError `failed` on `!` of a value that is not a boolean, on `-` of one that is
 * not a number, and on the division of an integer by zero.
 */
export function valueEvaluator(view: BatchView, expression: FieldExpression): Evaluator {
  switch (expression.kind) {
    case 'literal':
      return () => expression.value;
    case 'attribute':
    case 'intrinsic':
      return fieldReader(view, expression);
    case 'existence':
      return existenceEvaluator(view, expression.operand, expression.exists);
    case 'unary':
      return unaryEvaluator(view, expression.operator, expression.operand);
    case 'binary':
      return binaryEvaluator(view, expression);
  }
}

/** The boolean of a condition: whether its value is true; of a field of an event: of some event. */
export function conditionEvaluator(
  view: BatchView,
  expression: FieldExpression,
): (row: Row) => boolean {
  const evaluate = valueEvaluator(view, expression);
  if (isField(expression)) {
    const lane = laneOfField(expression);
    if (lane === 'event' || lane === 'link')
      return someRow(view, lane, [(row) => isTrue(evaluate(row))]);
  }
  return (row) => isTrue(evaluate(row));
}

function existenceEvaluator(view: BatchView, operand: FieldExpression, exists: boolean): Evaluator {
  const evaluate = valueEvaluator(view, operand);
  const passes = (row: Row) => (evaluate(row).type !== 'nil') === exists;
  const lane = isField(operand) ? laneOfField(operand) : undefined;
  if (lane !== 'event' && lane !== 'link') return (row) => truth(passes(row));
  const some = someRow(view, lane, [passes]);
  return (row) => truth(some(row));
}

function unaryEvaluator(view: BatchView, operator: '-' | '!', operand: FieldExpression): Evaluator {
  const evaluate = valueEvaluator(view, operand);
  return (row) => {
    const value = evaluate(row);
    // Nothing, and the false of arithmetic on nothing, are no failures.
    if (value.type === 'nil' || (operator === '-' && value.type === 'bool')) return FALSE;
    const result = applyUnary(operator, value);
    if (result) return result;
    const wanted = operator === '!' ? 'a boolean' : 'a number';
    throw new QueryError(
      'failed',
      `operator ${operator} expected ${wanted}, but got ${value.type}`,
    );
  };
}

type Binary = Extract<FieldExpression, { kind: 'binary' }>;

function binaryEvaluator(view: BatchView, expression: Binary): Evaluator {
  const { operator } = expression;
  if (operator === '&&') return conjunctionEvaluator(view, flatten(expression, '&&'));
  if (operator === '||') {
    const parts = flatten(expression, '||').map((part) => conditionEvaluator(view, part));
    return (row) => truth(parts.some((part) => part(row)));
  }
  if (isComparison(operator)) {
    const passes = comparisonEvaluator(view, expression);
    const lane = aboutLane(expression);
    if (!lane) return (row) => truth(passes(row));
    const some = someRow(view, lane, [passes]);
    return (row) => truth(some(row));
  }
  const left = valueEvaluator(view, expression.left);
  const right = valueEvaluator(view, expression.right);
  return (row) => applyArithmetic(operator, left(row), right(row));
}

/** The comparison on the row as it is, with its event and link. */
function comparisonEvaluator(view: BatchView, expression: Binary): (row: Row) => boolean {
  const condition = conditionOf(expression);
  if (condition) {
    const read = fieldReader(view, condition.field);
    return (row) => passesCondition(condition, read(row));
  }
  const { operator } = expression;
  if (!isComparison(operator)) return () => false;
  const left = valueEvaluator(view, expression.left);
  const right = valueEvaluator(view, expression.right);
  return (row) => compareStatics(operator, left(row), right(row));
}

/** Conditions on events must hold for one event, those on links for one link. */
function conjunctionEvaluator(view: BatchView, parts: readonly FieldExpression[]): Evaluator {
  const steps: ((row: Row) => boolean)[] = [];
  const groups = new Map<'event' | 'link', ((row: Row) => boolean)[]>();
  for (const part of parts) {
    const lane = aboutLane(part);
    if (!lane) {
      steps.push(conditionEvaluator(view, part));
      continue;
    }
    const group = groups.get(lane);
    if (group) group.push(onRow(view, part));
    else {
      const conditions = [onRow(view, part)];
      groups.set(lane, conditions);
      steps.push(someRow(view, lane, conditions));
    }
  }
  return (row) => truth(steps.every((step) => step(row)));
}

/** The lane of a condition that is about one event or link. */
export function aboutLane(expression: FieldExpression): 'event' | 'link' | undefined {
  const field: Field | undefined = isField(expression)
    ? expression
    : expression.kind === 'existence' && isField(expression.operand)
      ? expression.operand
      : conditionOf(expression)?.field;
  if (!field) return boundLane(expression);
  const lane = laneOfField(field);
  return lane === 'event' || lane === 'link' ? lane : undefined;
}

/** A condition about one event or link, on the row as it is. */
export function onRow(view: BatchView, expression: FieldExpression): (row: Row) => boolean {
  if (expression.kind === 'binary') return comparisonEvaluator(view, expression);
  if (expression.kind === 'existence') {
    const evaluate = valueEvaluator(view, expression.operand);
    return (row) => (evaluate(row).type !== 'nil') === expression.exists;
  }
  const evaluate = valueEvaluator(view, expression);
  return (row) => isTrue(evaluate(row));
}

/** Whether some event (link) of the span passes; the one the row names, if it names one. */
function someRow(
  view: BatchView,
  lane: 'event' | 'link',
  conditions: readonly ((row: Row) => boolean)[],
): (row: Row) => boolean {
  const { spans } = view.batch;
  return (row) => {
    if (row[lane] >= 0) return conditions.every((condition) => condition(row));
    const offsets = lane === 'event' ? spans.eventOffsets : spans.linkOffsets;
    const end = offsets[row.span + 1]!;
    const inner: Row = { ...row };
    for (let i = offsets[row.span]!; i < end; i += 1) {
      inner[lane] = i;
      if (conditions.every((condition) => condition(inner))) return true;
    }
    return false;
  };
}
