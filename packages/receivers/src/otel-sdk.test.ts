/** What the exporters of the OpenTelemetry SDK really send. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { fromBinary } from '@bufbuild/protobuf';
import { OTLPTraceExporter as GrpcExporter } from '@opentelemetry/exporter-trace-otlp-grpc';
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtobufExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { SimpleSpanProcessor, TracerProvider, type SpanExporter } from '@opentelemetry/sdk-trace';
import { traceService } from '@tempo-ts/contracts';
import { IngestError } from '@tempo-ts/ports';
import { until } from '@tempo-ts/server/testing';
import { createReceivers } from './receiver-registry.ts';
import { FakeSpanSink } from './testing/fake-span-sink.ts';
import { loadReceivers } from './testing/load-receivers.ts';
import { receiverEnvironment } from './testing/receiver-environment.ts';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function start() {
  const endpoint = '127.0.0.1:0';
  const settings = { otlp: { protocols: { grpc: { endpoint }, http: { endpoint } } } };
  const { receivers } = createReceivers(loadReceivers(settings), receiverEnvironment());
  const sink = new FakeSpanSink();
  for (const receiver of receivers) {
    await receiver.start(sink);
    closers.push(() => receiver.stop());
  }
  const [grpc, http] = receivers.map(({ address }) => address!.port);
  return {
    sink,
    grpcUrl: `http://127.0.0.1:${grpc}`,
    httpUrl: `http://127.0.0.1:${http}/v1/traces`,
  };
}

/** Sends one span and returns its trace id. */
async function sendSpan(exporter: SpanExporter): Promise<string> {
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'shop' }),
    spanProcessors: [new SimpleSpanProcessor({ exporter })],
  });
  const span = provider.getTracer('test').startSpan('checkout', { attributes: { items: 3 } });
  span.end();
  await provider.forceFlush();
  await provider.shutdown();
  return span.spanContext().traceId;
}

describe('the exporters of the OpenTelemetry SDK', () => {
  const exporters = {
    grpc: ({ grpcUrl: url }) => new GrpcExporter({ url }),
    'grpc with gzip': ({ grpcUrl: url }) => new GrpcExporter({ url, compression: 'gzip' as never }),
    'http with protobuf': ({ httpUrl: url }) => new ProtobufExporter({ url }),
    'http with protobuf and gzip': ({ httpUrl: url }) =>
      new ProtobufExporter({ url, compression: 'gzip' as never }),
    'http with JSON': ({ httpUrl: url }) => new JsonExporter({ url }),
    'http with JSON and gzip': ({ httpUrl: url }) =>
      new JsonExporter({ url, compression: 'gzip' as never }),
  } satisfies Record<string, (urls: { grpcUrl: string; httpUrl: string }) => SpanExporter>;

  for (const [name, make] of Object.entries(exporters))
    it(`${name}: the span arrives as it was made`, async () => {
      const started = await start();
      const traceId = await sendSpan(make(started));
      const [spans] = started.sink.received;
      const message = fromBinary(traceService.ExportTraceServiceRequestSchema, spans!.request);
      const [batch] = message.resourceSpans;
      const span = batch!.scopeSpans[0]!.spans[0]!;
      expect(Buffer.from(span.traceId).toString('hex')).toBe(traceId);
      expect(span.name).toBe('checkout');
      expect(span.attributes).toMatchObject([
        { key: 'items', value: { value: { case: 'intValue', value: 3n } } },
      ]);
      expect(batch!.resource!.attributes).toMatchObject([
        { key: 'service.name', value: { value: { case: 'stringValue', value: 'shop' } } },
      ]);
    });

  it('http with protobuf: tries again when told so, and the span arrives', async () => {
    const started = await start();
    const { sink } = started;
    sink.failure = new IngestError('unavailable', 'restarting', { retryAfterMs: 10 });
    const sent = sendSpan(exporters['http with protobuf'](started));
    await until(() => sink.received.length === 1);
    sink.failure = undefined;
    await sent;
    expect(sink.received).toHaveLength(2);
  });
});
