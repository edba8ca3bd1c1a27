/**
 * What `compare` counts: spans per side, field and value. Of each field so many values are kept that
 * the most frequent ones are right; when rare ones had to be let go, how often they may have occurred
 * is kept with them.
 */
import type { LabelValue, PartialRow, PartialSeries } from '@tempo-ts/ports';
import { compareLabels, type Labels } from './labels.ts';

export type Side = 'baseline' | 'selection';

export const META_TYPE = '__meta_type';
/** In partial results only: how many spans may be missing from each value of a field. */
export const META_MISSING = '__meta_missing';

/** Values kept per field and side, and cells that all of them may take. */
const MAX_VALUES = 10_000;
const MAX_CELLS = 500_000;
const MIN_VALUES = 50;

interface FieldCounts {
  readonly total: Float64Array;
  values: Map<LabelValue, Float64Array>;
  /** Spans that may be missing from a value that was let go and came again. */
  missing: number;
}

export class CompareTable {
  readonly #intervals: number;
  readonly #maxValues: number;
  readonly #sides: Readonly<Record<Side, Map<string, FieldCounts>>>;

  constructor(intervals: number) {
    this.#intervals = intervals;
    const fitting = Math.floor(MAX_CELLS / intervals);
    this.#maxValues = Math.max(MIN_VALUES, Math.min(MAX_VALUES, fitting));
    this.#sides = { baseline: new Map(), selection: new Map() };
  }

  /** Most values that are kept of a field on one side. */
  get maxValues(): number {
    return this.#maxValues;
  }

  /** Up to `count` spans of each value of a field that was not added are let go. */
  addMissing(side: Side, field: string, count: number): void {
    this.#fieldOf(side, field).missing += count;
  }

  /** Adds spans per bucket of time with a value of a field; without a value: that have the field. */
  addCounts(
    side: Side,
    field: string,
    value: LabelValue | undefined,
    counts: ArrayLike<number>,
    from = 0,
  ): void {
    const of = this.#fieldOf(side, field);
    const cells = value === undefined ? of.total : this.#valueOf(of, value);
    for (let i = 0; i < this.#intervals; i += 1) cells[i] = cells[i]! + counts[from + i]!;
    if (of.values.size > 2 * this.#maxValues) this.#prune(of);
  }

  /** Adds what another job found. */
  add({ rows, columns }: PartialSeries): void {
    for (const [at, { labels }] of rows.entries()) {
      const [{ name: meta, value: type }, { name: field, value }] = labels as [
        Labels[number],
        Labels[number],
      ];
      const from = at * this.#intervals;
      if (meta === META_MISSING) this.#fieldOf(type as Side, field).missing += columns[0]![from]!;
      else if (String(type).endsWith('_total'))
        this.addCounts(
          String(type).replace('_total', '') as Side,
          field,
          undefined,
          columns[0]!,
          from,
        );
      else this.addCounts(type as Side, field, value, columns[0]!, from);
    }
  }

  /** All counts as rows, in order of their labels. */
  finish(): Pick<PartialSeries, 'intervals' | 'rows' | 'columns'> {
    const counted: { labels: Labels; counts: Float64Array }[] = [];
    for (const [side, fields] of Object.entries(this.#sides) as [Side, Map<string, FieldCounts>][])
      for (const [field, of] of fields) {
        if (of.values.size > this.#maxValues) this.#prune(of);
        for (const [value, counts] of of.values)
          counted.push({ labels: labelsOf(side, field, value), counts });
        counted.push({ labels: labelsOf(`${side}_total`, field, 'nil'), counts: of.total });
        if (of.missing > 0) {
          const missing = new Float64Array(this.#intervals);
          missing[0] = of.missing;
          const labels = [
            { name: META_MISSING, value: side },
            { name: field, value: 'nil' },
          ];
          counted.push({ labels, counts: missing });
        }
      }
    counted.sort((a, b) => compareLabels(a.labels, b.labels));
    const column = new Float64Array(counted.length * this.#intervals);
    for (const [at, { counts }] of counted.entries()) column.set(counts, at * this.#intervals);
    const rows: PartialRow[] = counted.map(({ labels }) => ({ labels, bucket: 0 }));
    return { intervals: this.#intervals, rows, columns: [column] };
  }

  #fieldOf(side: Side, field: string): FieldCounts {
    const fields = this.#sides[side];
    let of = fields.get(field);
    if (!of) {
      of = { total: new Float64Array(this.#intervals), values: new Map(), missing: 0 };
      fields.set(field, of);
    }
    return of;
  }

  #valueOf(of: FieldCounts, value: LabelValue): Float64Array {
    let cells = of.values.get(value);
    if (!cells) {
      cells = new Float64Array(this.#intervals);
      of.values.set(value, cells);
    }
    return cells;
  }

  /** Lets go of the least frequent values. */
  #prune(of: FieldCounts): void {
    const byCount = mostFrequent(of.values);
    of.values = new Map(
      byCount.slice(0, this.#maxValues).map(({ value, counts }) => [value, counts]),
    );
    of.missing += byCount[this.#maxValues]?.total ?? 0;
  }
}

function labelsOf(type: string, field: string, value: LabelValue): Labels {
  return [
    { name: META_TYPE, value: type },
    { name: field, value },
  ];
}

/** Values by their number of spans, then by value. */
export function mostFrequent(values: Iterable<readonly [LabelValue, Float64Array]>) {
  return [...values]
    .map(([value, counts]) => ({ value, counts, total: counts.reduce((a, b) => a + b, 0) }))
    .toSorted(
      (a, b) =>
        b.total - a.total ||
        compareLabels([{ name: '', value: a.value }], [{ name: '', value: b.value }]),
    );
}
