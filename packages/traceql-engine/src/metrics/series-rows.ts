/**
 * Series being added up, by spans or by partial results: rows of doubles, one per bucket of time. What
 * is added in which order and in how many parts makes no difference to counts, extremes and sums of
 * integers; sums of floats are compensated.
 */
import type { PartialRow, PartialSeries } from '@tempo-ts/ports';
import { assert } from '@tempo-ts/runtime';
import { compareLabels, rowKey, type Labels } from './labels.ts';

/** `sum` keeps the sum, what its rounding lost, and the number of values. */
export type RowKind = 'count' | 'min' | 'max' | 'sum';

/** Rows of one query: bounds the memory of a job to some 64 MB per column. */
const MAX_CELLS = 4_000_000;
const MAX_ROWS = 100_000;
/** A series may have a row for each power of two. */
const MIN_ROWS = 128;

/** The row of series that are left out. */
export const LEFT_OUT = -1;

export interface SeriesRowsOptions {
  readonly kind: RowKind;
  readonly intervals: number;
  /** Most rows kept; as many as memory allows unless told otherwise. */
  readonly maxRows?: number;
}

export class SeriesRows {
  readonly #options: SeriesRowsOptions;
  readonly #maxRows: number;
  #rows: PartialRow[] = [];
  #rowOfKey = new Map<string, number>();
  #columns: Float64Array[];
  #capacity = 16;
  /** Series from these labels on are left out. */
  #end: Labels | undefined;
  #generation = 0;

  constructor(options: SeriesRowsOptions) {
    this.#options = options;
    const fitting = Math.floor(MAX_CELLS / options.intervals);
    this.#maxRows = options.maxRows ?? Math.max(MIN_ROWS, Math.min(MAX_ROWS, fitting));
    this.#columns = this.#emptyColumns();
  }

  /** Row numbers hold as long as this does. */
  get generation(): number {
    return this.#generation;
  }

  /** The columns as they are now; adding a row may replace them. */
  get columns(): readonly Float64Array[] {
    return this.#columns;
  }

  get rows(): readonly PartialRow[] {
    return this.#rows;
  }

  /** Labels from which on series are left out; undefined when none is. */
  get truncatedAt(): Labels | undefined {
    return this.#end;
  }

  get maxRows(): number {
    return this.#maxRows;
  }

  /** The row of a series, added if it is new; {@link LEFT_OUT} when there is no room for it. */
  rowOf(labels: Labels, bucket: number): number {
    if (this.#isLeftOut(labels)) return LEFT_OUT;
    const key = rowKey({ labels, bucket });
    const known = this.#rowOfKey.get(key);
    if (known !== undefined) return known;
    if (this.#rows.length >= 2 * this.#maxRows) {
      this.#shrink();
      if (this.#isLeftOut(labels)) return LEFT_OUT;
    }
    const row = this.#rows.length;
    if (row === this.#capacity) this.#grow();
    this.#rows.push({ labels, bucket });
    this.#rowOfKey.set(key, row);
    return row;
  }

  /** Adds what another job found. */
  add(partial: PartialSeries): void {
    const { intervals } = this.#options;
    assert(partial.intervals === intervals, 'partial series have the buckets of the query');
    if (partial.truncatedAt) this.#leaveOutFrom(partial.truncatedAt);
    for (const [from, { labels, bucket }] of partial.rows.entries()) {
      const row = this.rowOf(labels, bucket);
      if (row !== LEFT_OUT) this.#addRow(row * intervals, partial.columns, from * intervals);
    }
  }

  /** The rows and columns, trimmed, not more rows than are kept. */
  finish(): Pick<PartialSeries, 'intervals' | 'rows' | 'columns' | 'truncatedAt'> {
    if (this.#rows.length > this.#maxRows) this.#shrink();
    const { intervals } = this.#options;
    const cells = this.#rows.length * intervals;
    return {
      intervals,
      rows: this.#rows,
      columns: this.#columns.map((column) => column.slice(0, cells)),
      ...(this.#end ? { truncatedAt: this.#end } : {}),
    };
  }

  #addRow(at: number, columns: readonly Float64Array[], from: number): void {
    const { kind, intervals } = this.#options;
    if (kind === 'count') addCounts(this.#columns[0]!, at, columns[0]!, from, intervals);
    else if (kind === 'sum') addSums(this.#columns, at, columns, from, intervals);
    else
      for (let i = 0; i < intervals; i += 1) {
        const value = columns[0]![from + i]!;
        if (!Number.isNaN(value)) addExtreme(this.#columns[0]!, at + i, value, kind === 'max');
      }
  }

  #isLeftOut(labels: Labels): boolean {
    return this.#end !== undefined && compareLabels(labels, this.#end) >= 0;
  }

  #leaveOutFrom(labels: Labels): void {
    if (this.#isLeftOut(labels)) return;
    this.#end = labels;
    this.#keep(this.#rows.flatMap((row, at) => (this.#isLeftOut(row.labels) ? [] : [at])));
  }

  /** Keeps the first series, in their order, up to the first that does not fit whole. */
  #shrink(): void {
    const sorted = this.#rows.toSorted((a, b) => compareLabels(a.labels, b.labels));
    this.#leaveOutFrom(sorted[this.#maxRows]!.labels);
  }

  #keep(kept: readonly number[]): void {
    const { intervals } = this.#options;
    for (const [to, from] of kept.entries())
      for (const column of this.#columns)
        column.copyWithin(to * intervals, from * intervals, (from + 1) * intervals);
    for (const column of this.#columns) column.fill(this.#initial, kept.length * intervals);
    this.#rows = kept.map((from) => this.#rows[from]!);
    this.#rowOfKey = new Map(this.#rows.map((row, at) => [rowKey(row), at]));
    this.#generation += 1;
  }

  #grow(): void {
    this.#capacity *= 2;
    this.#columns = this.#emptyColumns().map((column, i) => {
      column.set(this.#columns[i]!);
      return column;
    });
  }

  #emptyColumns(): Float64Array[] {
    const count = this.#options.kind === 'sum' ? 3 : 1;
    const cells = this.#capacity * this.#options.intervals;
    const initial = this.#initial;
    return Array.from({ length: count }, () => {
      const column = new Float64Array(cells);
      return initial === 0 ? column : column.fill(initial);
    });
  }

  /** What a cell holds before anything is added. */
  get #initial(): number {
    return this.#options.kind === 'min' || this.#options.kind === 'max' ? Number.NaN : 0;
  }
}

function addCounts(
  own: Float64Array,
  at: number,
  counts: Float64Array,
  from: number,
  length: number,
): void {
  for (let i = 0; i < length; i += 1) {
    const count = counts[from + i]!;
    if (count !== 0) own[at + i] = own[at + i]! + count;
  }
}

function addSums(
  own: readonly Float64Array[],
  at: number,
  columns: readonly Float64Array[],
  from: number,
  length: number,
): void {
  for (let i = 0; i < length; i += 1) {
    const count = columns[2]![from + i]!;
    if (count === 0) continue;
    addCompensated(own, at + i, columns[0]![from + i]!);
    const lost = columns[1]![from + i]!;
    if (!Number.isNaN(lost)) addCompensated(own, at + i, lost);
    own[2]![at + i] = own[2]![at + i]! + count;
  }
}

/** Adds to the sum in column 0; what rounding loses goes to column 1 (Neumaier). */
export function addCompensated(
  columns: readonly Float64Array[],
  cell: number,
  value: number,
): void {
  const sum = columns[0]![cell]!;
  const total = sum + value;
  const lost = Math.abs(sum) >= Math.abs(value) ? sum - total + value : value - total + sum;
  columns[0]![cell] = total;
  columns[1]![cell] = columns[1]![cell]! + lost;
}

/** The smaller (larger) of the cell and the value; a cell that is NaN has no value yet. */
export function addExtreme(
  column: Float64Array,
  cell: number,
  value: number,
  isMax: boolean,
): void {
  const known = column[cell]!;
  if (isMax ? !(known >= value) : !(known <= value)) column[cell] = value;
}

/** What a cell of sums holds. */
export function compensatedSum(columns: readonly Float64Array[], cell: number): number {
  const sum = columns[0]![cell]!;
  // With infinities there is nothing to compensate.
  return Number.isFinite(sum) ? sum + columns[1]![cell]! : sum;
}
