import { create, fromBinary } from '@bufbuild/protobuf';
import { tempopb, trace as otlp } from '@tempo-ts/contracts';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { separateSharedSpanIds } from './separate-shared-span-ids.ts';
import {
  arbitraryTrace,
  exportRequestBytes,
  idBytes,
  requestOf,
  traceBytes,
} from './testing/index.ts';
import { bytesToHex } from './trace-id.ts';

const { CLIENT, SERVER, INTERNAL } = otlp.Span_SpanKind;
const spansOf = (bytes: Uint8Array) =>
  fromBinary(tempopb.TraceSchema, bytes).resourceSpans.flatMap((batch) =>
    batch.scopeSpans.flatMap((scope) => scope.spans),
  );
const span = (id: number, kind: otlp.Span_SpanKind, parent = 0) =>
  create(otlp.SpanSchema, {
    traceId: idBytes(16, 1),
    spanId: idBytes(8, id),
    kind,
    ...(parent > 0 ? { parentSpanId: idBytes(8, parent) } : {}),
  });
/** What separating leaves alone. */
const rest = (one: otlp.Span) => ({ ...one, spanId: 0, parentSpanId: 0 });

describe('separateSharedSpanIds', () => {
  it('the server span gets a fresh id below the client span and keeps its children', () => {
    const shared = [span(1, CLIENT), span(1, SERVER), span(3, INTERNAL, 1), span(2, INTERNAL, 3)];
    const separated = spansOf(separateSharedSpanIds(exportRequestBytes(requestOf(shared))));
    expect(separated.map((one) => [one.spanId[7], one.parentSpanId[7], one.kind])).toEqual([
      [1, undefined, CLIENT],
      [4, 1, SERVER],
      [3, 4, INTERNAL],
      [2, 3, INTERNAL],
    ]);
  });

  it('a trace without shared ids comes back as it is', () => {
    const bytes = exportRequestBytes(requestOf([span(1, CLIENT), span(2, SERVER, 1)]));
    expect(separateSharedSpanIds(bytes)).toBe(bytes);
  });

  it('no server span shares an id with a client span, ids in use stay, nothing else changes', () => {
    fc.assert(
      fc.property(arbitraryTrace({ maxSpans: 20 }), (trace) => {
        const before = spansOf(traceBytes(trace));
        const after = spansOf(separateSharedSpanIds(traceBytes(trace)));
        const clients = new Set(
          after.filter((one) => one.kind === CLIENT).map((one) => bytesToHex(one.spanId)),
        );
        const servers = after.filter((one) => one.kind === SERVER);
        expect(servers.some((one) => clients.has(bytesToHex(one.spanId)))).toBe(false);
        expect(after.map(rest)).toEqual(before.map(rest));
        after.forEach((one, position) => {
          if (one.kind !== SERVER) expect(one.spanId).toEqual(before[position]!.spanId);
        });
      }),
    );
  });
});
