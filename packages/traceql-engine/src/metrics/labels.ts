/** Labels of series: their values, identity and order (spec §9.5). */
import type { LabelValue, PartialRow, SeriesLabel } from '@tempo-ts/ports';
import { compareStrings, formatDurationNanos, type Static } from '@tempo-ts/traceql';
import { isArray } from '../static-values.ts';

export type Labels = readonly SeriesLabel[];

/** The label of series that have no other one. */
export const NAME_LABEL = '__name__';
export const BUCKET_LABEL = '__bucket';
export const QUANTILE_LABEL = 'p';

/** Values keep their type; durations, statuses and kinds are texts. Arrays and nil are no values. */
export function labelValueOf(value: Static): LabelValue | undefined {
  if (value.type === 'nil' || isArray(value)) return undefined;
  return value.type === 'duration' ? formatDurationNanos(value.value) : value.value;
}

/**
 * The labels of a series: those without a value are dropped; when none has one, the first stands for
 * all with the string `nil`.
 */
export function seriesLabels(
  names: readonly string[],
  values: readonly (LabelValue | undefined)[],
): Labels {
  const labels: SeriesLabel[] = [];
  for (const [i, name] of names.entries()) {
    const value = values[i];
    if (value !== undefined) labels.push({ name, value });
  }
  return labels.length > 0 || names.length === 0 ? labels : [{ name: names[0]!, value: 'nil' }];
}

/** Equal for equal labels, different otherwise. */
export function labelsKey(labels: Labels): string {
  let key = '';
  for (const { name, value } of labels) {
    const text = String(value);
    key += `${name.length}:${name}${typeof value}${text.length}:${text}`;
  }
  return key;
}

/** The same for a row, whose bucket tells it apart from others with its labels. */
export function rowKey({ labels, bucket }: PartialRow): string {
  return `${bucket}|${labelsKey(labels)}`;
}

/** By number of labels, then by name and value of each: the order of series in answers. */
export function compareLabels(left: Labels, right: Labels): number {
  if (left.length !== right.length) return left.length - right.length;
  for (let i = 0; i < left.length; i += 1) {
    const a = left[i]!;
    const b = right[i]!;
    const order = compareStrings(a.name, b.name) || compareValues(a.value, b.value);
    if (order !== 0) return order;
  }
  return 0;
}

const TYPE_ORDER: Readonly<Record<string, number>> = {
  boolean: 0,
  number: 1,
  bigint: 2,
  string: 3,
};

/** NaN comes before all numbers. */
function compareValues(left: LabelValue, right: LabelValue): number {
  const types = TYPE_ORDER[typeof left]! - TYPE_ORDER[typeof right]!;
  if (types !== 0) return types;
  if (typeof left === 'string') return compareStrings(left, right as string);
  if (Number.isNaN(left) || Number.isNaN(right)) return +Number.isNaN(right) - +Number.isNaN(left);
  if (left === right) return 0;
  return left < right ? -1 : 1;
}
