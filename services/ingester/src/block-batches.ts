/**
 * The rows of a cut head as the batches of a block: traces in ascending order of id, so many spans
 * at a time, so that memory does not grow with the head.
 */
import type { SpanBatch } from '@tempo-ts/span-batch';
import { RowCollection, type RowOfBatch } from './assemble-rows.ts';
import type { HeadContent } from './head-calls.ts';

/** Assembled batches of about `batchSpans` spans, at least one trace each. */
export function* blockBatches(content: HeadContent, batchSpans: number): Generator<SpanBatch> {
  const rows = sortedRows(content);
  const collection = new RowCollection();
  for (let i = 0; i < rows.length; i += 1) {
    const { batch, row } = rows.at(i);
    collection.add(batch, row);
    const isTraceWhole = i + 1 === rows.length || !rows.isSameTrace(i, i + 1);
    if (isTraceWhole && collection.spanCount >= batchSpans) yield collection.assemble();
  }
  if (collection.spanCount > 0) yield collection.assemble();
}

/** Rows in ascending order of their trace id; those of one trace in order of arrival. */
interface SortedRows {
  readonly length: number;
  at(position: number): RowOfBatch;
  isSameTrace(position: number, other: number): boolean;
}

function sortedRows(content: HeadContent): SortedRows {
  const { chunks, excluded } = content;
  const chunkOf = new Int32Array(content.rowCount);
  const rowOf = new Int32Array(content.rowCount);
  let count = 0;
  for (const [chunk, batch] of chunks.entries()) {
    const skipped = excluded[chunk]!;
    const rowCount = batch.traces.count;
    for (let row = 0; row < rowCount; row += 1) {
      if (skipped[row] !== 0) continue;
      chunkOf[count] = chunk;
      rowOf[count] = row;
      count += 1;
    }
  }
  const idsOf = chunks.map(({ traces: { ids } }) => ids);
  const compare = (i: number, j: number): number => {
    const a = idsOf[chunkOf[i]!]!;
    const b = idsOf[chunkOf[j]!]!;
    const atA = rowOf[i]! * 16;
    const atB = rowOf[j]! * 16;
    for (let k = 0; k < 16; k += 1) {
      const difference = a[atA + k]! - b[atB + k]!;
      if (difference !== 0) return difference;
    }
    return 0;
  };
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  order.sort((i, j) => compare(i, j) || i - j);
  return {
    length: count,
    at: (position) => {
      const i = order[position]!;
      return { batch: chunks[chunkOf[i]!]!, row: rowOf[i]! };
    },
    isSameTrace: (position, other) => compare(order[position]!, order[other]!) === 0,
  };
}
