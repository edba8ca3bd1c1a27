/** The exporters that OpenTelemetry users have, against a running process, read back both ways. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { OTLPTraceExporter as GrpcExporter } from '@opentelemetry/exporter-trace-otlp-grpc';
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtobufExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { sendTree } from '../harness/otel-sdk.ts';
import { get, spanIdsOf } from '../harness/queries.ts';
import { TempoProcess } from '../harness/tempo-process.ts';

describe('OpenTelemetry exporters', () => {
  let tempo: TempoProcess;
  beforeAll(async () => {
    tempo = await TempoProcess.start();
  });
  afterAll(() => tempo?.remove());

  const exporters = {
    'OTLP/gRPC': () => new GrpcExporter({ url: tempo.otlpGrpcUrl }),
    'OTLP/HTTP protobuf': () => new ProtobufExporter({ url: `${tempo.otlpHttpUrl}/v1/traces` }),
    'OTLP/HTTP JSON': () => new JsonExporter({ url: `${tempo.otlpHttpUrl}/v1/traces` }),
  } as const;

  it.each(Object.keys(exporters) as (keyof typeof exporters)[])(
    '%s: a tree is found by id and by search as soon as the exporter is done',
    async (protocol) => {
      const service = `shop ${protocol}`;
      const sent = await sendTree(exporters[protocol](), service);
      expect(await spanIdsOf(tempo.url, sent.traceId)).toEqual(
        Object.values(sent.spanIds).toSorted(),
      );
      const search = await get(`${tempo.url}/api/search`, {
        q: `{ resource.service.name = "${service}" && status = error }`,
      });
      expect(search.json).toMatchObject({
        traces: [
          {
            traceID: sent.traceId.replace(/^0+/, ''),
            rootServiceName: service,
            rootTraceName: 'checkout',
            spanSets: [{ matched: 1, spans: [{ spanID: sent.spanIds['charge card'] }] }],
            serviceStats: { [service]: { spanCount: 3, errorCount: 1 } },
          },
        ],
      });
    },
  );
});
