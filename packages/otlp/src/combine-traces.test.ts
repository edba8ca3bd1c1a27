import { create, fromBinary } from '@bufbuild/protobuf';
import { tempopb, trace as otlp } from '@tempo-ts/contracts';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { combineTraces } from './combine-traces.ts';
import { countSpans } from './count-spans.ts';
import { regroupByTrace } from './regroup-by-trace.ts';
import {
  arbitraryTrace,
  exportRequestBytes,
  idBytes,
  requestOf,
  traceBytes,
} from './testing/index.ts';
import { bytesToHex } from './trace-id.ts';

const decode = (bytes: Uint8Array) => fromBinary(tempopb.TraceSchema, bytes);
const keyOf = (span: otlp.Span) => `${bytesToHex(span.spanId)}/${span.kind}`;

/** Every span with its resource and scope, as text: what must not get lost or mixed up. */
function lines(trace: tempopb.Trace): string[] {
  return trace.resourceSpans.flatMap((batch) =>
    batch.scopeSpans.flatMap((scope) =>
      scope.spans.map((span) =>
        JSON.stringify(
          [batch.resource, batch.schemaUrl, scope.scope, scope.schemaUrl, span],
          printable,
        ),
      ),
    ),
  );
}
const printable = (_key: string, value: unknown) =>
  typeof value === 'bigint' || typeof value === 'number' ? String(value) : value;

/** The first of the lines with each (span id, kind). */
function distinctLines(traces: readonly tempopb.Trace[]): string[] {
  const first = new Map<string, string>();
  for (const trace of traces) {
    const spans = trace.resourceSpans.flatMap((batch) => batch.scopeSpans.flatMap((s) => s.spans));
    const text = lines(trace);
    spans.forEach((span, position) => {
      if (!first.has(keyOf(span))) first.set(keyOf(span), text[position]!);
    });
  }
  return [...first.values()];
}

/** Ascends as spans are ordered. */
const order = (span: otlp.Span) =>
  span.startTimeUnixNano.toString().padStart(20, '0') + keyOf(span);

const span = (id: number) =>
  create(otlp.SpanSchema, {
    traceId: idBytes(16, 1),
    spanId: idBytes(8, id),
    startTimeUnixNano: BigInt(100 - id),
  });

/** The piece of a request with these spans. */
const piece = (...ids: number[]) =>
  regroupByTrace(exportRequestBytes(requestOf(ids.map(span)))).pieces[0]!.slices[0]!;

describe('combineTraces', () => {
  it('keeps the first span of each id and kind with its resource and scope, and no other', () => {
    fc.assert(
      fc.property(fc.array(arbitraryTrace(), { minLength: 1, maxLength: 4 }), (traces) => {
        const combined = decode(combineTraces(traces.map(traceBytes)));
        expect(lines(combined).toSorted()).toEqual(distinctLines(traces).toSorted());
      }),
    );
  });

  it('spans ascend by start and id, scopes and resources by their first span', () => {
    fc.assert(
      fc.property(fc.array(arbitraryTrace(), { minLength: 2, maxLength: 4 }), (traces) => {
        const combined = decode(combineTraces(traces.map(traceBytes)));
        const spans = combined.resourceSpans.map((batch) =>
          batch.scopeSpans.map((scope) => scope.spans.map(order)),
        );
        for (const scopes of spans) {
          for (const scope of scopes) expect(scope).toEqual(scope.toSorted());
          const firsts = scopes.map((scope) => scope[0]!);
          expect(firsts).toEqual(firsts.toSorted());
        }
        const firsts = spans.map((scopes) => scopes[0]![0]!);
        expect(firsts).toEqual(firsts.toSorted());
      }),
    );
  });

  it('any grouping of the parts gives the same trace', () => {
    fc.assert(
      fc.property(arbitraryTrace(), arbitraryTrace(), arbitraryTrace(), (first, second, third) => {
        const [a, b, c] = [traceBytes(first), traceBytes(second), traceBytes(third)];
        const whole = combineTraces([a, b, c]);
        const left = combineTraces([combineTraces([a, b]), c]);
        expect(decode(combineTraces([left, whole]))).toEqual(decode(combineTraces([whole, whole])));
        expect(lines(decode(left)).toSorted()).toEqual(lines(decode(whole)).toSorted());
      }),
    );
  });

  it('one part without duplicates comes back as it is; no part gives an empty trace', () => {
    const spans = [5, 3].map((id) =>
      create(otlp.SpanSchema, { traceId: idBytes(16, 1), spanId: idBytes(8, id) }),
    );
    const part = exportRequestBytes(requestOf(spans));
    expect(combineTraces([part])).toBe(part);
    expect(combineTraces([new Uint8Array(0), part])).toBe(part);
    expect(combineTraces([])).toEqual(new Uint8Array(0));
  });

  it('pieces sent twice, in parts of one resource, become one resource with each span once', () => {
    const combined = decode(combineTraces([piece(1, 2), piece(2, 3), piece(1)]));
    expect(combined.resourceSpans.length).toBe(1);
    expect(combined.resourceSpans[0]!.scopeSpans.map((scope) => scope.spans.map(keyOf))).toEqual([
      [3, 2, 1].map((id) => keyOf(span(id))),
    ]);
    expect(combined.resourceSpans[0]!.resource!.attributes[0]!.key).toBe('service.name');
  });

  it('the order of the parts does not change the order of spans that differ in kind alone', () => {
    const { CLIENT, SERVER } = otlp.Span_SpanKind;
    const [client, server] = [CLIENT, SERVER].map((kind) => {
      const one = span(1);
      one.kind = kind;
      return exportRequestBytes(requestOf([one]));
    }) as [Uint8Array, Uint8Array];
    expect(combineTraces([client, server])).toEqual(combineTraces([server, client]));
  });

  it('malformed parts are refused', () => {
    expect(() => combineTraces([Uint8Array.of(0x0a, 9)])).toThrow(
      'invalid protobuf in Trace at byte 1: length 9 exceeds the 0 bytes that follow',
    );
  });
});

describe('countSpans', () => {
  it.each([
    ['resource spans', [0x08, 0x01], 'TracesData at byte 1: field 1 has wire type 0'],
    ['scope spans', [0x0a, 0x02, 0x10, 0x01], 'ResourceSpans at byte 3: field 2 has wire type 0'],
    [
      'a span',
      [0x0a, 0x04, 0x12, 0x02, 0x10, 0x01],
      'ScopeSpans at byte 5: field 2 has wire type 0',
    ],
  ])('%s of another wire type are not taken for none', (_what, bytes, problem) => {
    expect(() => countSpans(Uint8Array.from(bytes))).toThrow(problem);
  });

  it('is the number of spans', () => {
    fc.assert(
      fc.property(arbitraryTrace(), (trace) => {
        expect(countSpans(traceBytes(trace))).toBe(lines(trace).length);
      }),
    );
  });
});
