/** Joins what was found of one trace, and keeps the answer within the tenant's limit. */
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { tempopb, trace as otlp } from '@tempo-ts/contracts';
import { combineTraces, separateSharedSpanIds } from '@tempo-ts/otlp';

/** The whole trace from `parts` (serialized Traces), or undefined when nothing was found. */
export function combineFoundTraces(
  parts: readonly (Uint8Array | undefined)[],
): Uint8Array | undefined {
  const found = parts.filter((part) => part !== undefined && part.length > 0) as Uint8Array[];
  return found.length === 0 ? undefined : separateSharedSpanIds(combineTraces(found));
}

/** The first spans of `trace` (serialized), as many as fit into `maxBytes`. */
export function truncateTrace(trace: Uint8Array, maxBytes: number): Uint8Array {
  const decoded = fromBinary(tempopb.TraceSchema, trace);
  // What stands around the spans counts as well, and is cut last.
  let left = maxBytes;
  for (const batch of decoded.resourceSpans)
    for (const scope of batch.scopeSpans)
      scope.spans = scope.spans.filter((span) => {
        const bytes = toBinary(otlp.SpanSchema, span).length + FRAME_BYTES;
        if (left < bytes) left = 0;
        else left -= bytes;
        return left > 0;
      });
  for (const batch of decoded.resourceSpans)
    batch.scopeSpans = batch.scopeSpans.filter(({ spans }) => spans.length > 0);
  decoded.resourceSpans = decoded.resourceSpans.filter(({ scopeSpans }) => scopeSpans.length > 0);
  return toBinary(tempopb.TraceSchema, decoded);
}

/** Tag and length before a span. */
const FRAME_BYTES = 4;
