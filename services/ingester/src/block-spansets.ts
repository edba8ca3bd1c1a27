/** A local block as a source of spans for the engine. */
import { fetchSpanBatches, type OpenBlock } from '@tempo-ts/block';
import { assembleTraces, type BatchColumn, type SpanBatch } from '@tempo-ts/span-batch';
import type { SpansetSource } from '@tempo-ts/traceql-engine';
import { rangeOf, rowOverlaps } from './trace-times.ts';

export function blockSpansets(block: OpenBlock): SpansetSource {
  return {
    async *fetch(request) {
      const range = rangeOf(request);
      const columns: ReadonlySet<BatchColumn> = range
        ? new Set([...request.columns, 'trace.times'])
        : request.columns;
      for await (const batch of fetchSpanBatches(block, { columns, signal: request.signal })) {
        const rows = selectRows(batch, (row) => !range || rowOverlaps(batch, row, range));
        if (rows.length === batch.traces.count) yield batch;
        else if (rows.length > 0) yield assembleTraces([{ batch, rows }], { columns });
      }
    },
  };
}

function selectRows(batch: SpanBatch, isWanted: (row: number) => boolean): Int32Array {
  const rows = new Int32Array(batch.traces.count);
  let count = 0;
  for (let row = 0; row < rows.length; row += 1) if (isWanted(row)) rows[count++] = row;
  return rows.subarray(0, count);
}
