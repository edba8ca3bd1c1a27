/** Arrival-order batches as a source, the way recent data are searched; for tests. */
import { assembleTraces, type SpanBatch } from '@tempo-ts/span-batch';
import type { SpansetSource } from '../spanset-source.ts';

/**
 * Assembles the traces one of whose pieces is a candidate, all into one batch; columns that were not
 * asked for cannot be looked at. No time range.
 */
export function pieceSource(
  batches: readonly SpanBatch[],
  options: { readonly isEveryTraceWanted?: boolean } = {},
): SpansetSource {
  return {
    async *fetch(request) {
      await Promise.resolve();
      request.signal.throwIfAborted();
      const wanted = new Set<string>();
      for (const batch of batches) {
        const rows = options.isEveryTraceWanted ? undefined : request.candidates?.(batch);
        for (let row = 0; row < batch.traces.count; row += 1)
          if (!rows || rows[row] === 1) wanted.add(idOf(batch, row));
      }
      if (wanted.size === 0) return;
      yield assembleTraces(
        batches.map((batch) => {
          const all = Int32Array.from({ length: batch.traces.count }, (_, row) => row);
          return { batch, rows: all.filter((row) => wanted.has(idOf(batch, row))) };
        }),
        { columns: request.columns },
      );
    },
  };
}

function idOf(batch: SpanBatch, row: number): string {
  return Buffer.from(batch.traces.ids.subarray(16 * row, 16 * row + 16)).toString('hex');
}
