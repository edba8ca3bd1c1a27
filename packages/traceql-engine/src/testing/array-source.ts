/** Batches in memory as a source, for tests. */
import type { SpanBatch } from '@tempo-ts/span-batch';
import { dropOutside } from '../overlapping-traces.ts';
import type { SpansetSource } from '../spanset-source.ts';

/**
 * Yields assembled batches as they are, those without a candidate left out. The time range leaves out
 * nothing: a batch is yielded whole or, when none of its traces overlaps, not at all.
 */
export function arraySource(batches: readonly SpanBatch[]): SpansetSource {
  return {
    // eslint-disable-next-line typescript/require-await -- the port is asynchronous
    async *fetch(request) {
      for (const batch of batches) {
        request.signal.throwIfAborted();
        const all = new Uint8Array(batch.traces.count).fill(1);
        if (!dropOutside(batch.traces, request, all).includes(1)) continue;
        if (request.candidates?.(batch).includes(1) === false) continue;
        yield batch;
      }
    },
  };
}
