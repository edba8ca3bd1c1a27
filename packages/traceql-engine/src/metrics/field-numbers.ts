/**
 * The numbers that metrics functions aggregate: one double per span, NaN where a span has none.
 * Durations are in nanoseconds here; what they are shown in is decided when series are finished.
 */
import {
  ABSENT,
  AttributeType,
  findCode,
  int64ToNumber,
  type Int64Column,
} from '@tempo-ts/span-batch';
import type { Field, IntrinsicName, MetricsAggregate } from '@tempo-ts/traceql';
import type { BatchView } from '../batch-view.ts';
import { isValue, type AttributeHome } from '../column-mask.ts';
import { attributeHome, attributeLane } from '../field-mask.ts';
import { fieldReader, type Row } from '../read-field.ts';

export interface FieldNumbersOptions {
  /** Floats count; without them only integers and durations do. */
  readonly hasFloats: boolean;
  /** Only spans with a bucket need a number. */
  readonly intervals: Int32Array;
}

/** The numbers of a field over all spans of a batch; undefined when no value of it is a number. */
export function fieldNumbers(
  view: BatchView,
  field: Field,
  options: FieldNumbersOptions,
): Float64Array | undefined {
  if (field.kind === 'intrinsic') return intrinsicNumbers(view, field.name, options);
  if (field.scope === 'none' || field.scope === 'event' || field.scope === 'link')
    return readNumbers(view, field, options);
  if (field.scope === 'resource' && field.name === 'service.name') return undefined;
  const lane = attributeLane(field.scope);
  const numbers = attributeNumbers(attributeHome(view, lane, field.name), options);
  if (lane === 'span') return numbers;
  return spread(numbers, lane === 'resource' ? view.batch.spanResources : view.batch.spanScopes);
}

function spread(numbers: Float64Array, rowOfSpan: Int32Array): Float64Array {
  const ofSpans = new Float64Array(rowOfSpan.length);
  for (let span = 0; span < ofSpans.length; span += 1) ofSpans[span] = numbers[rowOfSpan[span]!]!;
  return ofSpans;
}

function intrinsicNumbers(
  view: BatchView,
  name: IntrinsicName,
  options: FieldNumbersOptions,
): Float64Array | undefined {
  const { batch, spanCount } = view;
  switch (name) {
    case 'duration':
      return int64Numbers(batch.spans.durationNanos, spanCount);
    case 'traceDuration':
      return spread(int64Numbers(view.traceDurations, batch.traces.count), batch.spanTraces);
    case 'nestedSetLeft':
      return Float64Array.from(batch.spans.nestedSetLefts.subarray(0, spanCount));
    case 'nestedSetRight':
      return Float64Array.from(batch.spans.nestedSetRights.subarray(0, spanCount));
    case 'nestedSetParent':
      return Float64Array.from(batch.spans.nestedSetParents.subarray(0, spanCount));
    case 'span:childCount':
      return Float64Array.from(view.childCounts);
    case 'event:timeSinceStart':
      return readNumbers(view, { kind: 'intrinsic', name }, options);
    default:
      return undefined;
  }
}

function int64Numbers(column: Int64Column, rows: number): Float64Array {
  const numbers = new Float64Array(rows);
  for (let row = 0; row < rows; row += 1) numbers[row] = int64ToNumber(column, row);
  return numbers;
}

/** The column of its own comes first, then the first attribute of the name, whatever its type. */
function attributeNumbers(home: AttributeHome, { hasFloats }: FieldNumbersOptions): Float64Array {
  const { column, table, rows } = home;
  const numbers = new Float64Array(rows).fill(Number.NaN);
  const isTaken = new Uint8Array(rows);
  if (column?.type === 'int')
    for (let row = 0; row < rows; row += 1) {
      if (column.present[row] !== 1) continue;
      numbers[row] = int64ToNumber(column.ints, row);
      isTaken[row] = 1;
    }
  if (column?.type === 'string')
    for (let row = 0; row < rows; row += 1) if (column.strings.codes[row]! >= 0) isTaken[row] = 1;
  const keyCode = findCode(table.keys.dictionary, home.key);
  if (keyCode === ABSENT) return numbers;
  const { offsets, types, positions, arrays } = table;
  const keys = table.keys.codes;
  const total = offsets[rows]!;
  let row = 0;
  for (let i = offsets[0]!; i < total; i += 1) {
    if (keys[i] !== keyCode) continue;
    while (offsets[row + 1]! <= i) row += 1;
    let type = types[i]!;
    if (isTaken[row] === 1 || !isValue(type)) continue;
    isTaken[row] = 1;
    let position = positions[i]!;
    if (type >= AttributeType.StringArray) {
      if (arrays.counts[position] !== 1) continue;
      type -= AttributeType.StringArray;
      position = arrays.starts[position]!;
    }
    if (type === AttributeType.Int) numbers[row] = int64ToNumber(table.ints, position);
    else if (type === AttributeType.Double && hasFloats) numbers[row] = table.doubles[position]!;
  }
  return numbers;
}

function readNumbers(view: BatchView, field: Field, options: FieldNumbersOptions): Float64Array {
  const { intervals, hasFloats } = options;
  const read = fieldReader(view, field);
  const numbers = new Float64Array(view.spanCount).fill(Number.NaN);
  const row: Row = { span: 0, event: -1, link: -1 };
  for (let span = 0; span < numbers.length; span += 1) {
    if (intervals[span]! < 0) continue;
    row.span = span;
    const value = read(row);
    if (value.type === 'int' || value.type === 'duration' || (value.type === 'float' && hasFloats))
      numbers[span] = Number(value.value);
  }
  return numbers;
}

/**
 * The exponent of the smallest power of two that is not below `value`; 0 for values below two, which
 * have no bucket. Integers above 2^53 have been rounded to doubles before: one just above a power of
 * two counts as that power.
 */
export function log2Bucket(value: number): number {
  // False for NaN, too.
  if (!(value >= 2)) return 0;
  const below = value - 1;
  if (below >= Number.MAX_SAFE_INTEGER) return Math.ceil(Math.log2(value));
  const high = Math.floor(below / 4_294_967_296);
  return high > 0 ? 64 - Math.clz32(high) : 32 - Math.clz32(below >>> 0);
}

const DURATIONS: ReadonlySet<IntrinsicName> = new Set([
  'duration',
  'traceDuration',
  'event:timeSinceStart',
]);

/**
 * Numbers of the field per unit that answers show. All durations are shown in seconds where values
 * are told apart by power of two; elsewhere only `duration` is, the others stay nanoseconds, as in Tempo.
 */
export function numbersPerUnit({ field, ...metrics }: MetricsAggregate): number {
  if (field?.kind !== 'intrinsic') return 1;
  const isInSeconds = usesBuckets(metrics) ? DURATIONS.has(field.name) : field.name === 'duration';
  return isInSeconds ? 1e9 : 1;
}

/** Whether the function counts spans per power of two. */
export function usesBuckets(metrics: Pick<MetricsAggregate, 'function'>): boolean {
  return metrics.function === 'quantile_over_time' || metrics.function === 'histogram_over_time';
}
