/**
 * The oracle of metrics queries: span by span on decoded values, exact integers where numbers are
 * whole, one list of values per series and bucket of time. Shares no code with the engine of metrics.
 */
import type { PlainTrace } from '@tempo-ts/span-batch/testing';
import {
  formatDurationNanos,
  printField,
  type Field,
  type MetricsAggregate,
  type MetricsCompare,
  type Query,
  type Static,
} from '@tempo-ts/traceql';
import { evaluate } from './reference-expression.ts';
import { observedSpansets } from './reference-engine.ts';
import { isTrue, read, type Place } from './reference-values.ts';

/** Buckets: left-open, right-closed. */
export interface ReferenceGrid {
  readonly start: bigint;
  readonly end: bigint;
  readonly step: bigint;
}

/** One text per label, `name=type:value`, joined; → values per bucket, undefined without a sample. */
export type ReferenceSeries = Map<string, (number | undefined)[]>;

type Label = readonly [name: string, value: string];
interface Observed {
  readonly place: Place;
  readonly interval: number;
}

/** The series of a query. */
export function referenceMetrics(
  traces: readonly PlainTrace[],
  query: Query,
  grid: ReferenceGrid,
): ReferenceSeries {
  const observed = traces
    .flatMap((trace) => observedSpansets(query.pipeline, trace))
    .map((place): Observed => ({ place, interval: intervalOf(place, grid) }))
    .filter(({ interval }) => interval >= 0 && interval < intervalsOf(grid));
  const metrics = query.metrics!;
  let series =
    metrics.kind === 'metrics-compare'
      ? compare(metrics, observed, grid)
      : aggregate(metrics, observed, grid);
  for (const stage of query.secondStages) {
    series = withSamples(series);
    if (stage.kind !== 'metrics-filter') series = extremes(series, stage.kind, stage.limit);
    else {
      const { value, operator } = stage;
      const bound =
        Number((value as { value: bigint }).value) / (value.type === 'duration' ? 1e9 : 1);
      for (const values of series.values())
        for (const [i, one] of values.entries())
          if (one !== undefined && !passes(operator, one, bound)) values[i] = undefined;
    }
  }
  return withSamples(series);
}

function intervalsOf({ start, end, step }: ReferenceGrid): number {
  return Number((end - start + step - 1n) / step);
}

function intervalOf({ span }: Place, { start, step }: ReferenceGrid): number {
  const offset = span.startUnixNanos - start;
  return offset <= 0n ? -1 : Number((offset - 1n) / step);
}

function withSamples(series: ReferenceSeries): ReferenceSeries {
  return new Map([...series].filter(([, values]) => values.some((one) => one !== undefined)));
}

/** A value as a label, undefined for none. */
function labelText(value: Static): string | undefined {
  switch (value.type) {
    case 'nil':
    case 'int[]':
    case 'float[]':
    case 'string[]':
    case 'bool[]':
      return undefined;
    case 'duration':
      return `string:${formatDurationNanos(value.value)}`;
    case 'status':
    case 'kind':
      return `string:${value.value}`;
    default:
      return `${value.type}:${value.value}`;
  }
}

const EMPTY: Readonly<Record<string, string>> = {
  'event:name': 'string:',
  'event:timeSinceStart': 'string:0s',
  'link:traceID': 'string:',
  'link:spanID': 'string:0000000000000000',
};

function labelsOf(by: readonly Field[], place: Place): Label[] {
  const labels = by.map((field): [string, string | undefined] => {
    const value = read(field, place);
    const name = printField(field);
    return [
      name,
      value.type === 'nil' && field.kind === 'intrinsic' ? EMPTY[name] : labelText(value),
    ];
  });
  const present = labels.filter((label): label is [string, string] => label[1] !== undefined);
  if (present.length > 0 || by.length === 0) return present;
  return [[labels[0]![0], 'string:nil']];
}

const keyOf = (labels: readonly Label[]) =>
  labels.map(([name, value]) => `${name}=${value}`).join(' ; ');

const isSeconds = (field: Field) => field.kind === 'intrinsic' && field.name === 'duration';

function aggregate(
  metrics: MetricsAggregate,
  observed: readonly Observed[],
  grid: ReferenceGrid,
): ReferenceSeries {
  const { field, by, quantiles } = metrics;
  const name = metrics.function;
  const count = intervalsOf(grid);
  const isLog2 = name === 'quantile_over_time' || name === 'histogram_over_time';
  const groups = new Map<string, { labels: Label[]; values: Static[][] }>();
  for (const { place, interval } of observed) {
    const value: Static = field ? read(field, place) : { type: 'int', value: 1n };
    if (!isUsed(value, isLog2)) continue;
    const labels = labelsOf(by, place);
    const key = keyOf(labels);
    if (!groups.has(key))
      groups.set(key, { labels, values: Array.from({ length: count }, () => []) });
    groups.get(key)!.values[interval]!.push(value);
  }
  const series: ReferenceSeries = new Map();
  const isCounting = name === 'rate' || name === 'count_over_time';
  if (isCounting && by.length === 0 && groups.size === 0)
    groups.set('', { labels: [], values: Array.from({ length: count }, () => []) });
  for (const { labels, values } of groups.values()) {
    if (name === 'quantile_over_time')
      for (const q of new Set(quantiles))
        series.set(
          keyOf([...labels, ['p', `float:${q}`]]),
          values.map((list) => quantile(q, list)),
        );
    else if (name === 'histogram_over_time')
      for (const bound of new Set(values.flat().map((value) => log2Bound(value))))
        series.set(
          keyOf([...labels, ['__bucket', `float:${bound}`]]),
          values.map((list) => list.filter((value) => log2Bound(value) === bound).length),
        );
    else
      series.set(
        keyOf(by.length > 0 ? labels : [['__name__', `string:${name}`]]),
        values.map((list) => valueOf(metrics, list, grid)),
      );
  }
  return series;
}

function isUsed(value: Static, isLog2: boolean): boolean {
  if (value.type === 'float') return !isLog2 && !Number.isNaN(value.value);
  if (value.type !== 'int' && value.type !== 'duration') return false;
  return !isLog2 || value.value >= 2n;
}

function valueOf(
  { function: name, field }: MetricsAggregate,
  list: readonly Static[],
  { step }: ReferenceGrid,
): number | undefined {
  if (name === 'count_over_time') return list.length;
  if (name === 'rate') return list.length / (Number(step) / 1e9);
  if (list.length === 0) return undefined;
  const scale = isSeconds(field!) ? 1e9 : 1;
  const numbers = list.map((value) => Number((value as { value: bigint | number }).value));
  if (name === 'min_over_time') return Math.min(...numbers) / scale;
  if (name === 'max_over_time') return Math.max(...numbers) / scale;
  const whole = list.reduce(
    (sum, value) => (value.type === 'float' ? sum : sum + (value as { value: bigint }).value),
    0n,
  );
  const floats = list.reduce((sum, value) => (value.type === 'float' ? sum + value.value : sum), 0);
  const sum = Number(whole) + floats;
  return (name === 'sum_over_time' ? sum : sum / list.length) / scale;
}

/** The smallest power of two that is not below the value, durations in seconds. */
function log2Bound(value: Static): number {
  const number = Number((value as { value: bigint }).value);
  let bound = 2;
  while (bound < number) bound *= 2;
  return value.type === 'duration' ? bound / 1e9 : bound;
}

function quantile(q: number, list: readonly Static[]): number {
  const counts = new Map<number, number>();
  for (const bound of list.map((value) => log2Bound(value)).toSorted((a, b) => a - b))
    counts.set(bound, (counts.get(bound) ?? 0) + 1);
  const wanted = Math.max(1, Math.ceil(q * list.length));
  let before = 0;
  let previous = 0;
  for (const [bound, count] of counts) {
    if (before + count === wanted) return bound;
    if (before + count > wanted) {
      const low = previous === 0 ? Math.log2(bound) - 1 : Math.log2(previous);
      return 2 ** (low + (Math.log2(bound) - low) * ((wanted - before) / count));
    }
    before += count;
    previous = bound;
  }
  return 0;
}

/** Per bucket the `limit` first in the order of values; of equal ones by their labels. */
function extremes(
  series: ReferenceSeries,
  kind: 'topk' | 'bottomk',
  limit: number,
): ReferenceSeries {
  if (series.size <= limit) return series;
  const sign = kind === 'topk' ? 1 : -1;
  const names = [...series.keys()].toSorted((a, b) => sign * compareLabelTexts(a, b));
  const kept: ReferenceSeries = new Map(names.map((name) => [name, [...series.get(name)!]]));
  const count = [...series.values()][0]!.length;
  for (let i = 0; i < count; i += 1) {
    const present = names.filter((name) => series.get(name)![i] !== undefined);
    present.sort((a, b) => sign * (series.get(b)![i]! - series.get(a)![i]!));
    for (const name of present.slice(limit)) kept.get(name)![i] = undefined;
  }
  return kept;
}

const TYPES = ['bool', 'float', 'int', 'string'];

function compareLabelTexts(left: string, right: string): number {
  const a = left.split(' ; ');
  const b = right.split(' ; ');
  if (a.length !== b.length) return a.length - b.length;
  for (const [i, one] of a.entries()) {
    const [, nameA, typeA, valueA] = /^(.*?)=(bool|float|int|string):(.*)$/s.exec(one)!;
    const [, nameB, typeB, valueB] = /^(.*?)=(bool|float|int|string):(.*)$/s.exec(b[i]!)!;
    const order =
      Buffer.compare(Buffer.from(nameA!), Buffer.from(nameB!)) ||
      TYPES.indexOf(typeA!) - TYPES.indexOf(typeB!) ||
      compareTexts(typeA!, valueA!, valueB!);
    if (order !== 0) return order;
  }
  return 0;
}

function compareTexts(type: string, left: string, right: string): number {
  if (type === 'int')
    return BigInt(left) === BigInt(right) ? 0 : BigInt(left) < BigInt(right) ? -1 : 1;
  if (type !== 'float') return Buffer.compare(Buffer.from(left), Buffer.from(right));
  if (left === right) return 0;
  if (left === 'NaN' || right === 'NaN') return left === 'NaN' ? -1 : 1;
  return Number(left) < Number(right) ? -1 : 1;
}

function passes(operator: string, value: number, bound: number): boolean {
  const order = value < bound ? -1 : value > bound ? 1 : 0;
  return {
    '<': order < 0,
    '<=': order <= 0,
    '>': order > 0,
    '>=': order >= 0,
    '=': order === 0,
    '!=': order !== 0,
  }[operator]!;
}

const INTRINSICS = [
  'name',
  'kind',
  'status',
  'statusMessage',
  'rootName',
  'rootServiceName',
  'instrumentation:name',
  'instrumentation:version',
] as const;

const add = (values: (number | undefined)[], at: number) => (values[at] = values[at]! + 1);

function compare(
  metrics: MetricsCompare,
  observed: readonly Observed[],
  grid: ReferenceGrid,
): ReferenceSeries {
  const counts = new Map<string, Map<string, (number | undefined)[]>>();
  const totals: ReferenceSeries = new Map();
  const zeros = () => Array.from({ length: intervalsOf(grid) }, (): number | undefined => 0);
  for (const { place, interval } of observed) {
    const { startUnixNanos } = place.span;
    const inRange =
      !metrics.hasRange ||
      (startUnixNanos > metrics.startUnixNano && startUnixNanos <= metrics.endUnixNano);
    const isSelected = inRange && isTrue(evaluate(metrics.selection.expression, place));
    const side = isSelected ? 'selection' : 'baseline';
    for (const field of fieldsOf(place)) {
      const value = read(field, place);
      if (value.type === 'nil') continue;
      const total = `__meta_type=string:${side}_total ; ${printField(field)}=string:nil`;
      if (!totals.has(total)) totals.set(total, zeros());
      add(totals.get(total)!, interval);
      const group = `__meta_type=string:${side} ; ${printField(field)}=`;
      if (!counts.has(group)) counts.set(group, new Map());
      const values = counts.get(group)!;
      const text = labelText(value) ?? 'string:nil';
      if (!values.has(text)) values.set(text, zeros());
      add(values.get(text)!, interval);
    }
  }
  const series = new Map(totals);
  for (const [group, values] of counts)
    for (const [text, list] of mostFrequent(values).slice(0, metrics.topN))
      series.set(group + text, list);
  return series;
}

const total = (list: readonly (number | undefined)[]) => list.reduce((a, b) => a! + b!, 0)!;

function mostFrequent(values: ReadonlyMap<string, (number | undefined)[]>) {
  return [...values].toSorted(
    ([a, x], [b, y]) => total(y) - total(x) || compareLabelTexts(`=${a}`, `=${b}`),
  );
}

function named(
  kind: 'span' | 'resource' | 'instrumentation',
  attributes: readonly (readonly [string, string, unknown])[],
  columns: Readonly<Record<string, unknown>>,
): Field[] {
  return [...new Set([...attributes.map(([name]) => name), ...Object.keys(columns)])].map(
    (name) => ({
      kind: 'attribute',
      scope: kind,
      parent: false,
      name,
    }),
  );
}

function fieldsOf({ span, resource, scope }: Place): Field[] {
  const fields = [
    ...INTRINSICS.map((name): Field => ({ kind: 'intrinsic', name })),
    ...named('span', span.attributes, span.columns),
    ...named('resource', resource.attributes, { ...resource.columns, 'service.name': '' }),
    ...named('instrumentation', scope.attributes, {}),
  ];
  return [...new Map(fields.map((field) => [printField(field), field])).values()];
}
