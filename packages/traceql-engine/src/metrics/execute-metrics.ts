/** Runs a metrics query over a source: every selected span is counted once, in the bucket of its start. */
import type { LabelValue, PartialRow, PartialSeries } from '@tempo-ts/ports';
import { uint64ToBigInt, type SpanBatch } from '@tempo-ts/span-batch';
import { printField, type MetricsAggregate } from '@tempo-ts/traceql';
import { BatchView } from '../batch-view.ts';
import type { CompiledStage } from '../compile-pipeline.ts';
import { evaluatePipeline } from '../evaluate-spanset.ts';
import { traceIdText } from '../hex-text.ts';
import { fieldReader, type Row } from '../read-field.ts';
import type { SpansetSource } from '../spanset-source.ts';
import { wholeTraces } from '../spansets.ts';
import { CompareTable } from './compare-table.ts';
import { compareBatch } from './compare-batch.ts';
import { Exemplars, hashOfBytes } from './exemplars.ts';
import { fieldNumbers, isDuration, log2Bucket } from './field-numbers.ts';
import { labelValueOf, type Labels } from './labels.ts';
import { rowKindOf, usesBuckets, type MetricsPlan } from './metrics-plan.ts';
import { addCompensated, addExtreme, LEFT_OUT, SeriesRows } from './series-rows.ts';
import { spanGroups } from './span-groups.ts';

/**
 * The series of everything the source has. Bytes read are the caller's to count.
 *
 * Rejects with the signal's reason once it is aborted, and with QueryError when the query fails on
 * the data.
 */
export async function executeMetrics(
  plan: MetricsPlan,
  source: SpansetSource,
  signal: AbortSignal,
): Promise<PartialSeries> {
  let inspectedTraces = 0;
  let inspectedSpans = 0;
  const sum = plan.metrics.kind === 'metrics-compare' ? new CompareSum(plan) : new SeriesSum(plan);
  const batches = plan.stages.some((stage) => isConstantFalse(stage)) ? [] : undefined;
  for await (const batch of batches ?? source.fetch({ ...plan.fetch, signal })) {
    signal.throwIfAborted();
    inspectedTraces += batch.traces.count;
    inspectedSpans += batch.spans.count;
    sum.add(batch);
  }
  return { ...sum.finish(), inspectedTraces, inspectedSpans, inspectedBytes: 0 };
}

function isConstantFalse(stage: CompiledStage): boolean {
  return stage.kind === 'filter' && stage.condition.kind === 'constant' && !stage.condition.value;
}

type Found = Omit<PartialSeries, 'inspectedTraces' | 'inspectedSpans' | 'inspectedBytes'>;

/** What the pipeline keeps of a batch, and the buckets of it. */
function observedSpans(plan: MetricsPlan, batch: SpanBatch) {
  const view = new BatchView(batch);
  const { setOf } = evaluatePipeline(view, wholeTraces(view), plan.stages);
  return { view, intervals: plan.grid.intervalsOf(view, setOf) };
}

class CompareSum {
  readonly #plan: MetricsPlan;
  readonly #table: CompareTable;

  constructor(plan: MetricsPlan) {
    this.#plan = plan;
    this.#table = new CompareTable(plan.grid.intervals);
  }

  add(batch: SpanBatch): void {
    const { view, intervals } = observedSpans(this.#plan, batch);
    compareBatch(this.#plan, view, intervals, this.#table);
  }

  finish(): Found {
    return { ...this.#table.finish(), exemplars: [], warnings: [] };
  }
}

class SeriesSum {
  readonly #plan: MetricsPlan;
  readonly #aggregate: MetricsAggregate;
  readonly #rows: SeriesRows;
  readonly #exemplars: Exemplars;

  constructor(plan: MetricsPlan) {
    const { intervals } = plan.grid;
    this.#plan = plan;
    this.#aggregate = plan.metrics as MetricsAggregate;
    this.#rows = new SeriesRows({ kind: rowKindOf(plan.metrics), intervals });
    this.#exemplars = new Exemplars(plan.exemplars, intervals);
  }

  add(batch: SpanBatch): void {
    const { view, intervals } = observedSpans(this.#plan, batch);
    const { field, by } = this.#aggregate;
    const hasBuckets = usesBuckets(this.#aggregate);
    const numbers = field && fieldNumbers(view, field, { hasFloats: !hasBuckets, intervals });
    if (field && !numbers) return;
    const buckets = hasBuckets ? bucketsOf(numbers!, intervals) : undefined;
    if (numbers) leaveOutMissing(intervals, buckets ?? numbers);
    const groups = spanGroups(view, by, intervals);
    const rowOf = new RowFinder(this.#rows, groups, buckets !== undefined);
    this.#addSpans(intervals, numbers, (span) =>
      rowOf.find(groups.groupOf[span]!, buckets?.[span] ?? 0),
    );
    if (!this.#exemplars.isOff)
      this.#addExemplars(view, intervals, numbers, (span) => ({
        labels: groups.labels(groups.groupOf[span]!),
        bucket: buckets?.[span] ?? 0,
      }));
  }

  #addSpans(
    intervals: Int32Array,
    numbers: Float64Array | undefined,
    rowOf: (span: number) => number,
  ): void {
    const width = this.#plan.grid.intervals;
    const kind = rowKindOf(this.#aggregate);
    for (let span = 0; span < intervals.length; span += 1) {
      const interval = intervals[span]!;
      if (interval < 0) continue;
      const row = rowOf(span);
      if (row === LEFT_OUT) continue;
      const { columns } = this.#rows;
      const cell = row * width + interval;
      if (kind === 'count') columns[0]![cell] = columns[0]![cell]! + 1;
      else if (kind === 'sum') {
        addCompensated(columns, cell, numbers![span]!);
        columns[2]![cell] = columns[2]![cell]! + 1;
      } else addExtreme(columns[0]!, cell, numbers![span]!, kind === 'max');
    }
  }

  #addExemplars(
    view: BatchView,
    intervals: Int32Array,
    numbers: Float64Array | undefined,
    rowOf: (span: number) => PartialRow,
  ): void {
    const { traces, spans } = view.batch;
    const scale = this.#aggregate.field && isDuration(this.#aggregate.field) ? 1e9 : 1;
    const hasOwnValue = numbers !== undefined && this.#aggregate.function !== 'histogram_over_time';
    const labelsOf = exemplarLabels(view, this.#plan);
    for (let trace = 0; trace < traces.count; trace += 1) {
      const span = chosenSpan(view, trace, intervals);
      if (span < 0) continue;
      const traceId = traceIdText(traces.ids, 16 * trace, 16 * trace + 16);
      this.#exemplars.add({
        row: rowOf(span),
        traceId,
        labels: [{ name: 'trace:id', value: traceId }, ...labelsOf(span)],
        value: hasOwnValue ? numbers[span]! / scale : undefined,
        unixMs: Number(uint64ToBigInt(spans.startUnixNanos, span) / 1_000_000n),
        interval: intervals[span]!,
      });
    }
  }

  finish(): Found {
    return { ...this.#rows.finish(), exemplars: this.#exemplars.finish(), warnings: [] };
  }
}

/** The powers of two of the observed spans; 0 for those that have none. */
function bucketsOf(numbers: Float64Array, intervals: Int32Array): Uint8Array {
  const buckets = new Uint8Array(numbers.length);
  for (let span = 0; span < buckets.length; span += 1)
    if (intervals[span]! >= 0) buckets[span] = log2Bucket(numbers[span]!);
  return buckets;
}

/** Spans without a value are not observed. */
function leaveOutMissing(intervals: Int32Array, values: Float64Array | Uint8Array): void {
  const isBucket = values instanceof Uint8Array;
  for (let span = 0; span < intervals.length; span += 1) {
    const value = values[span]!;
    if (isBucket ? value === 0 : Number.isNaN(value)) intervals[span] = -1;
  }
}

const BUCKETS = 65;
const UNKNOWN = -2;
/** Groups up to which the rows of all their powers of two are listed. */
const MAX_LISTED = 1_000_000;

/** Rows of groups, each looked up once per batch. */
class RowFinder {
  readonly #rows: SeriesRows;
  readonly #labels: (group: number) => Labels;
  readonly #known: Int32Array | undefined;
  readonly #width: number;
  #generation: number;

  constructor(
    rows: SeriesRows,
    groups: { readonly count: number; readonly labels: (group: number) => Labels },
    hasBuckets: boolean,
  ) {
    this.#rows = rows;
    this.#labels = groups.labels;
    this.#width = hasBuckets ? BUCKETS : 1;
    const entries = groups.count * this.#width;
    this.#known = entries <= MAX_LISTED ? new Int32Array(entries).fill(UNKNOWN) : undefined;
    this.#generation = rows.generation;
  }

  find(group: number, bucket: number): number {
    const entry = group * this.#width + bucket;
    if (this.#generation !== this.#rows.generation) {
      this.#known?.fill(UNKNOWN);
      this.#generation = this.#rows.generation;
    }
    const known = this.#known?.[entry] ?? UNKNOWN;
    if (known !== UNKNOWN) return known;
    const row = this.#rows.rowOf(this.#labels(group), bucket);
    if (this.#known && this.#generation === this.#rows.generation) this.#known[entry] = row;
    return row;
  }
}

/** One of the observed spans of a trace, chosen by the trace's id; -1 when there is none. */
function chosenSpan(view: BatchView, trace: number, intervals: Int32Array): number {
  const start = view.traceSpanOffsets[trace]!;
  const end = view.traceSpanOffsets[trace + 1]!;
  let count = 0;
  for (let span = start; span < end; span += 1) if (intervals[span]! >= 0) count += 1;
  if (count === 0) return -1;
  let rest = hashOfBytes(view.batch.traces.ids, 16 * trace, 16 * trace + 16) % count;
  for (let span = start; span < end; span += 1)
    if (intervals[span]! >= 0) {
      if (rest === 0) return span;
      rest -= 1;
    }
  return -1;
}

/** The fields of the query on a span. */
function exemplarLabels(view: BatchView, plan: MetricsPlan): (span: number) => Labels {
  const readers = plan.exemplarFields
    .filter((field) => field.kind === 'attribute' || field.name !== 'trace:id')
    .map((field) => ({ name: printField(field), read: fieldReader(view, field) }));
  return (span) => {
    const row: Row = { span, event: -1, link: -1 };
    return readers.flatMap(({ name, read }) => {
      const value: LabelValue | undefined = labelValueOf(read(row));
      return value === undefined ? [] : [{ name, value }];
    });
  };
}
