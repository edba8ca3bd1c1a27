/** From a query to what storage must read for it (push-down). */
import type { BatchColumn, SpanBatch } from '@tempo-ts/span-batch';
import type { Field, IntrinsicName } from '@tempo-ts/traceql';
import { BatchView } from './batch-view.ts';
import { pipelineCanFail, type CompiledSpanset, type CompiledStage } from './compile-pipeline.ts';
import type { ConditionNode } from './condition-tree.ts';
import { evaluateFilter } from './evaluate-field.ts';

const INTRINSIC_COLUMNS: Readonly<Record<IntrinsicName, readonly BatchColumn[]>> = {
  duration: ['span.duration'],
  name: ['span.name'],
  status: ['span.status'],
  statusMessage: ['span.statusMessage'],
  kind: ['span.kind'],
  'span:id': ['span.id'],
  'span:parentID': ['span.parentId'],
  'span:childCount': ['span.nestedSet'],
  'trace:id': [],
  traceDuration: ['trace.times'],
  rootName: ['trace.roots'],
  rootServiceName: ['trace.roots'],
  'event:name': ['span.events', 'event.name'],
  'event:timeSinceStart': ['span.events', 'event.time'],
  'link:traceID': ['span.links', 'link.ids'],
  'link:spanID': ['span.links', 'link.ids'],
  'instrumentation:name': ['scope.name'],
  'instrumentation:version': ['scope.version'],
  nestedSetLeft: ['span.nestedSet'],
  nestedSetRight: ['span.nestedSet'],
  nestedSetParent: ['span.nestedSet'],
  parent: [],
};

/** The columns a field lies in. */
export function columnsOfField(field: Field): readonly BatchColumn[] {
  if (field.kind === 'intrinsic') return INTRINSIC_COLUMNS[field.name];
  const { name } = field;
  switch (field.scope) {
    case 'span':
      return ['span.attributes', `span.column:${name}`];
    case 'resource':
      return name === 'service.name'
        ? ['resource.serviceName']
        : ['resource.attributes', `resource.column:${name}`];
    case 'none':
      return [
        ...columnsOfField({ ...field, scope: 'span' }),
        ...columnsOfField({ ...field, scope: 'resource' }),
      ];
    case 'event':
      return ['span.events', 'event.attributes'];
    case 'link':
      return ['span.links', 'link.attributes'];
    case 'instrumentation':
      return ['scope.attributes'];
  }
}

/** Columns that stages read beyond their fields. */
export function columnsOfStages(stages: readonly CompiledStage[]): readonly BatchColumn[] {
  return stages.some((stage) => isStructural(stage)) ? ['span.nestedSet'] : [];
}

function isStructural(stage: CompiledStage): boolean {
  if (stage.kind === 'pipeline') return stage.stages.some((inner) => isStructural(inner));
  if (stage.kind !== 'operation') return false;
  if (stage.operator !== '&&' && stage.operator !== '||') return true;
  return isStructural(stage.left) || isStructural(stage.right);
}

/** Marks traces that may match; undefined when every trace may. */
export type Candidates = (batch: SpanBatch) => Uint8Array;

/**
 * The candidates of a pipeline: traces with a span that the first stage may keep. On assembled
 * batches `a && b` needs both; of a piece of a trace only one side can be asked, always the same.
 */
export function candidatesOf(stages: readonly CompiledStage[]): Candidates | undefined {
  const first = stages[0];
  if (!first || !isSpanset(first)) return undefined;
  // Whether a query fails must not depend on which traces a source leaves out.
  if (pipelineCanFail(stages)) return undefined;
  const decide = spansetCandidates(first);
  return decide && ((batch) => decide(new BatchView(batch)));
}

type Decide = (view: BatchView) => Uint8Array;

function isSpanset(stage: CompiledStage): stage is CompiledSpanset {
  return stage.kind === 'filter' || stage.kind === 'operation' || stage.kind === 'pipeline';
}

function spansetCandidates(expression: CompiledSpanset): Decide | undefined {
  switch (expression.kind) {
    case 'filter':
      return filterCandidates(expression.condition);
    case 'pipeline': {
      const first = expression.stages[0];
      return first && isSpanset(first) ? spansetCandidates(first) : undefined;
    }
    case 'operation': {
      const left = spansetCandidates(expression.left);
      const right = spansetCandidates(expression.right);
      if (expression.operator === '||') return left && right && combined(left, right, 'or');
      if (expression.operator.startsWith('!')) return right;
      if (!left || !right) return left ?? right;
      return (view) => (view.batch.isAssembled ? combined(left, right, 'and')(view) : left(view));
    }
  }
}

function combined(left: Decide, right: Decide, how: 'and' | 'or'): Decide {
  return (view) => {
    const rows = left(view);
    const others = right(view);
    for (let trace = 0; trace < rows.length; trace += 1)
      rows[trace] = how === 'and' ? rows[trace]! & others[trace]! : rows[trace]! | others[trace]!;
    return rows;
  };
}

function filterCandidates(condition: ConditionNode): Decide | undefined {
  const ofWhole = relaxed(condition, true);
  const ofPieces = relaxed(condition, false);
  if (isAlways(ofWhole) && isAlways(ofPieces)) return undefined;
  return (view) => {
    const node = view.batch.isAssembled ? ofWhole : ofPieces;
    const rows = new Uint8Array(view.batch.traces.count);
    if (isAlways(node)) return rows.fill(1);
    const spans = evaluateFilter(view, node, new Uint8Array(view.spanCount).fill(1));
    const { spanTraces } = view.batch;
    for (let span = 0; span < spans.length; span += 1)
      if (spans[span] === 1) rows[spanTraces[span]!] = 1;
    return rows;
  };
}

const ALWAYS: ConditionNode = { kind: 'constant', value: true };

function isAlways(node: ConditionNode): boolean {
  return node.kind === 'constant' && node.value;
}

/**
 * A condition that is true wherever `node` is and needs only tests of columns: what is evaluated
 * span by span counts as true, and so does, on pieces of traces, what only whole traces know.
 */
function relaxed(node: ConditionNode, isAssembled: boolean): ConditionNode {
  switch (node.kind) {
    case 'constant':
      return node;
    case 'test':
      return isExact(node, isAssembled) ? node : ALWAYS;
    case 'value':
      return ALWAYS;
    case 'not':
      return isExact(node.node, isAssembled) ? node : ALWAYS;
    case 'some': {
      const tests = node.conditions.filter((condition) => condition.kind === 'test');
      return tests.length > 0 ? { ...node, conditions: tests } : ALWAYS;
    }
    case 'and': {
      const nodes = node.nodes
        .map((part) => relaxed(part, isAssembled))
        .filter((part) => !isAlways(part));
      return nodes.length > 0 ? { kind: 'and', nodes } : ALWAYS;
    }
    case 'or': {
      const nodes = node.nodes.map((part) => relaxed(part, isAssembled));
      return nodes.some((part) => isAlways(part)) ? ALWAYS : { kind: 'or', nodes };
    }
  }
}

const OF_WHOLE_TRACES: ReadonlySet<string> = new Set([
  'traceDuration',
  'rootName',
  'rootServiceName',
  'span:childCount',
  'nestedSetLeft',
  'nestedSetRight',
  'nestedSetParent',
]);

/** Whether column tests alone decide the condition. */
function isExact(node: ConditionNode, isAssembled: boolean): boolean {
  switch (node.kind) {
    case 'constant':
      return true;
    case 'test':
      return (
        isAssembled || node.field.kind === 'attribute' || !OF_WHOLE_TRACES.has(node.field.name)
      );
    case 'value':
      return false;
    case 'not':
      return isExact(node.node, isAssembled);
    case 'some':
      return node.conditions.every((condition) => isExact(condition, isAssembled));
    case 'and':
    case 'or':
      return node.nodes.every((part) => isExact(part, isAssembled));
  }
}
