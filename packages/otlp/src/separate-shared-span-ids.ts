/**
 * Zipkin clients and servers of one call share a span id. Trees need distinct ids: the server span
 * gets a fresh one, becomes a child of the client span, and what were its children stay its children.
 */
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { tempopb, trace as otlp } from '@tempo-ts/contracts';
import { bytesToHex } from './trace-id.ts';
import { takeTraceApart } from './trace-parts.ts';

const { SERVER, CLIENT } = otlp.Span_SpanKind;

/**
 * `trace` (serialized) with distinct ids for server spans that share theirs with a client span; the
 * same bytes when there are none. Fresh ids are 1, 2, 3 …, skipping those in use, so the answer is the
 * same every time.
 *
 * @throws InvalidOtlpError when the bytes are malformed.
 */
export function separateSharedSpanIds(trace: Uint8Array): Uint8Array {
  if (!hasSharedIds(trace)) return trace;
  const decoded = fromBinary(tempopb.TraceSchema, trace);
  const spans = decoded.resourceSpans.flatMap((batch) =>
    batch.scopeSpans.flatMap((scope) => scope.spans),
  );
  const used = new Set(spans.map((span) => bytesToHex(span.spanId)));
  const clients = new Set(
    spans.filter((span) => span.kind === CLIENT).map((span) => bytesToHex(span.spanId)),
  );
  const freshIds = new Map<string, Uint8Array>();
  /** These keep the client span as their parent. */
  const separated = new Set<otlp.Span>();
  let last = 0n;
  for (const span of spans) {
    const sharedId = bytesToHex(span.spanId);
    if (span.kind !== SERVER || !clients.has(sharedId)) continue;
    do last += 1n;
    while (used.has(last.toString(16).padStart(16, '0')));
    const fresh = new Uint8Array(8);
    new DataView(fresh.buffer).setBigUint64(0, last);
    freshIds.set(sharedId, fresh);
    separated.add(span);
    span.parentSpanId = span.spanId;
    span.spanId = fresh;
  }
  for (const span of spans) {
    const fresh = freshIds.get(bytesToHex(span.parentSpanId));
    if (fresh && !separated.has(span)) span.parentSpanId = fresh;
  }
  return toBinary(tempopb.TraceSchema, decoded);
}

function hasSharedIds(trace: Uint8Array): boolean {
  const kinds = new Map<string, number>();
  for (const resource of takeTraceApart(trace))
    for (const scope of resource.scopes)
      for (const span of scope.spans) {
        const id = bytesToHex(span.spanId);
        const bits = (kinds.get(id) ?? 0) | (1 << (span.kind & 7));
        if (bits & (1 << SERVER) && bits & (1 << CLIENT)) return true;
        kinds.set(id, bits);
      }
  return false;
}
