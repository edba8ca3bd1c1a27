/**
 * Picks rows of a span batch's columns as Parquet columns: a contiguous range as a view, a list of
 * rows (resource entries that point into a table) as a copy.
 */
import type { LeafColumn } from '@tempo-ts/parquet';
import type { BytesColumn, Int64Column, StringColumn } from '@tempo-ts/span-batch';

/** Rows `start … end - 1`. */
export interface RowRange {
  readonly start: number;
  readonly end: number;
}

export function sliceStrings(column: StringColumn, rows: RowRange): LeafColumn {
  const codes = column.codes.subarray(rows.start, rows.end);
  return { kind: 'codes', codes, dictionary: column.dictionary };
}

export function sliceBytes(column: BytesColumn, rows: RowRange): LeafColumn {
  const offsets = column.offsets.subarray(rows.start, rows.end + 1);
  return { kind: 'bytes', bytes: column.bytes, offsets };
}

export function sliceInt64(column: Int64Column, rows: RowRange): LeafColumn {
  return { kind: 'int64', words: column.words.subarray(rows.start * 2, rows.end * 2) };
}

export function sliceInt32(values: Int32Array, rows: RowRange): LeafColumn {
  return { kind: 'int32', values: values.subarray(rows.start, rows.end) };
}

/** The offsets of the children of `rows`, counted from their first child. */
export function sliceOffsets(offsets: Int32Array, rows: RowRange): Int32Array {
  const count = rows.end - rows.start;
  const first = offsets[rows.start]!;
  const sliced = new Int32Array(count + 1);
  for (let i = 0; i <= count; i++) sliced[i] = offsets[rows.start + i]! - first;
  return sliced;
}

/** The children of `rows`. */
export function childRange(offsets: Int32Array, rows: RowRange): RowRange {
  return { start: offsets[rows.start]!, end: offsets[rows.end]! };
}

export function gatherStrings(column: StringColumn, rows: Int32Array): LeafColumn {
  return { kind: 'codes', codes: gatherInts(column.codes, rows), dictionary: column.dictionary };
}

export function gatherInt32(values: Int32Array, rows: Int32Array): LeafColumn {
  return { kind: 'int32', values: gatherInts(values, rows) };
}

function gatherInts(values: Int32Array, rows: Int32Array): Int32Array {
  const count = rows.length;
  const gathered = new Int32Array(count);
  for (let i = 0; i < count; i++) gathered[i] = values[rows[i]!]!;
  return gathered;
}
