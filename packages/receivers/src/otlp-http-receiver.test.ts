import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from '@jest/globals';
import { fromBinary } from '@bufbuild/protobuf';
import { effectiveReceivers, type OtlpHttpConfig, type OtlpReceiverConfig } from '@tempo-ts/config';
import { rpc, traceService } from '@tempo-ts/contracts';
import { IngestError } from '@tempo-ts/ports';
import { until } from '@tempo-ts/server/testing';
import { loadReceivers } from './testing/load-receivers.ts';
import { InflightBytes } from './inflight-bytes.ts';
import { OtlpHttpReceiver } from './otlp-http-receiver.ts';
import { EXPORT_REQUEST_JSON, exportRequest } from './testing/export-requests.ts';
import { FakeSpanSink } from './testing/fake-span-sink.ts';
import { receiverEnvironment } from './testing/receiver-environment.ts';

let running: OtlpHttpReceiver[] = [];
afterEach(async () => {
  await Promise.all(running.map((receiver) => receiver.stop()));
  running = [];
});

/** The configuration that `yaml` below `protocols.http` gives. */
function httpConfig(yaml: Readonly<Record<string, unknown>> = {}): OtlpHttpConfig {
  const settings = { otlp: { protocols: { http: { endpoint: '127.0.0.1:0', ...yaml } } } };
  const otlp = effectiveReceivers(loadReceivers(settings))['otlp'] as OtlpReceiverConfig;
  return otlp.protocols.http!;
}

async function start(
  yaml: Readonly<Record<string, unknown>> = {},
  given: Parameters<typeof receiverEnvironment>[0] = {},
) {
  const environment = receiverEnvironment(given);
  const receiver = new OtlpHttpReceiver('otlp', httpConfig(yaml), environment);
  const sink = new FakeSpanSink();
  await receiver.start(sink);
  running.push(receiver);
  const port = receiver.address!.port;
  const url = `http://127.0.0.1:${port}/v1/traces`;
  const post = async (
    body: Uint8Array | string,
    headers: Readonly<Record<string, string>> = {},
    at = url,
  ) => {
    const response = await fetch(at, {
      method: 'POST',
      body: Buffer.from(body),
      headers: { 'content-type': 'application/x-protobuf', ...headers },
    });
    const bytes = new Uint8Array(await response.arrayBuffer());
    return { status: response.status, headers: response.headers, bytes };
  };
  const metric = (name: string) =>
    environment.metrics.value(`tempo_receiver_${name}_spans`, {
      receiver: 'otlp/otlp_receiver',
      transport: 'http',
    });
  return { receiver, sink, port, url, post, metric, environment };
}

const JSON_TYPE = { 'content-type': 'application/json' };
const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();
/** Code and message of a google.rpc.Status in protobuf. */
function statusOf(bytes: Uint8Array) {
  const { code, message } = fromBinary(rpc.StatusSchema, bytes);
  return [code, message] as const;
}

describe('OTLP/HTTP success', () => {
  it('protobuf: hands the bytes on and answers with an empty partial success in protobuf', async () => {
    const { post, sink, metric } = await start();
    const request = exportRequest(3);
    const { status, headers, bytes } = await post(request);
    expect([status, headers.get('content-type')]).toEqual([200, 'application/x-protobuf']);
    expect(bytes).toEqual(Uint8Array.of(0x0a, 0x00));
    expect(sink.received.map((spans) => Buffer.from(spans.request))).toEqual([
      Buffer.from(request),
    ]);
    expect(sink.received[0]).toMatchObject({
      tenant: 'single-tenant',
      skipMetricsGeneration: false,
    });
    expect([await metric('accepted'), await metric('refused')]).toEqual([3, 0]);
  });

  it('JSON: translates to protobuf and answers in JSON', async () => {
    const { post, sink, metric } = await start();
    const { status, headers, bytes } = await post(EXPORT_REQUEST_JSON, {
      'content-type': 'Application/JSON; charset=utf-8',
    });
    expect([status, headers.get('content-type')]).toEqual([200, 'application/json']);
    expect(text(bytes)).toBe('{"partialSuccess":{}}');
    const message = fromBinary(
      traceService.ExportTraceServiceRequestSchema,
      sink.received[0]!.request,
    );
    const span = message.resourceSpans[0]!.scopeSpans[0]!.spans[0]!;
    expect(Buffer.from(span.traceId).toString('hex')).toBe('5b8efff798038103d269b633813fc60c');
    expect([span.name, span.startTimeUnixNano]).toEqual(['I am a span', 1544712660000000000n]);
    expect(await metric('accepted')).toBe(1);
  });

  it('requests without spans succeed at once, whoever sent them', async () => {
    const { post, sink } = await start({}, { multitenancyEnabled: true });
    for (const body of [new Uint8Array(0), exportRequest(0)])
      expect((await post(body)).status).toBe(200);
    expect((await post('{}', JSON_TYPE)).status).toBe(200);
    expect(sink.received).toEqual([]);
  });

  it('reads compressed bodies, tenants and the wish for no metrics', async () => {
    const { post, sink } = await start({}, { multitenancyEnabled: true });
    const { status } = await post(gzipSync(exportRequest(2)), {
      'content-encoding': 'gzip',
      'x-scope-orgid': 'team-a',
      'no-generate-metrics': '',
    });
    expect(status).toBe(200);
    expect(sink.received).toMatchObject([
      { tenant: 'team-a', skipMetricsGeneration: true, request: exportRequest(2) },
    ]);
  });

  it('listens on the configured path only', async () => {
    const { post, port } = await start({ traces_url_path: '/otel/spans' });
    const at = (path: string) => post(exportRequest(1), {}, `http://127.0.0.1:${port}${path}`);
    expect((await at('/otel/spans')).status).toBe(200);
    expect((await at('/v1/traces')).status).toBe(404);
  });

  it('adds the configured response headers', async () => {
    const { post } = await start({ response_headers: { 'X-From': 'tempo' } });
    expect((await post(exportRequest(1))).headers.get('x-from')).toBe('tempo');
  });
});

describe('OTLP/HTTP refusals of the shape of a request', () => {
  it('other methods get 405, other content types 415, with the texts of the collector', async () => {
    const { url, post } = await start();
    const response = await fetch(url);
    expect([response.status, response.headers.get('content-type'), await response.text()]).toEqual([
      405,
      'text/plain',
      '405 method not allowed, supported: [POST]',
    ]);
    for (const type of ['text/plain', 'application/protobuf', 'application/jsonx', '']) {
      const { status, headers, bytes } = await post(exportRequest(1), { 'content-type': type });
      expect([status, headers.get('content-type'), text(bytes)]).toEqual([
        415,
        'text/plain',
        '415 unsupported media type, supported: [application/json, application/x-protobuf]',
      ]);
    }
  });

  it('bytes that are not OTLP get 400 with a status in their own encoding', async () => {
    const { post, sink, metric } = await start();
    const request = exportRequest(2);
    const list = '{"arrayValue":{"values":[';
    const deepValue = `${list.repeat(20_000)}${']}}'.repeat(20_000)}`;
    const deep = EXPORT_REQUEST_JSON.replace('{"stringValue":"shop"}', deepValue);
    const cases: readonly (readonly [Uint8Array | string, Record<string, string>])[] = [
      [request.subarray(0, request.length - 3), {}],
      [Uint8Array.of(0x0a, 0xff), {}],
      [Uint8Array.of(0x0b), {}],
      ['{"resourceSpans":', JSON_TYPE],
      ['[]', JSON_TYPE],
      [Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d), JSON_TYPE],
      [deep, JSON_TYPE],
      ['not gzip', { 'content-encoding': 'gzip' }],
      [request, { 'content-encoding': 'br' }],
    ];
    for (const [body, headers] of cases) {
      const answer = await post(body, headers);
      expect([text(Buffer.from(body)).slice(0, 40), answer.status]).toEqual([
        text(Buffer.from(body)).slice(0, 40),
        400,
      ]);
      if (headers === JSON_TYPE) {
        const status = JSON.parse(text(answer.bytes)) as { code: number; message: string };
        expect([status.code, typeof status.message]).toEqual([3, 'string']);
        expect(answer.headers.get('content-type')).toBe('application/json');
      } else expect(statusOf(answer.bytes)[0]).toBe(3);
    }
    expect(sink.received).toEqual([]);
    expect((await post(request)).status).toBe(200);
    expect(await metric('accepted')).toBe(2);
  });

  it('larger bodies get 413, announced, streamed or compressed, and nothing is kept', async () => {
    const { post, port, environment } = await start({ max_request_body_size: 1_000 });
    const large = exportRequest(500);
    expect((await post(large)).status).toBe(413);
    const { status, bytes } = await post(gzipSync(large), { 'content-encoding': 'gzip' });
    expect(status).toBe(413);
    expect(statusOf(bytes)).toEqual([
      2,
      'request body is larger than max_request_body_size 1000 bytes',
    ]);
    const chunked = await new Promise((resolve, reject) => {
      const headers = { 'content-type': 'application/x-protobuf' };
      const sent = httpRequest(
        { host: '127.0.0.1', port, path: '/v1/traces', method: 'POST', headers },
        (response) => resolve(response.statusCode),
      );
      sent.on('error', reject);
      sent.write(large.subarray(0, 900));
      sent.write(large.subarray(900, 1_800));
    });
    expect(chunked).toBe(413);
    expect(environment.inflight.heldBytes).toBe(0);
    expect((await post(exportRequest(1))).status).toBe(200);
  });

  it('a sender that goes away in the middle of a request disturbs nobody', async () => {
    const { post, port, sink, environment } = await start();
    const socket = connect(port, '127.0.0.1');
    socket.write(
      'POST /v1/traces HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-protobuf\r\nContent-Length: 99\r\n\r\nabc',
    );
    await until(() => environment.inflight.heldBytes > 0);
    socket.destroy();
    await until(() => environment.inflight.heldBytes === 0);
    expect((await post(exportRequest(1))).status).toBe(200);
    expect(sink.received).toHaveLength(1);
  });
});

describe('OTLP/HTTP refusals by the pipeline', () => {
  it('answers by the kind of refusal, with Retry-After, and counts refused spans', async () => {
    const { post, sink, metric } = await start();
    const cases: readonly (readonly [unknown, number, string | null, readonly [number, string]])[] =
      [
        [new IngestError('invalid', 'bad ids'), 400, null, [3, 'bad ids']],
        [new IngestError('exhausted', 'slow'), 429, null, [8, 'slow']],
        [new IngestError('exhausted', 'slow', { retryAfterMs: 1_200 }), 429, '2', [8, 'slow']],
        [new IngestError('unavailable', 'no', { retryAfterMs: 1_000 }), 503, '1', [14, 'no']],
        [new Error('bug'), 503, null, [14, 'bug']],
      ];
    for (const [failure, status, retryAfter, body] of cases) {
      sink.failure = failure;
      const answer = await post(exportRequest(2));
      expect([answer.status, answer.headers.get('retry-after'), statusOf(answer.bytes)]).toEqual([
        status,
        retryAfter,
        body,
      ]);
    }
    expect([await metric('accepted'), await metric('refused')]).toEqual([0, 10]);
  });

  it('says when to try again in JSON as well', async () => {
    const { post, sink } = await start();
    sink.failure = new IngestError('exhausted', 'slow', { retryAfterMs: 1_500 });
    const { bytes } = await post(EXPORT_REQUEST_JSON, JSON_TYPE);
    expect(JSON.parse(text(bytes))).toEqual({
      code: 8,
      message: 'slow',
      details: [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '1.500s' }],
    });
  });

  it('multitenancy: no tenant is retryable, an invalid one is not', async () => {
    const { post } = await start({}, { multitenancyEnabled: true });
    const missing = await post(exportRequest(1));
    expect([missing.status, statusOf(missing.bytes)]).toEqual([503, [14, 'no org id']]);
    const invalid = await post(exportRequest(1), { 'x-scope-orgid': 'a|b' });
    expect([invalid.status, statusOf(invalid.bytes)]).toEqual([
      400,
      [3, "tenant ID 'a|b' contains unsupported character '|'"],
    ]);
  });

  it('refuses with 503 what does not fit into memory, and takes it again later', async () => {
    const inflight = new InflightBytes({ capacityBytes: 150 });
    const { post, sink } = await start({}, { inflight });
    let open: (() => void) | undefined;
    sink.gate = new Promise((resolve) => (open = resolve));
    const first = post(exportRequest(1));
    await until(() => sink.received.length === 1);
    const second = await post(exportRequest(10));
    expect([second.status, second.headers.get('retry-after')]).toEqual([503, '1']);
    open?.();
    expect((await first).status).toBe(200);
    expect((await post(exportRequest(10))).status).toBe(200);
    expect(inflight.heldBytes).toBe(0);
  });

  it('tells the sink when the sender does not wait any more', async () => {
    const { sink, url } = await start();
    sink.gate = new Promise(() => {});
    const controller = new AbortController();
    const post = fetch(url, {
      method: 'POST',
      body: Buffer.from(exportRequest(1)),
      headers: { 'content-type': 'application/x-protobuf' },
      signal: controller.signal,
    });
    await until(() => sink.signal);
    controller.abort();
    await expect(post).rejects.toThrow();
    await until(() => sink.signal?.aborted);
  });

  it('finishes requests that were taken when it stops', async () => {
    const { receiver, sink, post } = await start();
    let open: (() => void) | undefined;
    sink.gate = new Promise((resolve) => (open = resolve));
    const taken = post(exportRequest(1));
    await until(() => sink.received.length === 1);
    const stopped = receiver.stop();
    open?.();
    expect((await taken).status).toBe(200);
    await stopped;
  });
});

const preflight = (url: string, origin: string, headers = 'content-type') =>
  fetch(url, {
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': headers,
    },
  });

describe('OTLP/HTTP cross-origin requests', () => {
  it('without allowed origins there is no permission and OPTIONS is 405', async () => {
    const { url } = await start();
    const response = await preflight(url, 'https://shop.example');
    expect([response.status, response.headers.get('access-control-allow-origin')]).toEqual([
      405,
      null,
    ]);
  });

  it('allows the configured origins, wildcards included, and no others', async () => {
    const { url, post } = await start({
      cors: {
        allowed_origins: ['https://shop.example', 'https://*.test.example'],
        allowed_headers: ['X-Custom'],
        max_age: 7200,
      },
    });
    for (const origin of ['https://shop.example', 'https://a.b.test.example']) {
      const response = await preflight(url, origin, 'x-custom');
      expect(response.status).toBe(204);
      expect(Object.fromEntries(response.headers)).toMatchObject({
        'access-control-allow-origin': origin,
        'access-control-allow-credentials': 'true',
        'access-control-allow-headers': expect.stringContaining('X-Custom'),
        'access-control-allow-methods': expect.stringContaining('POST'),
        'access-control-max-age': '7200',
      });
      const answer = await post(exportRequest(1), { origin });
      expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([
        200,
        origin,
      ]);
    }
    for (const origin of [
      'https://shop.example.evil',
      'https://shopXexample',
      'https://test.example',
    ]) {
      const response = await preflight(url, origin);
      expect(response.headers.get('access-control-allow-origin')).toBeNull();
    }
  });

  it('without allowed_headers the content type may be set, with * anything', async () => {
    const byDefault = await start({ cors: { allowed_origins: ['*'] } });
    const response = await preflight(byDefault.url, 'https://any.example');
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
    expect(response.headers.get('access-control-allow-headers')).toContain('Content-Type');
    const all = await start({ cors: { allowed_origins: ['*'], allowed_headers: ['*'] } });
    const asked = await preflight(all.url, 'https://any.example', 'x-anything');
    expect(asked.headers.get('access-control-allow-headers')).toBe('x-anything');
  });
});
