import { clone, create, fromBinary } from '@bufbuild/protobuf';
import { tempopb, trace as otlp, traceService, type common } from '@tempo-ts/contracts';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { regroupByTrace, type RegroupedRequest } from './regroup-by-trace.ts';
import { arbitraryExportRequest, exportRequestBytes, idBytes, requestOf } from './testing/index.ts';
import { utf8CutEnd } from './utf8.ts';

type Counts = Record<string, number>;

/** The rule in plain lines. */
function truncated(request: traceService.ExportTraceServiceRequest, maxBytes: number) {
  const copy = clone(traceService.ExportTraceServiceRequestSchema, request);
  const counts: Counts = { resource: 0, scope: 0, span: 0, event: 0, link: 0 };
  const shorten = (text: string, scope: string) => {
    const bytes = new TextEncoder().encode(text);
    if (bytes.length <= maxBytes) return text;
    counts[scope]! += 1;
    return new TextDecoder().decode(bytes.subarray(0, utf8CutEnd(bytes, 0, maxBytes)));
  };
  const each = (attributes: common.KeyValue[] | undefined, scope: string) => {
    for (const attribute of attributes ?? []) {
      attribute.key = shorten(attribute.key, scope);
      const value = attribute.value?.value;
      if (value?.case === 'stringValue') value.value = shorten(value.value, scope);
    }
  };
  for (const batch of copy.resourceSpans) {
    // Resources and scopes without spans reach nobody and are counted all the same.
    each(batch.resource?.attributes, 'resource');
    for (const scope of batch.scopeSpans) {
      each(scope.scope?.attributes, 'scope');
      for (const span of scope.spans) {
        each(span.attributes, 'span');
        for (const event of span.events) each(event.attributes, 'event');
        for (const link of span.links) each(link.attributes, 'link');
      }
    }
  }
  return { copy, counts };
}

const decoded = (regrouped: RegroupedRequest) =>
  regrouped.pieces.map((piece) => fromBinary(tempopb.TraceSchema, Buffer.concat(piece.slices)));

describe('attributes longer than max_attribute_bytes', () => {
  it('regrouping with a limit is regrouping what was shortened by the plain rule', () => {
    fc.assert(
      fc.property(
        arbitraryExportRequest(),
        fc.integer({ min: 1, max: 12 }),
        (request, maxAttributeBytes) => {
          const { copy, counts } = truncated(request, maxAttributeBytes);
          const limited = regroupByTrace(exportRequestBytes(request), { maxAttributeBytes });
          expect(decoded(limited)).toEqual(decoded(regroupByTrace(exportRequestBytes(copy))));
          expect(limited.truncatedAttributes).toEqual(counts);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('a limit that nothing exceeds changes nothing', () => {
    fc.assert(
      fc.property(arbitraryExportRequest(), (request) => {
        const bytes = exportRequestBytes(request);
        expect(regroupByTrace(bytes, { maxAttributeBytes: 4096 })).toEqual(regroupByTrace(bytes));
      }),
    );
  });

  it('a long value is cut in front of the code point that the limit divides', () => {
    const span = create(otlp.SpanSchema, {
      traceId: idBytes(16, 1),
      spanId: idBytes(8, 1),
      attributes: [
        { key: 'k', value: { value: { case: 'stringValue', value: 'é'.repeat(2000) } } },
      ],
    });
    const [trace] = decoded(
      regroupByTrace(exportRequestBytes(requestOf([span])), { maxAttributeBytes: 2047 }),
    );
    const [attribute] = trace!.resourceSpans[0]!.scopeSpans[0]!.spans[0]!.attributes;
    expect(attribute!.value!.value.value).toBe('é'.repeat(1023));
  });
});
