/** TraceQL searches: plan once, run over a source, answer with the newest matching traces. */
import { create } from '@bufbuild/protobuf';
import { tempopb } from '@tempo-ts/contracts';
import type { BatchColumn } from '@tempo-ts/span-batch';
import type { Query } from '@tempo-ts/traceql';
import { BatchView } from './batch-view.ts';
import { compilePipeline, type CompiledStage } from './compile-pipeline.ts';
import { evaluatePipeline } from './evaluate-spanset.ts';
import { candidatesOf, columnsOfField, columnsOfStages } from './fetch-conditions.ts';
import { NewestTraces } from './newest-traces.ts';
import { queryFields, type FieldUse } from './query-fields.ts';
import {
  timeRange,
  type SearchOptions,
  type SearchPlan,
  type TraceMatches,
} from './search-plan.ts';
import { spanSetsBuilder, TRACE_COLUMNS, traceMetadata } from './search-result.ts';
import type { SpansetSource } from './spanset-source.ts';
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
  return { traces, spanSets: spanSetsBuilder(view, sets, fields, options.spansPerSpanSet) };
}

/**
 * The newest matching traces, newest first, then by trace id. Same data, same answer, in whatever
 * batches it comes. `metrics` counts traces and spans looked at; bytes and jobs are the caller's.
 *
 * Rejects with the signal's reason once it is aborted, and with QueryError when the query fails on
 * the data.
 */
export async function executeSearch(
  plan: SearchPlan,
  source: SpansetSource,
  signal: AbortSignal,
): Promise<tempopb.SearchResponse> {
  const newest = new NewestTraces(plan.options.limit);
  const metrics = create(tempopb.SearchMetricsSchema);
  if (plan.isEmpty) return create(tempopb.SearchResponseSchema, { metrics });
  for await (const batch of source.fetch({ ...plan.fetch, signal })) {
    signal.throwIfAborted();
    metrics.inspectedTraces += batch.traces.count;
    metrics.inspectedSpans += BigInt(batch.spans.count);
    const view = new BatchView(batch);
    const matches = plan.match(view);
    for (const trace of newest.chooseRows(batch.traces, matches.traces))
      newest.add(traceMetadata(view, trace, matches.spanSets(trace)));
  }
  return create(tempopb.SearchResponseSchema, { traces: newest.sorted(), metrics });
}
