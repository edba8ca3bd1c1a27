/**
 * The heads of a tenant as a source of spans for the engine. Chunks are searched as they came; only
 * traces of which a piece may match are put together.
 */
import type { FetchRequest, SpansetSource } from '@tempo-ts/traceql-engine';
import { RowCollection, type RowOfBatch } from './assemble-rows.ts';
import type { HeadChunk, HeadSnapshot } from './head.ts';
import { overlaps, rangeOf } from './trace-times.ts';

/** Gives other messages of the thread a turn when this one has had it for long enough. */
export type Pause = () => Promise<void> | undefined;

/** A source over snapshots of all heads of one tenant, oldest first. */
export function recentSpansets(
  heads: readonly HeadSnapshot[],
  options: { readonly batchSpans: number; readonly pause: Pause },
): SpansetSource {
  return {
    async *fetch(request) {
      const selected = await selectTraces(heads, request, options.pause);
      const range = rangeOf(request);
      const collection = new RowCollection();
      for (const trace of wholeTraces(heads, selected)) {
        if (range && !overlaps(trace, range)) continue;
        for (const { batch, row } of trace) collection.add(batch, row);
        if (collection.spanCount < options.batchSpans) continue;
        yield collection.assemble();
        await options.pause();
        request.signal.throwIfAborted();
      }
      if (collection.spanCount > 0) yield collection.assemble();
    },
  };
}

/** The rows of one trace in all heads; empty when it is in none. */
export function rowsOfTrace(heads: readonly HeadSnapshot[], traceId: Uint8Array): RowOfBatch[] {
  const rows: RowOfBatch[] = [];
  for (const head of heads) addRows(head, head.index.find(traceId, 0), rows);
  return rows;
}

/** Per head, one byte per trace: 1 when it has a row that may match. */
async function selectTraces(
  heads: readonly HeadSnapshot[],
  request: FetchRequest,
  pause: Pause,
): Promise<Uint8Array[]> {
  const selected: Uint8Array[] = [];
  for (const head of heads) {
    const traces = new Uint8Array(head.traceCount);
    selected.push(traces);
    for (const chunk of head.chunks) {
      const mayMatch = request.candidates?.(chunk.batch);
      const count = chunk.batch.traces.count;
      for (let row = 0; row < count; row += 1)
        if (!mayMatch || mayMatch[row] !== 0)
          traces[head.index.traceOfRow(chunk.firstRow + row)] = 1;
      await pause();
      request.signal.throwIfAborted();
    }
    const { carriedOn } = head;
    if (carriedOn) for (let i = 0; i < carriedOn.length; i += 1) if (carriedOn[i]) traces[i] = 0;
  }
  return selected;
}

/** Each selected trace once, with its rows in all heads. */
function* wholeTraces(
  heads: readonly HeadSnapshot[],
  selected: readonly Uint8Array[],
): Generator<RowOfBatch[]> {
  const id = new Uint8Array(16);
  for (const [h, head] of heads.entries()) {
    const traces = selected[h]!;
    for (let trace = 0; trace < traces.length; trace += 1) {
      if (traces[trace] === 0) continue;
      head.index.copyId(trace, id, 0);
      const rows: RowOfBatch[] = [];
      for (const [g, other] of heads.entries()) {
        const same = g === h ? trace : other.index.find(id, 0);
        if (same < 0 || same >= other.traceCount) continue;
        if (g > h) selected[g]![same] = 0;
        addRows(other, same, rows);
      }
      yield rows;
    }
  }
}

function addRows(head: HeadSnapshot, trace: number, rows: RowOfBatch[]): void {
  if (trace < 0 || trace >= head.traceCount || head.carriedOn?.[trace]) return;
  let row = head.index.firstRow(trace);
  while (row >= 0 && row < head.rowCount) {
    const chunk = chunkOfRow(head.chunks, row);
    rows.push({ batch: chunk.batch, row: row - chunk.firstRow });
    row = head.index.nextRow(row);
  }
}

function chunkOfRow(chunks: readonly HeadChunk[], row: number): HeadChunk {
  let low = 0;
  let high = chunks.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (chunks[middle]!.firstRow <= row) low = middle;
    else high = middle - 1;
  }
  return chunks[low]!;
}
