/** The plan of a TraceQL search: what is read and what matches. */
import type { BatchColumn } from '@tempo-ts/span-batch';
import type { Query } from '@tempo-ts/traceql';
import type { BatchView } from './batch-view.ts';
import { compilePipeline, type CompiledStage } from './compile-pipeline.ts';
import { evaluatePipeline } from './evaluate-spanset.ts';
import { candidatesOf, columnsOfField, columnsOfStages } from './fetch-conditions.ts';
import { queryFields, type FieldUse } from './query-fields.ts';
import {
  timeRange,
  type SearchOptions,
  type SearchPlan,
  type TraceMatches,
} from './search-plan.ts';
import { spanSetsBuilder, TRACE_COLUMNS } from './search-result.ts';
import { NO_SET, wholeTraces } from './spansets.ts';

/** What results hold of every span. */
const SPAN_COLUMNS: readonly BatchColumn[] = ['span.id', 'span.start', 'span.duration'];

/**
 * The plan of a query. Of a metrics query the part before the metrics function is searched for, as
 * Tempo does.
 *
 * @throws QueryError when the query holds something that cannot be run, naming it.
 */
export function planSearch(query: Query, options: SearchOptions): SearchPlan {
  const stages = compilePipeline(query.pipeline);
  const fields = queryFields(query.pipeline);
  const columns = new Set<BatchColumn>([
    ...TRACE_COLUMNS,
    ...SPAN_COLUMNS,
    ...columnsOfStages(stages),
    ...fields.flatMap(({ field }) => columnsOfField(field)),
  ]);
  const candidates = candidatesOf(stages);
  return {
    options,
    fetch: { columns, ...timeRange(options), ...(candidates ? { candidates } : {}) },
    isEmpty: isConstantFalse(stages[0]),
    match: (view) => matchPipeline(view, stages, fields, options),
  };
}

function isConstantFalse(stage: CompiledStage | undefined): boolean {
  return stage?.kind === 'filter' && stage.condition.kind === 'constant' && !stage.condition.value;
}

function matchPipeline(
  view: BatchView,
  stages: readonly CompiledStage[],
  fields: readonly FieldUse[],
  options: SearchOptions,
): TraceMatches {
  const sets = evaluatePipeline(view, wholeTraces(view), stages);
  const traces = new Uint8Array(view.batch.traces.count);
  const { spanTraces } = view.batch;
  for (let span = 0; span < view.spanCount; span += 1)
    if (sets.setOf[span] !== NO_SET) traces[spanTraces[span]!] = 1;
  // Most batches have no trace in the answer: what is shown of spans is prepared when one has.
  let build: TraceMatches['spanSets'] | undefined;
  const spanSets = (trace: number) =>
    (build ??= spanSetsBuilder(view, sets, fields, options.spansPerSpanSet))(trace);
  return { traces, spanSets };
}
