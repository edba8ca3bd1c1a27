/** A stream of small traces, each acknowledged or not, for tests that break things underway. */
import { create, toBinary } from '@bufbuild/protobuf';
import { trace, traceService } from '@tempo-ts/contracts';

/** One trace that was acknowledged: hex trace id → hex ids of all its spans. */
export type AcknowledgedSpans = Map<string, string[]>;

/** Sends traces until `signal` is aborted; what was acknowledged with 200 is put into `acknowledged`. */
export async function sendUntil(
  otlpHttpUrl: string,
  acknowledged: AcknowledgedSpans,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const traceId = randomId(16);
    // Two requests per trace, so that its spans arrive in pieces.
    for (let request = 0; request < 2 && !signal.aborted; request++) {
      const spanIds = [randomId(8), randomId(8), randomId(8)];
      const response = await fetch(`${otlpHttpUrl}/v1/traces`, {
        method: 'POST',
        headers: { 'content-type': 'application/x-protobuf' },
        body: exportRequest(traceId, spanIds),
        signal: AbortSignal.timeout(5_000),
      }).catch(() => undefined);
      if (response?.status !== 200) break;
      await response.arrayBuffer().catch(() => undefined);
      const hex = traceId.toString('hex');
      acknowledged.set(hex, [
        ...(acknowledged.get(hex) ?? []),
        ...spanIds.map((id) => id.toString('hex')),
      ]);
    }
  }
}

function exportRequest(traceId: Buffer, spanIds: readonly Buffer[]): Uint8Array<ArrayBuffer> {
  const nowNano = BigInt(Date.now()) * 1_000_000n;
  const spans = spanIds.map((spanId, index) =>
    create(trace.SpanSchema, {
      traceId,
      spanId,
      name: `step ${index}`,
      kind: trace.Span_SpanKind.INTERNAL,
      startTimeUnixNano: nowNano,
      endTimeUnixNano: nowNano + 1_000_000n,
      attributes: [
        { key: 'step', value: { value: { case: 'intValue', value: BigInt(index) } } },
        { key: 'note', value: { value: { case: 'stringValue', value: 'x'.repeat(100) } } },
      ],
    }),
  );
  const request = create(traceService.ExportTraceServiceRequestSchema, {
    resourceSpans: [
      {
        resource: {
          attributes: [
            { key: 'service.name', value: { value: { case: 'stringValue', value: 'load' } } },
          ],
        },
        scopeSpans: [{ spans }],
      },
    ],
  });
  return new Uint8Array(toBinary(traceService.ExportTraceServiceRequestSchema, request));
}

function randomId(length: number): Buffer {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(length)));
}
