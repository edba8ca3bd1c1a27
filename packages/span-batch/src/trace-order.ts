/** The order of rows by trace id, and which rows of a batch go where when a head is cut. */
import { stableSort } from './stable-sort.ts';
import type { SpanBatch } from './span-batch.ts';

const TRACE_ID_BYTES = 16;
/** As many leading bytes of an id as a double holds exactly. */
const KEY_BYTES = 6;

/** Rows of a batch: all, or these. */
export type SelectedRows = Int32Array | 'all';

/** The number a row's id begins with. */
export function traceIdKey(ids: Uint8Array, row: number): number {
  const at = row * TRACE_ID_BYTES;
  let key = ids[at]!;
  for (let i = 1; i < KEY_BYTES; i++) key = key * 256 + ids[at + i]!;
  return key;
}

/** Negative, 0 or positive as the id of row `a` of one table is before, equal to or behind the other. */
export function compareTraceIdRows(
  aIds: Uint8Array,
  a: number,
  bIds: Uint8Array,
  b: number,
): number {
  const aStart = a * TRACE_ID_BYTES;
  const bStart = b * TRACE_ID_BYTES;
  for (let i = 0; i < TRACE_ID_BYTES; i++) {
    const difference = aIds[aStart + i]! - bIds[bStart + i]!;
    if (difference !== 0) return difference;
  }
  return 0;
}

/** The rows of a batch by ascending trace id; rows of the same trace in order of arrival. */
export function sortedTraceOrder(batch: SpanBatch, rows: SelectedRows = 'all'): Int32Array {
  const { ids, count } = batch.traces;
  const order = rows === 'all' ? Int32Array.from({ length: count }, (_, i) => i) : rows.slice();
  const keys = new Float64Array(count);
  for (let i = 0; i < order.length; i++) keys[order[i]!] = traceIdKey(ids, order[i]!);
  stableSort(order, order.length, keys, (a, b) => compareTraceIdRows(ids, a, ids, b));
  return order;
}

/** Rows of a batch parted in two, both in order of arrival. */
export interface SplitRows {
  /** Rows of traces that go on: their bytes belong to the next head. */
  readonly live: Int32Array;
  /** Rows of traces that are complete. */
  readonly idle: Int32Array;
}

/**
 * Parts the rows of a head that is cut. `isLive` is asked once per row with the 16 bytes of its trace
 * id, a view that is valid during the call.
 */
export function splitRows(batch: SpanBatch, isLive: (traceId: Uint8Array) => boolean): SplitRows {
  const { ids, count } = batch.traces;
  const live = new Int32Array(count);
  const idle = new Int32Array(count);
  let liveCount = 0;
  let idleCount = 0;
  for (let row = 0; row < count; row++) {
    const start = row * TRACE_ID_BYTES;
    if (isLive(ids.subarray(start, start + TRACE_ID_BYTES))) live[liveCount++] = row;
    else idle[idleCount++] = row;
  }
  return { live: live.subarray(0, liveCount), idle: idle.subarray(0, idleCount) };
}
