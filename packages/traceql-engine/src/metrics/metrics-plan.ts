/** What a metrics query reads and adds up: made once per query, run over any number of sources. */
import { QueryError } from '@tempo-ts/ports';
import type { tempopb } from '@tempo-ts/contracts';
import type { BatchColumn } from '@tempo-ts/span-batch';
import {
  parseQuery,
  type Field,
  type MetricsFunction,
  type MetricsStage,
  type Query,
} from '@tempo-ts/traceql';
import { compilePipeline, type CompiledStage } from '../compile-pipeline.ts';
import { conditionTree, type ConditionNode } from '../condition-tree.ts';
import { candidatesOf, columnsOfField, columnsOfStages } from '../fetch-conditions.ts';
import { queryFields } from '../query-fields.ts';
import type { FetchRequest } from '../spanset-source.ts';
import { COMPARE_COLUMNS } from './compare-fields.ts';
import type { RowKind } from './series-rows.ts';
import { TimeGrid } from './time-grid.ts';

/** Immutable; may be used for several jobs at once. */
export interface MetricsPlan {
  readonly grid: TimeGrid;
  readonly stages: readonly CompiledStage[];
  readonly metrics: MetricsStage;
  readonly fetch: Omit<FetchRequest, 'signal'>;
  /** Of `compare`: which spans are the selection. */
  readonly selection: ConditionNode | undefined;
  /** Most exemplars; 0 for none. */
  readonly exemplars: number;
  /** Shown on exemplars. */
  readonly exemplarFields: readonly Field[];
}

/** How rows of a function are added up. */
export function rowKindOf(metrics: MetricsStage): RowKind {
  if (metrics.kind === 'metrics-compare') return 'count';
  const kinds: Partial<Record<MetricsFunction, RowKind>> = {
    min_over_time: 'min',
    max_over_time: 'max',
    sum_over_time: 'sum',
    avg_over_time: 'sum',
  };
  return kinds[metrics.function] ?? 'count';
}

/**
 * The plan of a job. The request's start, end and step are those of the buckets (nanoseconds).
 *
 * @throws QueryError when the query cannot be run, TraceQlError when it is none.
 */
export function planMetrics(request: tempopb.QueryRangeRequest): MetricsPlan {
  const query = parseQuery(request.query, { maxBytes: Number.MAX_SAFE_INTEGER });
  return planMetricsQuery(query, request);
}

/** The same for a query that is parsed already. */
export function planMetricsQuery(
  query: Query,
  request: Pick<tempopb.QueryRangeRequest, 'start' | 'end' | 'step' | 'exemplars'>,
): MetricsPlan {
  const { metrics } = query;
  if (!metrics) throw new QueryError('invalid', 'not a metrics query');
  // `{ }` keeps everything: nothing needs to be done for it.
  const stages = compilePipeline(query.pipeline).filter((stage) => !isConstantTrue(stage));
  const isCompare = metrics.kind === 'metrics-compare';
  const measured = isCompare ? [] : [...metrics.by, ...(metrics.field ? [metrics.field] : [])];
  const used = queryFields(query.pipeline).map(({ field }) => field);
  const selected = isCompare
    ? queryFields({ kind: 'pipeline', stages: [metrics.selection] }).map(({ field }) => field)
    : [];
  const columns = new Set<BatchColumn>([
    'span.start',
    ...columnsOfStages(stages),
    ...[...used, ...measured, ...selected].flatMap((field) => columnsOfField(field)),
    ...(isCompare ? COMPARE_COLUMNS : []),
  ]);
  const candidates = candidatesOf(stages);
  const grid = new TimeGrid(request);
  return {
    grid,
    stages,
    metrics,
    fetch: {
      columns,
      startUnixSeconds: Number(request.start / 1_000_000_000n),
      endUnixSeconds: Number((request.end + 999_999_999n) / 1_000_000_000n),
      ...(candidates ? { candidates } : {}),
    },
    selection: isCompare ? conditionTree(metrics.selection.expression) : undefined,
    exemplars: isCompare ? 0 : request.exemplars,
    exemplarFields: distinctFields([...measured, ...used]),
  };
}

function isConstantTrue(stage: CompiledStage): boolean {
  return stage.kind === 'filter' && stage.condition.kind === 'constant' && stage.condition.value;
}

function distinctFields(fields: readonly Field[]): Field[] {
  return [...new Map(fields.map((field) => [JSON.stringify(field), field])).values()];
}
