/** Filter expressions over all spans of a batch: a byte mask per span. */
import type { FieldExpression } from '@tempo-ts/traceql';
import type { BatchView } from './batch-view.ts';
import {
  conditionCanFail,
  type ConditionNode,
  type TestNode,
  type ValueNode,
} from './condition-tree.ts';
import { conditionEvaluator, onRow } from './evaluate-value.ts';
import { fieldRows, spanMask } from './field-mask.ts';
import type { Row } from './read-field.ts';

/** The spans of `within` for which the expression is true. The result is the caller's. */
export function evaluateFilter(
  view: BatchView,
  node: ConditionNode,
  within: Uint8Array,
): Uint8Array {
  switch (node.kind) {
    case 'constant':
      return node.value ? within.slice() : new Uint8Array(view.spanCount);
    case 'test':
      return intersect(testMask(view, node), within);
    case 'some':
      return someMask(view, node, within);
    case 'not': {
      const inner = evaluateFilter(view, node.node, within);
      for (let span = 0; span < inner.length; span += 1)
        inner[span] = within[span]! & ~inner[span]!;
      return inner;
    }
    case 'and': {
      let mask = within;
      for (const part of cheapestFirst(node.nodes)) {
        mask = evaluateFilter(view, part, mask);
        if (!mask.includes(1)) break;
      }
      return mask;
    }
    case 'or':
      return anyMask(view, node.nodes, within);
    case 'value':
      return valueMask(view, node.expression, within);
  }
}

/** Column tests go before evaluation span by span, unless the order decides whether a query fails. */
function cheapestFirst(nodes: readonly ConditionNode[]): readonly ConditionNode[] {
  if (nodes.some((node) => conditionCanFail(node))) return nodes;
  return nodes.toSorted((left, right) => Number(isSlow(left)) - Number(isSlow(right)));
}

function isSlow(node: ConditionNode): boolean {
  switch (node.kind) {
    case 'value':
      return true;
    case 'not':
      return isSlow(node.node);
    case 'and':
    case 'or':
      return node.nodes.some((part) => isSlow(part));
    case 'some':
      return node.conditions.some((part) => isSlow(part));
    default:
      return false;
  }
}

/** Spans decided by an earlier part are not evaluated for a later one. */
function anyMask(view: BatchView, nodes: readonly ConditionNode[], within: Uint8Array): Uint8Array {
  const mask = new Uint8Array(view.spanCount);
  let open = within;
  for (const part of nodes) {
    const found = evaluateFilter(view, part, open);
    open = open.slice();
    for (let span = 0; span < mask.length; span += 1) {
      mask[span] = mask[span]! | found[span]!;
      open[span] = open[span]! & ~found[span]!;
    }
  }
  return mask;
}

/** The spans, whatever `within`, of a test on a field of spans, resources, scopes or traces. */
function testMask(view: BatchView, node: TestNode): Uint8Array {
  const mask = spanMask(view, fieldRows(view, node.field, node.test));
  if (!node.isMissing) return mask;
  const missing = new Uint8Array(view.spanCount);
  for (let span = 0; span < missing.length; span += 1) missing[span] = 1 - mask[span]!;
  return missing;
}

/** Takes out of `mask` what is not in `other`. */
function intersect(mask: Uint8Array, other: Uint8Array): Uint8Array {
  for (let span = 0; span < mask.length; span += 1) mask[span] = mask[span]! & other[span]!;
  return mask;
}

/** Tests on event columns first, then what is left event by event. */
function someMask(
  view: BatchView,
  node: Extract<ConditionNode, { kind: 'some' }>,
  within: Uint8Array,
): Uint8Array {
  const { lane, conditions } = node;
  const tests = conditions.filter((condition): condition is TestNode => condition.kind === 'test');
  const values = conditions.filter(
    (condition): condition is ValueNode => condition.kind === 'value',
  );
  const { batch } = view;
  const count = lane === 'event' ? batch.events.count : batch.links.count;
  let rows: Uint8Array | undefined;
  for (const test of tests) {
    const found = fieldRows(view, test.field, test.test).rows;
    rows ??= new Uint8Array(count).fill(1);
    for (let row = 0; row < count; row += 1)
      rows[row] = rows[row]! & (test.isMissing ? 1 - found[row]! : found[row]!);
  }
  if (values.length === 0) return intersect(spanMask(view, { lane, rows: rows! }), within);
  const offsets = lane === 'event' ? batch.spans.eventOffsets : batch.spans.linkOffsets;
  const evaluators = values.map((value) => onRow(view, value.expression));
  const mask = new Uint8Array(view.spanCount);
  const row: Row = { span: 0, event: -1, link: -1 };
  for (let span = 0; span < mask.length; span += 1) {
    if (within[span] === 0) continue;
    row.span = span;
    for (let i = offsets[span]!; i < offsets[span + 1]!; i += 1) {
      row[lane] = i;
      if (rows?.[i] === 0 || !evaluators.every((passes) => passes(row))) continue;
      mask[span] = 1;
      break;
    }
  }
  return mask;
}

function valueMask(view: BatchView, expression: FieldExpression, within: Uint8Array): Uint8Array {
  const mask = new Uint8Array(view.spanCount);
  const passes = conditionEvaluator(view, expression);
  const row: Row = { span: 0, event: -1, link: -1 };
  for (let span = 0; span < mask.length; span += 1) {
    if (within[span] === 0) continue;
    row.span = span;
    if (passes(row)) mask[span] = 1;
  }
  return mask;
}
