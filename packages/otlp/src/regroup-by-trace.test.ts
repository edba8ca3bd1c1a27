import { clone, create, fromBinary, toBinary, type MessageInitShape } from '@bufbuild/protobuf';
import { common, tempopb, trace as otlp, traceService } from '@tempo-ts/contracts';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { InvalidOtlpError } from './errors.ts';
import { regroupByTrace } from './regroup-by-trace.ts';
import { arbitraryExportRequest, exportRequestBytes, idBytes, requestOf } from './testing/index.ts';
import type { TracePiece } from './trace-piece.ts';
import { bytesToHex } from './trace-id.ts';
import { WireWriter } from './wire-writer.ts';

const pieceBytes = (piece: TracePiece) => new Uint8Array(Buffer.concat(piece.slices));
const pieceTrace = (piece: TracePiece) => fromBinary(tempopb.TraceSchema, pieceBytes(piece));

/** The rule in plain lines: what is left of the request when only one trace's spans stay. */
function expectedTrace(request: traceService.ExportTraceServiceRequest, traceId: Uint8Array) {
  const resourceSpans = request.resourceSpans.flatMap((batch) => {
    const copy = clone(otlp.ResourceSpansSchema, batch);
    copy.scopeSpans = copy.scopeSpans.flatMap((scope) => {
      scope.spans = scope.spans.filter((span) => bytesToHex(span.traceId) === bytesToHex(traceId));
      return scope.spans.length > 0 ? [scope] : [];
    });
    return copy.scopeSpans.length > 0 ? [copy] : [];
  });
  return create(tempopb.TraceSchema, { resourceSpans });
}

const spansOf = (request: { resourceSpans: otlp.ResourceSpans[] }) =>
  request.resourceSpans.flatMap((batch) => batch.scopeSpans.flatMap((scope) => scope.spans));

const resource = (key: string) => toBinary(tempopb.TraceSchema, expectResource(key)).subarray(2);

const refusal = (span: { traceId?: Uint8Array; spanId?: Uint8Array }) =>
  errorOf(exportRequestBytes(requestOf([create(otlp.SpanSchema, span)])));

const batchOf = (init: MessageInitShape<typeof otlp.ResourceSpansSchema>) =>
  create(traceService.ExportTraceServiceRequestSchema, { resourceSpans: [init] });

const inSpan = (init: MessageInitShape<typeof otlp.SpanSchema>) =>
  requestOf([create(otlp.SpanSchema, { traceId: idBytes(16, 1), spanId: idBytes(8, 1), ...init })]);

describe('regroupByTrace', () => {
  it('a piece is the request with only the spans of its trace, in order', () => {
    fc.assert(
      fc.property(arbitraryExportRequest({ maxSpans: 20 }), (request) => {
        const { pieces } = regroupByTrace(exportRequestBytes(request));
        for (const piece of pieces) {
          expect(pieceTrace(piece)).toEqual(expectedTrace(request, piece.traceId));
          expect(piece.byteLength).toBe(pieceBytes(piece).length);
        }
      }),
    );
  });

  it('the pieces together hold every span once, one piece per trace in order of appearance', () => {
    fc.assert(
      fc.property(arbitraryExportRequest({ maxSpans: 20 }), (request) => {
        const regrouped = regroupByTrace(exportRequestBytes(request));
        const sent = spansOf(request);
        const ids = [...new Set(sent.map((span) => bytesToHex(span.traceId)))];
        expect(regrouped.pieces.map((piece) => bytesToHex(piece.traceId))).toEqual(ids);
        expect(regrouped.pieces.map((piece) => piece.spanCount)).toEqual(
          ids.map((id) => sent.filter((span) => bytesToHex(span.traceId) === id).length),
        );
        expect(regrouped.spanCount).toBe(sent.length);
        expect(regrouped.byteLength).toBe(
          regrouped.pieces.reduce((sum, piece) => sum + piece.byteLength, 0),
        );
      }),
    );
  });

  it('times are the smallest set start and the largest end in whole seconds', () => {
    fc.assert(
      fc.property(arbitraryExportRequest(), (request) => {
        for (const piece of regroupByTrace(exportRequestBytes(request)).pieces) {
          const spans = spansOf(expectedTrace(request, piece.traceId));
          const starts = spans.map((span) => span.startTimeUnixNano).filter((start) => start > 0n);
          const start = starts.reduce(
            (least, next) => (next < least ? next : least),
            starts[0] ?? 0n,
          );
          const ends = spans.map((span) => span.endTimeUnixNano);
          const end = ends.reduce((most, next) => (next > most ? next : most), 0n);
          expect(piece.startUnixSeconds).toBe(Number(start / 1_000_000_000n));
          expect(piece.endUnixSeconds).toBe(Number(end / 1_000_000_000n));
        }
      }),
    );
  });

  it('thousands of traces in one request are told apart', () => {
    const spans = Array.from({ length: 5000 }, (_, number) => {
      const traceId = new Uint8Array(16);
      new DataView(traceId.buffer).setUint32(12, number % 2500);
      return create(otlp.SpanSchema, { traceId, spanId: idBytes(8, 1) });
    });
    const { pieces } = regroupByTrace(exportRequestBytes(requestOf(spans)));
    expect(pieces.length).toBe(2500);
    expect(new Set(pieces.map((piece) => piece.spanCount))).toEqual(new Set([2]));
  });

  it('fields of a message may come in any order and in several parts', () => {
    const span = new WireWriter();
    span.bytesField(2, idBytes(8, 3));
    span.bytesField(1, idBytes(16, 1));
    const scopeSpans = new WireWriter();
    scopeSpans.bytesField(2, span.written());
    scopeSpans.stringField(3, 'schema');
    const batch = new WireWriter();
    batch.bytesField(2, scopeSpans.written());
    batch.raw(resource('a'));
    batch.bytesField(2, scopeSpans.written());
    batch.raw(resource('b'));
    batch.varint(99 * 8);
    batch.varint(7);
    const request = new WireWriter();
    request.bytesField(1, batch.written());
    const [piece] = regroupByTrace(request.finish()).pieces;
    const trace = pieceTrace(piece!);
    expect(trace.resourceSpans[0]!.resource!.attributes.map((one) => one.key)).toEqual(['a', 'b']);
    expect(
      trace.resourceSpans[0]!.scopeSpans.map((one) => [one.schemaUrl, one.spans.length]),
    ).toEqual([
      ['schema', 1],
      ['schema', 1],
    ]);
    expect(trace.resourceSpans[0]!.$unknown).toBe(undefined);
  });

  it('a request without spans has no pieces', () => {
    expect(regroupByTrace(new Uint8Array(0))).toEqual({
      pieces: [],
      spanCount: 0,
      byteLength: 0,
      truncatedAttributes: { resource: 0, scope: 0, span: 0, event: 0, link: 0 },
    });
    const empty = create(traceService.ExportTraceServiceRequestSchema, {
      resourceSpans: [{ schemaUrl: 'x', scopeSpans: [{ schemaUrl: 'y' }, {}] }],
    });
    expect(regroupByTrace(exportRequestBytes(empty)).pieces).toEqual([]);
  });

  it('ids of the wrong length refuse the whole request with the texts of Tempo', () => {
    const traceId = idBytes(16, 1);
    expect(refusal({ traceId: idBytes(8, 1), spanId: idBytes(8, 1) })).toEqual([
      'invalid_trace_id',
      'trace ids must be 128 bit, received 64 bits',
    ]);
    expect(refusal({ spanId: idBytes(8, 1) })[1]).toBe(
      'trace ids must be 128 bit, received 0 bits',
    );
    expect(refusal({ traceId, spanId: idBytes(4, 1) })).toEqual([
      'invalid_span_id',
      'span ids must be 64 bit and not all zero, received 32 bits',
    ]);
    expect(refusal({ traceId, spanId: new Uint8Array(8) })[1]).toBe(
      'span ids must be 64 bit and not all zero, received 64 bits',
    );
    const zeroTrace = create(otlp.SpanSchema, {
      traceId: new Uint8Array(16),
      spanId: idBytes(8, 1),
    });
    expect(regroupByTrace(exportRequestBytes(requestOf([zeroTrace]))).spanCount).toBe(1);
  });

  it('invalid UTF-8, wrong wire types and deep nesting are refused with place and reason', () => {
    const withName = exportRequestBytes(
      requestOf([
        create(otlp.SpanSchema, {
          traceId: idBytes(16, 1),
          spanId: idBytes(8, 1),
          name: 'abcdefgh',
        }),
      ]),
    );
    withName[withName.length - 1] = 0xff;
    expect(errorOf(withName)).toEqual([
      'malformed',
      'invalid protobuf in Span at byte 70: a string is not valid UTF-8',
    ]);
    expect(errorOf(Uint8Array.of(0x08, 1))[1]).toBe(
      'invalid protobuf in ExportTraceServiceRequest at byte 1: field 1 has wire type 0, which is not its type',
    );
    expect(errorOf(Uint8Array.of(0x0a, 5, 1))[1]).toBe(
      'invalid protobuf in ExportTraceServiceRequest at byte 1: length 5 exceeds the 1 bytes that follow',
    );
    expect(errorOf(Uint8Array.of(0x0b))[1]).toBe(
      'invalid protobuf in ExportTraceServiceRequest at byte 1: field 1 has wire type 3, which is not its type',
    );
    expect(errorOf(nestedRequest(31))[1]).toMatch(/values nest deeper than 30 levels$/);
    expect(regroupByTrace(nestedRequest(30)).spanCount).toBe(1);
    expect(errorOf(nestedRequest(5000))[0]).toBe('malformed');
  });

  it('a string that is not UTF-8 is refused wherever it stands', () => {
    const bad = 'BADBAD';
    const text = { value: { case: 'stringValue' as const, value: bad } };
    const inArray = { value: { case: 'arrayValue' as const, value: { values: [text] } } };
    const list = { values: [{ key: 'k', value: text }] };
    const inList = { value: { case: 'kvlistValue' as const, value: list } };
    const requests = {
      resourceSchema: batchOf({ schemaUrl: bad }),
      resource: batchOf({ resource: { attributes: [{ key: 'k', value: text }] } }),
      scopeSchema: batchOf({ scopeSpans: [{ schemaUrl: bad }] }),
      scopeName: batchOf({ scopeSpans: [{ scope: { name: bad } }] }),
      scopeVersion: batchOf({ scopeSpans: [{ scope: { version: bad } }] }),
      scope: batchOf({ scopeSpans: [{ scope: { attributes: [{ key: bad }] } }] }),
      name: inSpan({ name: bad }),
      traceState: inSpan({ traceState: bad }),
      key: inSpan({ attributes: [{ key: bad, value: text }] }),
      value: inSpan({ attributes: [{ key: 'k', value: text }] }),
      longValue: inSpan({
        attributes: [
          { key: 'k', value: { value: { case: 'stringValue', value: 'x'.repeat(2000) + bad } } },
        ],
      }),
      array: inSpan({ attributes: [{ key: 'k', value: inArray }] }),
      list: inSpan({ attributes: [{ key: 'k', value: inList }] }),
      eventName: inSpan({ events: [{ name: bad }] }),
      event: inSpan({ events: [{ attributes: [{ key: 'k', value: text }] }] }),
      linkState: inSpan({ links: [{ traceState: bad }] }),
      link: inSpan({ links: [{ attributes: [{ key: 'k', value: text }] }] }),
      status: inSpan({ status: { message: bad } }),
    };
    for (const [place, request] of Object.entries(requests)) {
      const bytes = exportRequestBytes(request);
      bytes[Buffer.from(bytes).indexOf(bad) + 2] = 0xff;
      expect([place, errorOf(bytes)]).toEqual([
        place,
        ['malformed', expect.stringMatching(/: a string is not valid UTF-8$/)],
      ]);
    }
  });

  it('the deepest value that is taken can be decoded inside an answer', () => {
    let value: common.AnyValue = create(common.AnyValueSchema, {
      value: { case: 'boolValue', value: true },
    });
    for (let level = 1; level < 30; level++) {
      const list = { values: [{ key: 'k', value }] };
      value = create(common.AnyValueSchema, { value: { case: 'kvlistValue', value: list } });
    }
    const request = inSpan({ events: [{ attributes: [{ key: 'k', value }] }] });
    const [piece] = regroupByTrace(exportRequestBytes(request)).pieces;
    const answer = create(tempopb.TraceByIDResponseSchema, { trace: pieceTrace(piece!) });
    const bytes = toBinary(tempopb.TraceByIDResponseSchema, answer);
    expect(fromBinary(tempopb.TraceByIDResponseSchema, bytes)).toEqual(answer);
  });

  it('a request that would grow beyond maxTotalBytes is refused', () => {
    const spans = Array.from({ length: 100 }, (_, number) =>
      create(otlp.SpanSchema, { traceId: idBytes(16, number + 1), spanId: idBytes(8, 1) }),
    );
    const bytes = exportRequestBytes(requestOf(spans, 'x'.repeat(10_000)));
    expect(() => regroupByTrace(bytes, { maxTotalBytes: 100_000 })).toThrow(
      /^request of \d+ bytes repeats its resources .* they take \d+ bytes, more than 100000$/,
    );
  });

  it('damaged requests give InvalidOtlpError or a result that decodes', () => {
    fc.assert(
      fc.property(
        arbitraryExportRequest(),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }),
        fc.option(fc.nat()),
        (request, flips, cut) => {
          const bytes = exportRequestBytes(request);
          for (const [position, value] of flips) bytes[position % bytes.length] = value;
          const damaged = cut === null ? bytes : bytes.subarray(0, cut % (bytes.length + 1));
          let result;
          try {
            result = regroupByTrace(damaged, { maxAttributeBytes: 3 });
          } catch (error) {
            expect((error as Error).name).toBe('InvalidOtlpError');
            return;
          }
          const spans = result.pieces.flatMap((piece) => spansOf(pieceTrace(piece)));
          expect(spans.length).toBe(result.spanCount);
          expect(spans.length).toBe(
            spansOf(fromBinary(traceService.ExportTraceServiceRequestSchema, damaged)).length,
          );
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('random bytes never do worse than InvalidOtlpError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          regroupByTrace(bytes);
        } catch (error) {
          expect((error as Error).name).toBe('InvalidOtlpError');
        }
      }),
      { numRuns: 1000 },
    );
  });
});

function errorOf(bytes: Uint8Array): [string, string] {
  try {
    regroupByTrace(bytes);
  } catch (error) {
    if (error instanceof InvalidOtlpError) return [error.code, error.message];
    throw error;
  }
  throw new Error('was accepted');
}

function expectResource(key: string): tempopb.Trace {
  return create(tempopb.TraceSchema, {
    resourceSpans: [{ resource: { attributes: [{ key }] } }],
  });
}

/** One span with an attribute whose value has `depth` levels. */
function nestedRequest(depth: number): Uint8Array {
  let content: Uint8Array = Uint8Array.of(0x18, 1);
  for (let level = 1; level < depth; level++) {
    const array = new WireWriter();
    array.bytesField(1, content);
    const value = new WireWriter();
    value.bytesField(5, array.written());
    content = value.finish();
  }
  const span = new WireWriter();
  span.bytesField(1, idBytes(16, 1));
  span.bytesField(2, idBytes(8, 1));
  const attribute = span.begin(9);
  span.bytesField(2, content);
  span.end(attribute);
  const request = new WireWriter();
  const batch = request.begin(1);
  const scope = request.begin(2);
  request.bytesField(2, span.written());
  request.end(scope);
  request.end(batch);
  return request.finish();
}
