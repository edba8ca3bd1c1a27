/** Runs a metrics query over a source: every selected span is counted once, in the bucket of its start. */
import type { PartialRow, PartialSeries } from '@tempo-ts/ports';
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
import { Exemplars } from './exemplars.ts';
import { fieldNumbers, log2Bucket, numbersPerUnit, usesBuckets } from './field-numbers.ts';
import { labelValueOf, type Labels } from './labels.ts';
import { rowKindOf, type MetricsPlan } from './metrics-plan.ts';
import { addCompensated, addExtreme, LEFT_OUT, SeriesRows } from './series-rows.ts';
import { spanGroups, type SpanGroups } from './span-groups.ts';

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
    const entries = seriesEntries(groups, buckets, intervals);
    this.#addSpans(intervals, numbers, entries);
    if (!this.#exemplars.isOff) this.#addExemplars(view, intervals, numbers, entries);
  }

  #addSpans(
    intervals: Int32Array,
    numbers: Float64Array | undefined,
    { entryOf, count, rowOf }: SeriesEntries,
  ): void {
    const width = this.#plan.grid.intervals;
    const kind = rowKindOf(this.#aggregate);
    const rowOfEntry = new Int32Array(count).fill(UNKNOWN);
    let columns = this.#rows.columns;
    let generation = this.#rows.generation;
    for (let span = 0; span < intervals.length; span += 1) {
      const interval = intervals[span]!;
      if (interval < 0) continue;
      const entry = entryOf[span]!;
      let row = rowOfEntry[entry]!;
      if (row === UNKNOWN) {
        const { labels, bucket } = rowOf(entry);
        row = this.#rows.rowOf(labels, bucket);
        columns = this.#rows.columns;
        // Rows were moved to make room.
        if (generation !== this.#rows.generation) rowOfEntry.fill(UNKNOWN);
        generation = this.#rows.generation;
        rowOfEntry[entry] = row;
      }
      if (row === LEFT_OUT) continue;
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
    { entryOf, rowOf }: SeriesEntries,
  ): void {
    const chosen = this.#exemplars.choose(view, intervals, entryOf);
    if (chosen.length === 0) return;
    const { traces, spans } = view.batch;
    const perUnit = numbersPerUnit(this.#aggregate);
    const hasOwnValue = numbers !== undefined && this.#aggregate.function !== 'histogram_over_time';
    const labelsOf = fieldLabels(view, this.#plan);
    for (const span of chosen) {
      const trace = view.batch.spanTraces[span]!;
      const traceId = traceIdText(traces.ids, 16 * trace, 16 * trace + 16);
      this.#exemplars.add({
        row: rowOf(entryOf[span]!),
        traceId,
        labels: [{ name: 'trace:id', value: traceId }, ...labelsOf(span)],
        value: hasOwnValue ? numbers[span]! / perUnit : undefined,
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
/** Pairs of a group and a power of two up to which all of them are listed. */
const MAX_LISTED = 1_000_000;

/** A row that was not looked up yet. */
const UNKNOWN = -2;

/** Groups, and the powers of two within them, as one small whole number per span. */
interface SeriesEntries {
  /** Of spans without a bucket of time it means nothing. */
  readonly entryOf: Int32Array;
  readonly count: number;
  readonly rowOf: (entry: number) => PartialRow;
}

function seriesEntries(
  groups: SpanGroups,
  buckets: Uint8Array | undefined,
  intervals: Int32Array,
): SeriesEntries {
  if (!buckets) {
    const rowOf = (entry: number) => ({ labels: groups.labels(entry), bucket: 0 });
    return { entryOf: groups.groupOf, count: groups.count, rowOf };
  }
  const isListed = groups.count * BUCKETS <= MAX_LISTED;
  const numbers = new Map<number, number>();
  const pairs: number[] = [];
  const entryOf = new Int32Array(intervals.length);
  for (let span = 0; span < entryOf.length; span += 1) {
    if (intervals[span]! < 0) continue;
    const pair = groups.groupOf[span]! * BUCKETS + buckets[span]!;
    if (isListed) {
      entryOf[span] = pair;
      continue;
    }
    let number = numbers.get(pair);
    if (number === undefined) {
      number = pairs.length;
      numbers.set(pair, number);
      pairs.push(pair);
    }
    entryOf[span] = number;
  }
  const count = isListed ? groups.count * BUCKETS : pairs.length;
  const rowOf = (entry: number): PartialRow => {
    const pair = isListed ? entry : pairs[entry]!;
    return { labels: groups.labels(Math.floor(pair / BUCKETS)), bucket: pair % BUCKETS };
  };
  return { entryOf, count, rowOf };
}

/** Reads the fields of the query, of any span of the batch. */
function fieldLabels(view: BatchView, plan: MetricsPlan): (span: number) => Labels {
  const readers = plan.exemplarFields
    .filter((field) => field.kind === 'attribute' || field.name !== 'trace:id')
    .map((field) => ({ name: printField(field), read: fieldReader(view, field) }));
  return (span) => {
    const row: Row = { span, event: -1, link: -1 };
    return readers.flatMap(({ name, read }) => {
      const value = labelValueOf(read(row));
      return value === undefined ? [] : [{ name, value }];
    });
  };
}
