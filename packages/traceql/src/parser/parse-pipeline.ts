/**
 * Pipelines and the operators between spansets and between whole pipelines (SPEC G3 to G6).
 *
 * A parenthesis can open a spanset expression, a whole pipeline, or a scalar. Which one it was is
 * known when it is closed, so operands carry what they turned out to be.
 */
import type { ComparisonOperator } from '../ast/field-expression.ts';
import type {
  Aggregate,
  Pipeline,
  PipelineStage,
  ScalarExpression,
  ScalarFilter,
  SpansetExpression,
  SpansetFilter,
  SpansetOperator,
} from '../ast/pipeline.ts';
import { literal } from '../fold-constants.ts';
import { NUMBER_COMPARISONS, SPANSET_LEVEL } from '../operators.ts';
import { parseField } from './parse-field.ts';
import { parseFieldExpression } from './parse-field-expression.ts';
import { continueScalar, parsePlainScalar, seesScalar } from './parse-scalar.ts';
import type { TokenCursor } from './token-cursor.ts';

/** What was read where a stage may begin. */
export type Start =
  /** Can be a stage. `grouped`: every operand stood in parentheses, so pipelines may join it. */
  | { readonly kind: 'spanset'; readonly expression: SpansetExpression; readonly grouped: boolean }
  /** Operators between whole pipelines: nothing may follow it but another such operator. */
  | { readonly kind: 'wrapped'; readonly expression: SpansetExpression }
  | { readonly kind: 'stage'; readonly stage: PipelineStage }
  /** A scalar without comparison: only of use inside parentheses. */
  | { readonly kind: 'scalar'; readonly expression: ScalarExpression };

type SpansetStart = Extract<Start, { kind: 'spanset' | 'wrapped' }>;

/** Reads the first stage of a pipeline; parentheses around whole pipelines are allowed. */
export function parseStart(cursor: TokenCursor): Start {
  return parseSimpleStage(cursor) ?? parseOperations(cursor, true);
}

/** Reads a later stage: parentheses hold spanset expressions only, and `coalesce()` is one more. */
export function parseStage(cursor: TokenCursor): PipelineStage {
  if (cursor.takeIf('coalesce')) {
    cursor.expect(['(']);
    cursor.expect([')']);
    return { kind: 'coalesce' };
  }
  return stageOf(cursor, parseSimpleStage(cursor) ?? parseOperations(cursor, false));
}

/** The stage that `start` is; refuses the next token when it is none yet. */
export function stageOf(cursor: TokenCursor, start: Start): PipelineStage {
  if (start.kind === 'scalar' || start.kind === 'wrapped') cursor.fail();
  return start.kind === 'stage' ? start.stage : start.expression;
}

function parseSimpleStage(cursor: TokenCursor): Start | undefined {
  if (cursor.takeIf('by')) {
    cursor.expect(['(']);
    const expression = parseFieldExpression(cursor);
    cursor.expect([')'], []);
    return { kind: 'stage', stage: { kind: 'group', expression } };
  }
  if (!cursor.takeIf('select')) return undefined;
  return { kind: 'stage', stage: { kind: 'select', fields: parseFieldList(cursor) } };
}

/** `(field, field, …)`. */
export function parseFieldList(cursor: TokenCursor): ReturnType<typeof parseField>[] {
  cursor.expect(['(']);
  const fields = [parseField(cursor)];
  while (cursor.expect([')', ',']).symbol === ',') fields.push(parseField(cursor));
  return fields;
}

/** `{ expression }`. */
export function parseFilter(cursor: TokenCursor): SpansetFilter {
  cursor.expect(['{']);
  const everything = cursor.sees('}');
  const expression = everything
    ? literal({ type: 'bool', value: true })
    : parseFieldExpression(cursor);
  cursor.expect(['}'], []);
  return { kind: 'spanset-filter', expression };
}

function parseOperations(cursor: TokenCursor, pipelines: boolean): Start {
  const first = parseOperand(cursor, pipelines);
  if (first.kind === 'stage') return first;
  if (first.kind === 'scalar') return parseComparison(cursor, first.expression, pipelines);
  return continueSpansets(cursor, first, pipelines, 1);
}

function continueSpansets(
  cursor: TokenCursor,
  first: SpansetStart,
  pipelines: boolean,
  minLevel: number,
): SpansetStart {
  let left = first;
  for (;;) {
    const operator = cursor.next.symbol as SpansetOperator;
    const level = SPANSET_LEVEL.get(operator) ?? 0;
    if (level < minLevel || level === 0) return left;
    cursor.take();
    if (left.kind === 'wrapped' && !cursor.sees('(')) cursor.fail(['(']);
    const joinsPipelines = pipelines && (left.kind === 'wrapped' || left.grouped);
    const right = parseRightSpanset(cursor, left, joinsPipelines, level + 1);
    left = join(operator, left, right);
  }
}

function parseRightSpanset(
  cursor: TokenCursor,
  left: SpansetStart,
  pipelines: boolean,
  minLevel: number,
): SpansetStart {
  const operand = parseOperand(cursor, pipelines);
  if (operand.kind === 'scalar' || operand.kind === 'stage') cursor.fail();
  // Beside a pipeline every further operand is one: also those of operators that bind tighter.
  const asPipeline = left.kind === 'wrapped' && operand.kind === 'spanset';
  const first: SpansetStart = asPipeline
    ? { kind: 'wrapped', expression: operand.expression }
    : operand;
  return continueSpansets(cursor, first, pipelines, minLevel);
}

function join(operator: SpansetOperator, left: SpansetStart, right: SpansetStart): SpansetStart {
  const expression: SpansetExpression = {
    kind: 'spanset-operation',
    operator,
    left: left.expression,
    right: right.expression,
  };
  if (left.kind === 'wrapped' || right.kind === 'wrapped') return { kind: 'wrapped', expression };
  return { kind: 'spanset', expression, grouped: left.grouped && right.grouped };
}

/** One operand; a `stage` is a scalar filter that was in parentheses by mistake and never valid. */
function parseOperand(cursor: TokenCursor, pipelines: boolean): Start {
  if (cursor.sees('{')) return { kind: 'spanset', expression: parseFilter(cursor), grouped: false };
  if (seesScalar(cursor)) return { kind: 'scalar', expression: parsePlainScalar(cursor) };
  if (!cursor.sees('(')) cursor.fail();
  return cursor.nested(() => {
    cursor.take();
    return pipelines ? parseInsideParentheses(cursor) : parseInsideGroup(cursor);
  });
}

/** Behind a parenthesis that can hold a spanset expression or a scalar. */
function parseInsideGroup(cursor: TokenCursor): Start {
  const inner = parseOperations(cursor, false);
  if (inner.kind === 'stage') cursor.fail();
  cursor.expect([')'], []);
  return inner.kind === 'spanset' ? { ...inner, grouped: true } : inner;
}

/** Behind a parenthesis that can hold a whole pipeline as well. */
function parseInsideParentheses(cursor: TokenCursor): Start {
  const start = parseStart(cursor);
  if (start.kind === 'wrapped' || start.kind === 'scalar') {
    cursor.expect([')'], []);
    return start;
  }
  if (start.kind === 'spanset' && cursor.takeIf(')')) return { ...start, grouped: true };
  const stages = [stageOf(cursor, start)];
  while (cursor.takeIf('|')) {
    const aggregate = parseStageOrAggregate(cursor, stages);
    if (aggregate) {
      const pipeline: Pipeline = { kind: 'pipeline', stages };
      return { kind: 'scalar', expression: { kind: 'scalar-pipeline', pipeline, aggregate } };
    }
  }
  cursor.expect([')'], []);
  return { kind: 'wrapped', expression: { kind: 'pipeline', stages } };
}

/** Adds the next stage to `stages`, or returns the aggregate that closes the parenthesis instead. */
function parseStageOrAggregate(
  cursor: TokenCursor,
  stages: PipelineStage[],
): Aggregate | undefined {
  if (!seesScalar(cursor)) {
    stages.push(parseStage(cursor));
    return undefined;
  }
  const start = parseOperations(cursor, false);
  if (start.kind === 'scalar' && start.expression.kind === 'aggregate' && cursor.takeIf(')'))
    return start.expression;
  stages.push(stageOf(cursor, start));
  return undefined;
}

/** A scalar that begins with `first`, and the comparison that makes it a stage. */
function parseComparison(cursor: TokenCursor, first: ScalarExpression, pipelines: boolean): Start {
  const parseScalarOperand = (): ScalarExpression => {
    const operand = parseOperand(cursor, pipelines);
    return operand.kind === 'scalar' ? operand.expression : cursor.fail();
  };
  const left = continueScalar(cursor, first, parseScalarOperand);
  const operator = cursor.next.symbol as ComparisonOperator;
  if (!NUMBER_COMPARISONS.includes(operator)) return { kind: 'scalar', expression: left };
  cursor.take();
  const right = continueScalar(cursor, parseScalarOperand(), parseScalarOperand);
  const stage: ScalarFilter = { kind: 'scalar-filter', operator, left, right };
  return { kind: 'stage', stage };
}
