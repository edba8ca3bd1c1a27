/**
 * Pipelines and the spanset expressions they are made of: filters, `&&`, `||`, structural operators,
 * pipelines as operands (spec §6, §7).
 */
import { QueryError } from '@tempo-ts/ports';
import type { BatchView } from './batch-view.ts';
import type { CompiledSpanset, CompiledStage } from './compile-pipeline.ts';
import { evaluateFilter } from './evaluate-field.ts';
import { evaluateStructural } from './evaluate-structural.ts';
import { filterByScalar, groupSpans } from './pipeline-stages.ts';
import {
  joinSets,
  keepSets,
  keepSpans,
  members,
  setsWithSpans,
  type Spansets,
} from './spansets.ts';

/** The spansets that come out of the last stage. */
export function evaluatePipeline(
  view: BatchView,
  sets: Spansets,
  stages: readonly CompiledStage[],
): Spansets {
  return stages.reduce((found, stage) => evaluateStage(view, found, stage), sets);
}

function evaluateStage(view: BatchView, sets: Spansets, stage: CompiledStage): Spansets {
  switch (stage.kind) {
    case 'filter':
    case 'operation':
      return keepSpans(sets, evaluateSpanset(view, sets, stage));
    case 'pipeline':
      return evaluatePipeline(view, sets, stage.stages);
    case 'scalar-filter':
      return filterByScalar(view, sets, stage);
    case 'group':
      return groupSpans(view, sets, stage.key, stage.expression);
    case 'coalesce':
      return joinSets(view, sets);
    case 'select':
      return sets;
  }
}

/** The spans that the expression finds within each spanset, as one mask. The result is the caller's. */
export function evaluateSpanset(
  view: BatchView,
  sets: Spansets,
  expression: CompiledSpanset,
): Uint8Array {
  switch (expression.kind) {
    case 'filter':
      return evaluateFilter(view, expression.condition, members(sets));
    case 'pipeline':
      return members(evaluatePipeline(view, sets, expression.stages));
    case 'operation':
      return evaluateOperation(view, sets, expression);
  }
}

function evaluateOperation(
  view: BatchView,
  sets: Spansets,
  operation: Extract<CompiledSpanset, { kind: 'operation' }>,
): Uint8Array {
  const { operator } = operation;
  if (operator === '||')
    return union(
      evaluateSpanset(view, sets, operation.left),
      evaluateSpanset(view, sets, operation.right),
    );
  const left = operand(view, sets, operation.left, operator !== '&&');
  // Where the left side found nothing, only negated operators still look at the right one.
  const hasLeft = setsWithSpans(sets, left);
  const open = operator.startsWith('!') ? sets : keepSets(sets, (set) => hasLeft[set] === 1);
  const right = operand(view, open, operation.right, operator !== '&&');
  if (operator !== '&&') return evaluateStructural(view, sets, operator, left, right);
  const hasBoth = setsWithSpans(sets, right);
  const found = keepSets(keepSpans(sets, union(left, right)), (set) => hasBoth[set] === 1);
  return members(found);
}

/** One side of an operator; structural ones take a single spanset from each set they are given. */
function operand(
  view: BatchView,
  sets: Spansets,
  expression: CompiledSpanset,
  isSingle: boolean,
): Uint8Array {
  if (expression.kind !== 'pipeline') return evaluateSpanset(view, sets, expression);
  const found = evaluatePipeline(view, sets, expression.stages);
  if (isSingle) assertSingle(sets, found);
  return members(found);
}

function assertSingle(sets: Spansets, found: Spansets): void {
  const first = new Int32Array(sets.count).fill(-1);
  for (let span = 0; span < found.setOf.length; span += 1) {
    const set = found.setOf[span]!;
    if (set < 0) continue;
    const outer = sets.setOf[span]!;
    if (first[outer] === -1) first[outer] = set;
    if (first[outer] !== set)
      throw new QueryError(
        'failed',
        'spanset operators are not supported for multiple spansets per trace. consider using coalesce()',
      );
  }
}

function union(left: Uint8Array, right: Uint8Array): Uint8Array {
  for (let span = 0; span < left.length; span += 1) left[span] = left[span]! | right[span]!;
  return left;
}
