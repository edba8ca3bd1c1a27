/** Small ExportTraceServiceRequests for tests, as protobuf and as JSON. */
import { create, toBinary } from '@bufbuild/protobuf';
import { traceService } from '@tempo-ts/contracts';

/** A request with `spanCount` spans of one trace. */
export function exportRequest(spanCount: number): Uint8Array {
  const spans = Array.from({ length: spanCount }, (_, index) => ({
    traceId: new Uint8Array(16).fill(7),
    spanId: Uint8Array.of(0, 0, 0, 0, 0, 0, index >>> 8, (index & 0xff) | 1),
    name: `span ${index}`,
  }));
  const message = create(traceService.ExportTraceServiceRequestSchema, {
    resourceSpans: [{ scopeSpans: [{ spans }] }],
  });
  return toBinary(traceService.ExportTraceServiceRequestSchema, message);
}

/** The same as OTLP/JSON, with one span. */
export const EXPORT_REQUEST_JSON = JSON.stringify({
  resourceSpans: [
    {
      resource: { attributes: [{ key: 'service.name', value: { stringValue: 'shop' } }] },
      scopeSpans: [
        {
          spans: [
            {
              traceId: '5b8efff798038103d269b633813fc60c',
              spanId: 'eee19b7ec3c1b174',
              name: 'I am a span',
              kind: 2,
              startTimeUnixNano: '1544712660000000000',
              endTimeUnixNano: '1544712661000000000',
            },
          ],
        },
      ],
    },
  ],
});
