/** The fields a query mentions: what has to be read, and what results show of each span (spec §8.3). */
import {
  printField,
  type Field,
  type FieldExpression,
  type Pipeline,
  type PipelineStage,
  type SpansetExpression,
} from '@tempo-ts/traceql';
import { conditionOf, isField, type Condition } from './condition.ts';

/** How a query uses one field. */
export interface FieldUse {
  readonly field: Field;
  /** Its literals; results show values that pass one of them. */
  readonly conditions: readonly Condition[];
  /** Used other than in a condition: results show every value. */
  readonly isShown: boolean;
  /** Asked for with `= nil`: results show the string `nil` where there is no value. */
  readonly isMissingShown: boolean;
}

interface Collected {
  readonly field: Field;
  readonly conditions: Condition[];
  isShown: boolean;
  isMissingShown: boolean;
}

/** The fields of all stages, in the order they are first mentioned. */
export function queryFields(pipeline: Pipeline): readonly FieldUse[] {
  const uses = new Map<string, Collected>();
  for (const stage of pipeline.stages) collectStage(uses, stage);
  return [...uses.values()];
}

function collectStage(uses: Map<string, Collected>, stage: PipelineStage): void {
  switch (stage.kind) {
    case 'group':
      collectExpression(uses, stage.expression);
      break;
    case 'select':
      for (const field of stage.fields) useOf(uses, field).isShown = true;
      break;
    case 'scalar-filter':
      for (const side of [stage.left, stage.right])
        if (side.kind === 'aggregate' && side.operand) collectExpression(uses, side.operand);
      break;
    case 'coalesce':
      break;
    default:
      collectSpanset(uses, stage);
  }
}

function collectSpanset(uses: Map<string, Collected>, expression: SpansetExpression): void {
  switch (expression.kind) {
    case 'spanset-filter':
      collectExpression(uses, expression.expression);
      break;
    case 'spanset-operation':
      collectSpanset(uses, expression.left);
      collectSpanset(uses, expression.right);
      break;
    case 'pipeline':
      for (const stage of expression.stages) collectStage(uses, stage);
  }
}

function collectExpression(uses: Map<string, Collected>, expression: FieldExpression): void {
  switch (expression.kind) {
    case 'literal':
      break;
    case 'attribute':
    case 'intrinsic':
      useOf(uses, expression).isShown = true;
      break;
    case 'unary':
      collectExpression(uses, expression.operand);
      break;
    case 'existence':
      if (!expression.exists && isField(expression.operand))
        useOf(uses, expression.operand).isMissingShown = true;
      else collectExpression(uses, expression.operand);
      break;
    case 'binary': {
      const condition = conditionOf(expression);
      if (condition) {
        useOf(uses, condition.field).conditions.push(condition);
        break;
      }
      collectExpression(uses, expression.left);
      collectExpression(uses, expression.right);
    }
  }
}

function useOf(uses: Map<string, Collected>, field: Field): Collected {
  const key = printField(field);
  let use = uses.get(key);
  if (!use) {
    use = { field, conditions: [], isShown: false, isMissingShown: false };
    uses.set(key, use);
  }
  return use;
}
