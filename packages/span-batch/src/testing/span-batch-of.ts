/** Builds batches from traces, for the tests of those who read batches. */
import { toBinary } from '@bufbuild/protobuf';
import { tempopb } from '@tempo-ts/contracts';
import { assembleTraces } from '../assemble-traces.ts';
import type { DedicatedColumn } from '../dedicated-column.ts';
import type { SpanBatch } from '../span-batch.ts';
import { SpanBatchBuilder } from '../span-batch-builder.ts';

/** A piece of a trace: its id and a serialized Trace. */
export interface TraceBytes {
  readonly traceId: Uint8Array;
  readonly bytes: Uint8Array;
}

/** A message whose spans all have one trace id of 16 bytes; there is at least one span. */
export type TraceMessage = tempopb.Trace;

/** The piece that a message is. */
export function pieceOf(trace: TraceMessage): TraceBytes {
  const spans = trace.resourceSpans.flatMap((batch) =>
    batch.scopeSpans.flatMap((scope) => scope.spans),
  );
  return { traceId: spans[0]!.traceId, bytes: toBinary(tempopb.TraceSchema, trace) };
}

/** An arrival-order batch of these pieces, one row each. */
export function arrivalBatchOf(
  pieces: readonly (TraceBytes | TraceMessage)[],
  dedicatedColumns: readonly DedicatedColumn[] = [],
): SpanBatch {
  const builder = new SpanBatchBuilder({ dedicatedColumns });
  for (const piece of pieces) {
    const { traceId, bytes } = 'bytes' in piece ? piece : pieceOf(piece);
    builder.appendTrace(traceId, bytes);
  }
  return builder.view();
}

/** An assembled batch of these traces; pieces with the same id become one. */
export function spanBatchOf(
  traces: readonly (TraceBytes | TraceMessage)[],
  dedicatedColumns: readonly DedicatedColumn[] = [],
): SpanBatch {
  return assembleTraces([{ batch: arrivalBatchOf(traces, dedicatedColumns), rows: 'all' }]);
}
