/** Builds batches from whole traces, for the tests of those who read batches. */
import type { DedicatedColumn } from '../dedicated-column.ts';
import type { SpanBatch } from '../span-batch.ts';
import { SpanBatchBuilder } from '../span-batch-builder.ts';

/** A piece of a trace: its id and a serialized Trace. */
export interface TraceBytes {
  readonly traceId: Uint8Array;
  readonly bytes: Uint8Array;
}

/** An arrival-order batch of these pieces, one row each. */
export function arrivalBatchOf(
  pieces: readonly TraceBytes[],
  dedicatedColumns: readonly DedicatedColumn[] = [],
): SpanBatch {
  const builder = new SpanBatchBuilder({ dedicatedColumns });
  for (const { traceId, bytes } of pieces) builder.appendTrace(traceId, bytes);
  return builder.view();
}
