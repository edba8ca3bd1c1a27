/** From added-up counts and sums to the values of series: rates, averages, quantiles (spec §9.4 to §9.6). */
import type { PartialExemplar, PartialSeries } from '@tempo-ts/ports';
import type { MetricsAggregate } from '@tempo-ts/traceql';
import { numbersPerUnit } from './field-numbers.ts';
import {
  BUCKET_LABEL,
  labelsKey,
  NAME_LABEL,
  QUANTILE_LABEL,
  rowKey,
  type Labels,
} from './labels.ts';
import { quantileOf } from './quantile.ts';
import type { Series, SeriesExemplar } from './series.ts';
import { compensatedSum } from './series-rows.ts';
import type { TimeGrid } from './time-grid.ts';

const NANOS_PER_SECOND = 1e9;

/** The series of everything but `compare`, in no order; those without samples among them. */
export function finishSeries(
  aggregate: MetricsAggregate,
  grid: TimeGrid,
  partial: PartialSeries,
): Series[] {
  if (aggregate.function === 'quantile_over_time') return quantileSeries(aggregate, partial);
  const { by, function: name } = aggregate;
  const isHistogram = name === 'histogram_over_time';
  const valueOf = cellValue(aggregate, grid, partial.columns);
  const exemplars = exemplarsByRow(partial.exemplars);
  const series = partial.rows.map((row, at): Series => {
    const first = at * partial.intervals;
    const values = Float64Array.from({ length: partial.intervals }, (_, i) => valueOf(first + i));
    const labels = isHistogram
      ? [...row.labels, { name: BUCKET_LABEL, value: boundOf(aggregate, row.bucket) }]
      : by.length > 0
        ? row.labels
        : [{ name: NAME_LABEL, value: name }];
    const own = (exemplars.get(rowKey(row)) ?? []).map((exemplar) =>
      finishExemplar(exemplar, values[exemplar.interval]!),
    );
    return { labels, values, exemplars: own };
  });
  const isCounting = name === 'rate' || name === 'count_over_time';
  if (series.length > 0 || by.length > 0 || !isCounting) return series;
  const labels: Labels = [{ name: NAME_LABEL, value: name }];
  return [{ labels, values: new Float64Array(partial.intervals), exemplars: [] }];
}

/** The value of a cell. */
function cellValue(
  aggregate: MetricsAggregate,
  grid: TimeGrid,
  columns: readonly Float64Array[],
): (cell: number) => number {
  const [first, , counts] = columns as [Float64Array, Float64Array, Float64Array];
  const perUnit = numbersPerUnit(aggregate);
  switch (aggregate.function) {
    case 'rate': {
      const perSpan = 1 / (Number(grid.step) / NANOS_PER_SECOND);
      return (cell) => first[cell]! * perSpan;
    }
    case 'min_over_time':
    case 'max_over_time':
      return (cell) => first[cell]! / perUnit;
    case 'sum_over_time':
      return (cell) => (counts[cell] === 0 ? Number.NaN : compensatedSum(columns, cell) / perUnit);
    case 'avg_over_time':
      return (cell) =>
        counts[cell] === 0 ? Number.NaN : compensatedSum(columns, cell) / counts[cell]! / perUnit;
    default:
      return (cell) => first[cell]!;
  }
}

/** The upper bound of a power of two, durations in seconds. */
function boundOf(aggregate: MetricsAggregate, bucket: number): number {
  return 2 ** bucket / numbersPerUnit(aggregate);
}

function quantileSeries(aggregate: MetricsAggregate, partial: PartialSeries): Series[] {
  const quantiles = [...new Set(aggregate.quantiles)];
  const groups = new Map<string, { labels: Labels; rows: { bucket: number; at: number }[] }>();
  for (const [at, { labels, bucket }] of partial.rows.entries()) {
    const key = labelsKey(labels);
    let group = groups.get(key);
    if (!group) groups.set(key, (group = { labels, rows: [] }));
    group.rows.push({ bucket, at });
  }
  const exemplars = Map.groupBy(partial.exemplars, ({ row }) => labelsKey(row.labels));
  return [...groups].flatMap(([key, { labels, rows }]) => {
    const sorted = rows.toSorted((a, b) => a.bucket - b.bucket);
    const values = quantileValues(aggregate, quantiles, sorted, partial);
    const own = attachToClosest(exemplars.get(key) ?? [], values);
    return quantiles.map((q, i): Series => ({
      labels: [...labels, { name: QUANTILE_LABEL, value: q }],
      values: values[i]!,
      exemplars: own[i]!,
    }));
  });
}

function quantileValues(
  aggregate: MetricsAggregate,
  quantiles: readonly number[],
  rows: readonly { readonly bucket: number; readonly at: number }[],
  { intervals, columns }: PartialSeries,
): Float64Array[] {
  const bounds = Float64Array.from(rows, ({ bucket }) => boundOf(aggregate, bucket));
  const firsts = Int32Array.from(rows, ({ at }) => at * intervals);
  const counts = new Float64Array(rows.length);
  const values = quantiles.map(() => new Float64Array(intervals));
  const column = columns[0]!;
  for (let interval = 0; interval < intervals; interval += 1) {
    let total = 0;
    for (let i = 0; i < counts.length; i += 1) {
      counts[i] = column[firsts[i]! + interval]!;
      total += counts[i]!;
    }
    if (total === 0) continue;
    for (let i = 0; i < values.length; i += 1)
      values[i]![interval] = quantileOf(quantiles[i]!, bounds, counts);
  }
  return values;
}

/** Each exemplar goes to the quantile whose value at its time is closest to its own. */
function attachToClosest(
  exemplars: readonly PartialExemplar[],
  values: readonly Float64Array[],
): SeriesExemplar[][] {
  const attached: SeriesExemplar[][] = values.map(() => []);
  for (const exemplar of exemplars) {
    let closest = 0;
    const distance = (i: number) =>
      Math.abs(values[i]![exemplar.interval]! - (exemplar.value ?? 0));
    for (let i = 1; i < values.length; i += 1) if (distance(i) < distance(closest)) closest = i;
    attached[closest]!.push(finishExemplar(exemplar, values[closest]![exemplar.interval]!));
  }
  return attached;
}

function exemplarsByRow(exemplars: readonly PartialExemplar[]): Map<string, PartialExemplar[]> {
  return Map.groupBy(exemplars, ({ row }) => rowKey(row));
}

function finishExemplar(exemplar: PartialExemplar, valueOfSeries: number): SeriesExemplar {
  const { labels, value, unixMs, interval } = exemplar;
  return {
    labels,
    value: value ?? valueOfSeries,
    unixMs,
    interval,
    hasOwnValue: value !== undefined,
  };
}
