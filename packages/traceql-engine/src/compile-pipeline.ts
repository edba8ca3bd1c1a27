/** Pipelines, ready to run over batches: made once per query. */
import { QueryError } from '@tempo-ts/ports';
import {
  printAggregate,
  printGroup,
  type Aggregate,
  type ComparisonOperator,
  type FieldExpression,
  type Pipeline,
  type PipelineStage,
  type ScalarFilter,
  type SpansetExpression,
  type SpansetOperator,
  type Static,
} from '@tempo-ts/traceql';
import { canFail, conditionCanFail, conditionTree, type ConditionNode } from './condition-tree.ts';

export type CompiledSpanset =
  | { readonly kind: 'filter'; readonly condition: ConditionNode }
  | {
      readonly kind: 'operation';
      readonly operator: SpansetOperator;
      readonly left: CompiledSpanset;
      readonly right: CompiledSpanset;
    }
  | { readonly kind: 'pipeline'; readonly stages: readonly CompiledStage[] };

export type CompiledStage =
  | CompiledSpanset
  /** Keeps the spansets whose aggregate compares to the literal as said. */
  | {
      readonly kind: 'scalar-filter';
      readonly key: string;
      readonly aggregate: Aggregate;
      readonly operator: ComparisonOperator;
      readonly literal: Static;
    }
  | { readonly kind: 'group'; readonly key: string; readonly expression: FieldExpression }
  | { readonly kind: 'coalesce' }
  /** Changes what is shown, not what is found. */
  | { readonly kind: 'select' };

/** @throws QueryError for what can be parsed but not run, naming it. */
export function compilePipeline(pipeline: Pipeline): readonly CompiledStage[] {
  return pipeline.stages.map((stage) => compileStage(stage));
}

function compileStage(stage: PipelineStage): CompiledStage {
  switch (stage.kind) {
    case 'scalar-filter':
      return compileScalarFilter(stage);
    case 'group':
      return { kind: 'group', key: printGroup(stage.expression), expression: stage.expression };
    case 'coalesce':
      return { kind: 'coalesce' };
    case 'select':
      return { kind: 'select' };
    default:
      return compileSpanset(stage);
  }
}

function compileSpanset(expression: SpansetExpression): CompiledSpanset {
  switch (expression.kind) {
    case 'spanset-filter':
      return { kind: 'filter', condition: conditionTree(expression.expression) };
    case 'spanset-operation':
      return {
        kind: 'operation',
        operator: expression.operator,
        left: compileSpanset(expression.left),
        right: compileSpanset(expression.right),
      };
    case 'pipeline':
      return { kind: 'pipeline', stages: compilePipeline(expression) };
  }
}

function compileScalarFilter(stage: ScalarFilter): CompiledStage {
  const { left, right, operator } = stage;
  if (left.kind !== 'aggregate' || right.kind !== 'scalar-literal')
    throw new QueryError('unsupported', 'a scalar filter compares one aggregate with one number');
  return {
    kind: 'scalar-filter',
    key: printAggregate(left),
    aggregate: left,
    operator,
    literal: right.value,
  };
}

/** Whether the pipeline may end the query with an error, depending on the data. */
export function pipelineCanFail(stages: readonly CompiledStage[]): boolean {
  return stages.some((stage) => {
    switch (stage.kind) {
      case 'scalar-filter':
        return stage.aggregate.operand !== undefined && canFail(stage.aggregate.operand);
      case 'group':
        return canFail(stage.expression);
      case 'coalesce':
      case 'select':
        return false;
      default:
        return spansetCanFail(stage);
    }
  });
}

function spansetCanFail(expression: CompiledSpanset): boolean {
  switch (expression.kind) {
    case 'filter':
      return conditionCanFail(expression.condition);
    case 'pipeline':
      return pipelineCanFail(expression.stages);
    case 'operation': {
      const { operator, left, right } = expression;
      if (spansetCanFail(left) || spansetCanFail(right)) return true;
      return operator !== '&&' && operator !== '||' && (hasGroups(left) || hasGroups(right));
    }
  }
}

/** More than one spanset per trace may come out, which structural operators refuse. */
function hasGroups(expression: CompiledSpanset): boolean {
  return (
    expression.kind === 'pipeline' &&
    expression.stages.some(
      (stage) => stage.kind === 'group' || (stage.kind === 'pipeline' && hasGroups(stage)),
    )
  );
}
