/** Queries that are false whatever the data: answered without reading any. */
import type { PipelineStage, Query, SpansetExpression } from '@tempo-ts/traceql';

/** Whether no span can satisfy `query`. */
export function matchesNothing(query: Query): boolean {
  return query.pipeline.stages.some(stageMatchesNothing);
}

function stageMatchesNothing(stage: PipelineStage): boolean {
  switch (stage.kind) {
    case 'spanset-filter':
    case 'spanset-operation':
    case 'pipeline':
      return spansetMatchesNothing(stage);
    case 'scalar-filter':
    case 'group':
    case 'select':
    case 'coalesce':
      return false;
  }
}

function spansetMatchesNothing(expression: SpansetExpression): boolean {
  if (expression.kind === 'pipeline') return expression.stages.some(stageMatchesNothing);
  if (expression.kind === 'spanset-filter') {
    const { expression: condition } = expression;
    if (condition.kind !== 'literal' || condition.value.type !== 'bool') return false;
    return !condition.value.value;
  }
  const left = spansetMatchesNothing(expression.left);
  const right = spansetMatchesNothing(expression.right);
  if (expression.operator === '||') return left && right;
  // What is in no relation to nothing is everything.
  return expression.operator.startsWith('!') ? right : left || right;
}
