import { gzipSync, zstdCompressSync } from 'node:zlib';
import { connect as connectHttp2, type IncomingHttpHeaders } from 'node:http2';
import { afterEach, describe, expect, it } from '@jest/globals';
import { fromBinary } from '@bufbuild/protobuf';
import { anyUnpack } from '@bufbuild/protobuf/wkt';
import {
  Client,
  compressionAlgorithms,
  credentials,
  Metadata,
  type ServiceError,
} from '@grpc/grpc-js';
import { effectiveReceivers, type OtlpReceiverConfig } from '@tempo-ts/config';
import { rpc } from '@tempo-ts/contracts';
import { IngestError } from '@tempo-ts/ports';
import { until } from '@tempo-ts/server/testing';
import { InflightBytes } from './inflight-bytes.ts';
import { OtlpGrpcReceiver } from './otlp-grpc-receiver.ts';
import { exportRequest } from './testing/export-requests.ts';
import { FakeSpanSink } from './testing/fake-span-sink.ts';
import { loadReceivers } from './testing/load-receivers.ts';
import { receiverEnvironment } from './testing/receiver-environment.ts';
import { snappyFramed, snappyLiteral } from './testing/snappy-frames.ts';

const EXPORT = '/opentelemetry.proto.collector.trace.v1.TraceService/Export';
const closers: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

const asIs = (bytes: Buffer) => bytes;

async function start(
  yaml: Readonly<Record<string, unknown>> = {},
  given: Parameters<typeof receiverEnvironment>[0] = {},
) {
  const settings = { otlp: { protocols: { grpc: { endpoint: '127.0.0.1:0', ...yaml } } } };
  const otlp = effectiveReceivers(loadReceivers(settings))['otlp'] as OtlpReceiverConfig;
  const environment = receiverEnvironment(given);
  const receiver = new OtlpGrpcReceiver('otlp', otlp.protocols.grpc!, environment);
  const sink = new FakeSpanSink();
  await receiver.start(sink);
  closers.push(() => receiver.stop());
  const port = receiver.address!.port;
  const clientWith = (compression: compressionAlgorithms) => {
    const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), {
      'grpc.default_compression_algorithm': compression,
      'grpc.max_send_message_length': -1,
    });
    closers.push(() => client.close());
    return client;
  };
  const plain = clientWith(compressionAlgorithms.identity);
  const send = (
    request: Uint8Array,
    metadata: Readonly<Record<string, string>> = {},
    client = plain,
  ) =>
    new Promise<{ error: ServiceError | null; response: Buffer | undefined }>((resolve) => {
      const sent = new Metadata();
      for (const [key, value] of Object.entries(metadata)) sent.set(key, value);
      client.makeUnaryRequest(EXPORT, asIs, asIs, Buffer.from(request), sent, (error, response) =>
        resolve({ error, response }),
      );
    });
  const metric = (name: string) =>
    environment.metrics.value(`tempo_receiver_${name}_spans`, {
      receiver: 'otlp/otlp_receiver',
      transport: 'grpc',
    });
  return { receiver, sink, port, send, clientWith, metric, environment };
}

describe('OTLP/gRPC', () => {
  it('hands the bytes on as they came and answers with an empty response', async () => {
    const { send, sink, metric, clientWith } = await start();
    const request = exportRequest(3);
    const gzip = clientWith(compressionAlgorithms.gzip);
    for (const client of [undefined, gzip, clientWith(compressionAlgorithms.deflate)]) {
      const { error, response } = await send(request, {}, client);
      expect([error, response]).toEqual([null, Buffer.alloc(0)]);
    }
    expect(sink.received).toHaveLength(3);
    for (const spans of sink.received) {
      expect(Buffer.from(spans.request)).toEqual(Buffer.from(request));
      expect(spans).toMatchObject({ tenant: 'single-tenant', skipMetricsGeneration: false });
    }
    expect([await metric('accepted'), await metric('refused')]).toEqual([9, 0]);
  });

  it('passes on the tenant and the wish for no metrics', async () => {
    const { send, sink } = await start({}, { multitenancyEnabled: true });
    await send(exportRequest(1), { 'x-scope-orgid': 'team-a', 'no-generate-metrics': '1' });
    expect(sink.received).toMatchObject([{ tenant: 'team-a', skipMetricsGeneration: true }]);
  });

  it('requests without spans succeed at once', async () => {
    const { send, sink } = await start({}, { multitenancyEnabled: true });
    expect((await send(new Uint8Array(0))).error).toBeNull();
    expect((await send(exportRequest(0))).error).toBeNull();
    expect(sink.received).toEqual([]);
  });

  it('answers by the kind of refusal, and counts refused spans', async () => {
    const { send, sink, metric } = await start();
    const cases: readonly (readonly [unknown, number, string])[] = [
      [new IngestError('invalid', 'bad ids'), 3, 'bad ids'],
      [new IngestError('exhausted', 'RATE_LIMITED: slow'), 8, 'RATE_LIMITED: slow'],
      [new IngestError('unavailable', 'no quorum'), 14, 'no quorum'],
      [new Error('bug'), 14, 'bug'],
    ];
    for (const [failure, code, details] of cases) {
      sink.failure = failure;
      const { error } = await send(exportRequest(2));
      expect([error?.code, error?.details]).toEqual([code, details]);
      expect(error?.metadata.get('grpc-status-details-bin')).toEqual([]);
    }
    expect([await metric('accepted'), await metric('refused')]).toEqual([0, 8]);
  });

  it('says when to try again in RetryInfo', async () => {
    const { send, sink } = await start();
    sink.failure = new IngestError('exhausted', 'slow', { retryAfterMs: 2_500 });
    const { error } = await send(exportRequest(1));
    const [details] = error!.metadata.get('grpc-status-details-bin');
    const status = fromBinary(rpc.StatusSchema, details as Buffer);
    expect([error?.code, status.code, status.message]).toEqual([8, 8, 'slow']);
    const retryInfo = anyUnpack(status.details[0]!, rpc.RetryInfoSchema);
    expect(retryInfo?.retryDelay).toMatchObject({ seconds: 2n, nanos: 500_000_000 });
  });

  it('multitenancy: no tenant is retryable, an invalid one is not', async () => {
    const { send } = await start({}, { multitenancyEnabled: true });
    const missing = (await send(exportRequest(1))).error;
    expect([missing?.code, missing?.details]).toEqual([14, 'no org id']);
    expect((await send(exportRequest(1), { 'x-scope-orgid': 'a/b' })).error?.code).toBe(3);
  });

  it('bytes that are not OTLP are InvalidArgument, and the next request is served', async () => {
    const { send, sink } = await start();
    const request = exportRequest(2);
    for (const bytes of [
      request.subarray(0, request.length - 1),
      Uint8Array.of(0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f),
      Uint8Array.of(0x0b),
    ])
      expect((await send(bytes)).error?.code).toBe(3);
    expect(sink.received).toEqual([]);
    expect((await send(request)).error).toBeNull();
  });

  it('messages over the limit are ResourceExhausted, compressed ones as well', async () => {
    const { send, clientWith, sink } = await start({ max_recv_msg_size_mib: 1 });
    const bomb = new Uint8Array(64 * 1024 * 1024);
    expect((await send(bomb.subarray(0, 1024 * 1024 + 1))).error?.code).toBe(8);
    const gzip = clientWith(compressionAlgorithms.gzip);
    expect((await send(bomb, {}, gzip)).error?.code).toBe(8);
    expect(sink.received).toEqual([]);
    expect((await send(exportRequest(1))).error).toBeNull();
  });

  it('takes 4 MiB unless configured', async () => {
    const { send } = await start();
    expect((await send(exportRequest(30_000))).error).toBeNull();
    expect((await send(new Uint8Array(4 * 1024 * 1024 + 1))).error?.code).toBe(8);
  });

  it('takes gzip, zstd and snappy; damaged, too large and unknown ones disturb nobody', async () => {
    const { port, send, sink } = await start({ max_recv_msg_size_mib: 1 });
    const session = connectHttp2(`http://127.0.0.1:${port}`);
    closers.push(() => session.destroy());
    const raw = (encoding: string, body: Uint8Array) =>
      new Promise<string>((resolve) => {
        const stream = session.request({
          ':method': 'POST',
          ':path': EXPORT,
          'content-type': 'application/grpc',
          'grpc-encoding': encoding,
          te: 'trailers',
        });
        const note = (headers: IncomingHttpHeaders) => {
          const status = headers['grpc-status'];
          if (typeof status === 'string') resolve(status);
        };
        stream.on('response', note);
        stream.on('trailers', note);
        stream.resume();
        const frame = Buffer.alloc(5);
        frame[0] = 1;
        frame.writeUInt32BE(body.length, 1);
        stream.end(Buffer.concat([frame, body]));
      });
    expect(await raw('gzip', gzipSync(exportRequest(1)))).toBe('0');
    expect(await raw('gzip', gzipSync(exportRequest(1)).subarray(0, 30))).toBe('13');
    expect(await raw('br', exportRequest(1))).toBe('12');
    const zstd = zstdCompressSync(exportRequest(1));
    expect(await raw('zstd', zstd)).toBe('0');
    expect(await raw('zstd', zstd.subarray(0, 20))).toBe('13');
    expect(await raw('zstd', zstdCompressSync(Buffer.alloc(2 * 1024 * 1024)))).toBe('8');
    const request = exportRequest(1);
    const snappy = snappyFramed([snappyLiteral(request)], [request]);
    expect(await raw('snappy', snappy)).toBe('0');
    expect(await raw('snappy', snappy.subarray(0, 30))).toBe('13');
    const large = Buffer.alloc(65_536);
    const chunks = Array.from({ length: 17 }, () => large);
    expect(await raw('snappy', snappyFramed(chunks.map(snappyLiteral), chunks))).toBe('8');
    expect((await send(request)).error).toBeNull();
    expect(sink.received.map((spans) => Buffer.from(spans.request))).toEqual(
      Array.from({ length: 4 }, () => Buffer.from(request)),
    );
  });

  it('refuses with Unavailable what does not fit into memory', async () => {
    const inflight = new InflightBytes({ capacityBytes: 150 });
    const { send, sink } = await start({}, { inflight });
    let open: (() => void) | undefined;
    sink.gate = new Promise((resolve) => (open = resolve));
    const first = send(exportRequest(1));
    await until(() => sink.received.length === 1);
    expect((await send(exportRequest(10))).error?.code).toBe(14);
    open?.();
    expect((await first).error).toBeNull();
    expect(inflight.heldBytes).toBe(0);
  });

  it('answers health checks', async () => {
    const { port } = await start();
    const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
    closers.push(() => client.close());
    const response = await new Promise((resolve, reject) => {
      client.makeUnaryRequest(
        '/grpc.health.v1.Health/Check',
        asIs,
        asIs,
        Buffer.alloc(0),
        (error, bytes) => (error ? reject(error) : resolve(bytes)),
      );
    });
    expect(response).toEqual(Buffer.of(8, 1));
  });

  it('finishes requests that were taken when it stops', async () => {
    const { receiver, sink, send } = await start();
    let open: (() => void) | undefined;
    sink.gate = new Promise((resolve) => (open = resolve));
    const taken = send(exportRequest(1));
    await until(() => sink.received.length === 1);
    const stopped = receiver.stop();
    open?.();
    expect((await taken).error).toBeNull();
    await stopped;
  });
});
