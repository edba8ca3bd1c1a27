import { connect as connectHttp2, type ClientHttp2Session } from 'node:http2';
import { afterEach, describe, expect, it } from '@jest/globals';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { Client, credentials, Metadata, type ServiceError } from '@grpc/grpc-js';
import { health, rpc, tempopb } from '@tempo-ts/contracts';
import { IngestError, QueryError } from '@tempo-ts/ports';
import { systemClock, systemTimers } from '@tempo-ts/runtime';
import { GRPC_STATUS, GrpcError } from './errors.ts';
import { GrpcServer, type GrpcServerOptions } from './grpc-server.ts';
import type { GrpcCallContext, ServiceImplementation } from './grpc-service.ts';
import { HttpServer, sendText } from './http-server.ts';
import { testShell } from './testing/test-servers.ts';
import { until } from './testing/until.ts';

const closers: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

type Handlers = Partial<ServiceImplementation<typeof tempopb.StreamingQuerier>>;

async function start(handlers: Handlers = {}, options: Partial<GrpcServerOptions> = {}) {
  const shell = testShell();
  const server = new GrpcServer({ ...shell, ...options });
  server.addService({
    service: tempopb.StreamingQuerier,
    implementation: handlers as never,
  });
  const { port } = await server.listen({ host: '127.0.0.1', port: 0, configKey: 'test' });
  closers.push(() => server.stop(0));
  return { server, port, client: clientOf(port), registry: shell.registry };
}

function clientOf(port: number): Client {
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
  closers.push(() => client.close());
  return client;
}

const SEARCH = '/tempopb.StreamingQuerier/Search';
const asIs = (bytes: Buffer) => bytes;

/** Reads a server stream to its end. */
function search(client: Client, query: string, metadata = new Metadata(), options = {}) {
  const request = Buffer.from(
    toBinary(tempopb.SearchRequestSchema, create(tempopb.SearchRequestSchema, { Query: query })),
  );
  const stream = client.makeServerStreamRequest(SEARCH, asIs, asIs, request, metadata, options);
  const responses: tempopb.SearchResponse[] = [];
  stream.on('data', (bytes: Buffer) =>
    responses.push(fromBinary(tempopb.SearchResponseSchema, bytes)),
  );
  const ended = new Promise<{ code: number; details: string; responses: typeof responses }>(
    (resolve) => {
      stream.on('error', () => {});
      stream.on('status', ({ code, details }) => resolve({ code, details, responses }));
    },
  );
  return { stream, ended };
}

/** One unary call with bytes in and out. */
function unary(client: Client, path: string, request: Uint8Array, metadata = new Metadata()) {
  return new Promise<{ error: ServiceError | null; response: Buffer | undefined }>((resolve) => {
    client.makeUnaryRequest(path, asIs, asIs, Buffer.from(request), metadata, (error, response) =>
      resolve({ error, response }),
    );
  });
}

const response = (inspectedTraces: number) =>
  create(tempopb.SearchResponseSchema, { metrics: { inspectedTraces } });

describe('GrpcServer streams', () => {
  it('sends every response and the tenant, metadata and deadline reach the handler', async () => {
    const seen: unknown[] = [];
    const { client, registry } = await start({
      async *search(request, context) {
        seen.push([
          request.Query,
          context.tenantHeader,
          context.metadata('authorization'),
          context.path,
          typeof context.deadlineUnixMs,
        ]);
        for (let count = 1; count <= 100; count += 1) yield response(count);
      },
    });
    const metadata = new Metadata();
    metadata.set('X-Scope-OrgID', 'a|b');
    metadata.set('authorization', 'Bearer x');
    const { code, responses } = await search(client, '{}', metadata, {
      deadline: systemClock.nowUnixMs() + 60_000,
    }).ended;
    expect(code).toBe(0);
    expect(responses.map(({ metrics }) => metrics?.inspectedTraces)).toEqual(
      Array.from({ length: 100 }, (_, index) => index + 1),
    );
    expect(seen).toEqual([['{}', 'a|b', 'Bearer x', SEARCH, 'number']]);
    expect(await registry.render()).toContain(
      `tempo_request_duration_seconds_count{method="gRPC",route="${SEARCH}",status_code="success",ws="false"} 1`,
    );
  });

  it('ends with the status of the error, after what was sent before', async () => {
    const { client, registry } = await start({
      async *search() {
        yield response(1);
        throw new QueryError('exhausted', 'job queue full');
      },
    });
    const { code, details, responses } = await search(client, '{}').ended;
    expect([code, details, responses.length]).toEqual([8, 'job queue full', 1]);
    expect(await registry.render()).toContain('status_code="error"');
  });

  it('counts by the name of the code when told so', async () => {
    const { client, registry } = await start(
      {
        async *search({ Query }) {
          yield response(1);
          if (Query === 'bad') throw new QueryError('invalid', 'bad');
        },
      },
      { reportsCodes: true },
    );
    await search(client, '{}').ended;
    await search(client, 'bad').ended;
    for (const code of ['OK', 'InvalidArgument'])
      expect(await registry.render()).toContain(`status_code="${code}",ws="false"} 1`);
  });

  it('stops the handler and counts a cancel when the client cancels', async () => {
    let finished: unknown;
    let context: GrpcCallContext | undefined;
    const { client, registry } = await start({
      async *search(_request, callContext) {
        context = callContext;
        try {
          for (;;) {
            yield response(1);
            await systemTimers.sleep(1);
          }
        } finally {
          finished = true;
        }
      },
    });
    const { stream, ended } = search(client, '{}');
    await new Promise((resolve) => stream.once('data', resolve));
    stream.cancel();
    expect((await ended).code).toBe(1);
    await until(() => finished);
    expect(context?.signal.aborted).toBe(true);
    expect(await registry.render()).toContain('status_code="cancel",ws="false"} 1');
  });

  it('aborts the handler at the deadline', async () => {
    let aborted = false;
    const { client } = await start({
      // eslint-disable-next-line require-yield
      async *search(_request, { signal }) {
        await systemTimers.sleep(20_000, signal).catch(() => (aborted = true));
      },
    });
    const { code } = await search(client, '{}', new Metadata(), {
      deadline: systemClock.nowUnixMs() + 50,
    }).ended;
    expect(code).toBe(GRPC_STATUS.deadlineExceeded);
    await until(() => aborted);
  });
});

describe('GrpcServer raw methods', () => {
  const PATH = '/opentelemetry.proto.collector.trace.v1.TraceService/Export';

  async function startRaw(
    handle: (request: Uint8Array, context: GrpcCallContext) => Promise<Uint8Array>,
    options: Partial<GrpcServerOptions> = {},
  ) {
    const started = await start({}, { side: 'ingest', ...options });
    started.server.addRawUnary({ path: PATH, handle });
    return started;
  }

  it('hands over the bytes as they came, also none', async () => {
    const { client } = await startRaw(async (request) => Uint8Array.of(...request, 7));
    expect((await unary(client, PATH, Uint8Array.of(1, 2))).response).toEqual(Buffer.of(1, 2, 7));
    expect((await unary(client, PATH, Uint8Array.of())).response).toEqual(Buffer.of(7));
  });

  it('answers faults of ours with Unavailable, so that senders try again', async () => {
    const { client } = await startRaw(async () => {
      throw new Error('unexpected \ud800 thing');
    });
    const { error } = await unary(client, PATH, Uint8Array.of());
    expect([error?.code, error?.details]).toEqual([14, 'unexpected \ufffd thing']);
  });

  it('answers refusals by their code, and sends status details', async () => {
    const errors = [
      new IngestError('invalid', 'trace ids must be 16 bytes'),
      new IngestError('exhausted', 'RATE_LIMITED: slow down'),
      new GrpcError(GRPC_STATUS.dataLoss, 'gone', {
        statusDetails: toBinary(rpc.StatusSchema, create(rpc.StatusSchema, { code: 15 })),
      }),
    ];
    const { client } = await startRaw(async ([index]) => {
      throw errors[index!]!;
    });
    const answers = [];
    for (let index = 0; index < errors.length; index += 1)
      answers.push((await unary(client, PATH, Uint8Array.of(index))).error);
    expect(answers.map((error) => [error?.code, error?.details])).toEqual([
      [3, 'trace ids must be 16 bytes'],
      [8, 'RATE_LIMITED: slow down'],
      [15, 'gone'],
    ]);
    expect(answers[2]?.metadata.get('grpc-status-details-bin')).toEqual([Buffer.of(8, 15)]);
  });

  it('refuses messages over the limit with ResourceExhausted and serves the next', async () => {
    const { client } = await startRaw(async () => Uint8Array.of(), {
      limits: { maxReceivedMessageBytes: 1_000 },
    });
    expect((await unary(client, PATH, new Uint8Array(1_001))).error?.code).toBe(8);
    expect((await unary(client, PATH, new Uint8Array(1_000))).error).toBeNull();
  });

  it('is refused with Unavailable while the process starts, except for health', async () => {
    const refusal: { text?: string } = { text: 'Application is starting' };
    const { client } = await startRaw(async () => Uint8Array.of(), { refusal: () => refusal.text });
    const { error } = await unary(client, PATH, Uint8Array.of());
    expect([error?.code, error?.details]).toEqual([14, 'Application is starting']);
    expect((await unary(client, '/grpc.health.v1.Health/Check', Uint8Array.of())).error).toBeNull();
    delete refusal.text;
    expect((await unary(client, PATH, Uint8Array.of())).error).toBeNull();
  });

  it('answers unknown methods with Unimplemented and other content with 415', async () => {
    const { client, port } = await startRaw(async () => Uint8Array.of());
    expect((await unary(client, '/x.Y/Z', Uint8Array.of())).error?.code).toBe(12);
    const session: ClientHttp2Session = connectHttp2(`http://127.0.0.1:${port}`);
    const stream = session.request({ ':method': 'POST', ':path': PATH, 'content-type': 'text/x' });
    const status = await new Promise((resolve) =>
      stream.on('response', (headers) => resolve(headers[':status'])),
    );
    session.destroy();
    expect(status).toBe(415);
  });
});

describe('GrpcServer life', () => {
  it('is reachable on several ports and on the HTTP port', async () => {
    const { server, client } = await start({
      async *search() {
        yield response(5);
      },
    });
    const second = await server.listen({ host: '127.0.0.1', port: 0, configKey: 'test' });
    const http = new HttpServer({
      ...testShell(),
      onHttp2Connection: (socket) => server.injectConnection(socket),
    });
    http.router.get('/ready', (_request, answer) => sendText(answer, 200, 'ready'));
    const { port } = await http.listen({ host: '127.0.0.1', port: 0, configKey: 'test' });
    closers.unshift(() => http.stop(0));
    for (const each of [client, clientOf(second.port), clientOf(port)]) {
      const { code, responses } = await search(each, '{}').ended;
      expect([code, responses.length]).toEqual([0, 1]);
    }
    expect(await (await fetch(`http://127.0.0.1:${port}/ready`)).text()).toBe('ready\n');
  });

  it('answers health checks and tells watchers of changes until it stops', async () => {
    const { server, client } = await start();
    const check = async () => {
      const answer = await unary(client, '/grpc.health.v1.Health/Check', Uint8Array.of());
      return fromBinary(health.HealthCheckResponseSchema, answer.response!).status;
    };
    const { SERVING, NOT_SERVING } = health.HealthCheckResponse_ServingStatus;
    expect(await check()).toBe(NOT_SERVING);
    const watch = client.makeServerStreamRequest(
      '/grpc.health.v1.Health/Watch',
      asIs,
      (bytes) => fromBinary(health.HealthCheckResponseSchema, bytes).status,
      Buffer.of(),
    );
    const seen: number[] = [];
    watch.on('error', () => {});
    watch.on('data', (status: number) => seen.push(status));
    const ended = new Promise((resolve) => watch.on('end', resolve));
    await until(() => seen.length >= 1);
    server.setServing(true);
    expect(await check()).toBe(SERVING);
    await until(() => seen.length >= 2);
    await server.stop(10_000);
    await ended;
    expect(seen).toEqual([NOT_SERVING, SERVING, NOT_SERVING]);
  });

  it('finishes running calls when stopped, and cuts them off after the grace', async () => {
    let finish: (() => void) | undefined;
    const handlers: Handlers = {
      async *search() {
        yield response(1);
        await new Promise<void>((resolve) => (finish = resolve));
        yield response(2);
      },
    };
    const first = await start(handlers);
    const running = search(first.client, '{}');
    await until(() => finish);
    const stopped = first.server.stop(10_000);
    finish?.();
    expect((await running.ended).responses).toHaveLength(2);
    await stopped;

    finish = undefined;
    const second = await start(handlers);
    const cut = search(second.client, '{}');
    await until(() => finish);
    await second.server.stop(20);
    expect((await cut.ended).code).not.toBe(0);
    const connections = () => second.registry.value('tempo_tcp_connections', { protocol: 'grpc' });
    await until(async () => (await connections()) === 0);
  });

  it('names the setting when the port is taken, and one method cannot be served twice', async () => {
    const { server, port } = await start();
    await expect(
      server.listen({ host: '127.0.0.1', port, configKey: 'server.grpc_listen_port' }),
    ).rejects.toThrow('change server.grpc_listen_port');
    const raw = { path: '/a.B/C', handle: async () => Uint8Array.of() };
    server.addRawUnary(raw);
    expect(() => server.addRawUnary(raw)).toThrow('gRPC method /a.B/C is served twice');
  });
});
