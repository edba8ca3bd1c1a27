/** Some rows of columns of a whole row group, as columns of their own. */
import type { RowSpan } from '@tempo-ts/parquet';
import type { BytesColumn, ServiceStatsTable } from '@tempo-ts/span-batch';

/** The numbers of `rows`; there are `width` numbers per row. */
export function takeSpans(values: Int32Array, rows: readonly RowSpan[], width: number): Int32Array {
  const taken = new Int32Array(rows.reduce((sum, { start, end }) => sum + end - start, 0) * width);
  let at = 0;
  for (const { start, end } of rows) {
    taken.set(values.subarray(start * width, end * width), at);
    at += (end - start) * width;
  }
  return taken;
}

/** The byte strings of `rows`, which are `count`. */
export function takeBytes(
  column: BytesColumn,
  rows: readonly RowSpan[],
  count: number,
): BytesColumn {
  const offsets = new Int32Array(count + 1);
  const parts: Uint8Array[] = [];
  let row = 0;
  for (const { start, end } of rows) {
    const first = column.offsets[start]!;
    const before = offsets[row]! - first;
    for (let i = start + 1; i <= end; i++) offsets[++row] = column.offsets[i]! + before;
    parts.push(column.bytes.subarray(first, column.offsets[end]));
  }
  return { bytes: new Uint8Array(Buffer.concat(parts)), offsets };
}

/** Memory of service statistics. */
export function statsBytes({ offsets, services, spanCounts }: ServiceStatsTable): number {
  const { dictionary } = services;
  return offsets.byteLength + spanCounts.byteLength * 3 + dictionary.bytes.length;
}

/** The service statistics of `traces`. */
export function takeStats(stats: ServiceStatsTable, traces: readonly RowSpan[]): ServiceStatsTable {
  const offsets = [0];
  const rows: RowSpan[] = [];
  for (const { start, end } of traces) {
    const first = stats.offsets[start]!;
    const before = offsets.at(-1)! - first;
    for (let trace = start + 1; trace <= end; trace++) offsets.push(stats.offsets[trace]! + before);
    rows.push({ start: first, end: stats.offsets[end]! });
  }
  return {
    offsets: Int32Array.from(offsets),
    services: {
      dictionary: stats.services.dictionary,
      codes: takeSpans(stats.services.codes, rows, 1),
    },
    spanCounts: takeSpans(stats.spanCounts, rows, 1),
    errorCounts: takeSpans(stats.errorCounts, rows, 1),
  };
}

/** Memory of a column of byte strings. */
export function bytesOf({ bytes, offsets }: BytesColumn): number {
  return bytes.length + offsets.byteLength;
}
