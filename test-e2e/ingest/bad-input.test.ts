/** What a hostile or broken sender may send: each gets its answer, and nobody else notices. */
import { readFileSync } from 'node:fs';
import { connect as connectHttp2, type IncomingHttpHeaders } from 'node:http2';
import { connect, type Socket } from 'node:net';
import { createGzip, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { exportRequest, exportSpans, hex, postSpans, randomId, statusOf } from '../harness/otlp.ts';
import { spanIdsOf } from '../harness/queries.ts';
import { TempoProcess } from '../harness/tempo-process.ts';

const MIB = 1024 * 1024;
const OK = 0;
const INVALID_ARGUMENT = 3;
const RESOURCE_EXHAUSTED = 8;
const EXPORT = '/opentelemetry.proto.collector.trace.v1.TraceService/Export';

let tempo: TempoProcess;
const sockets: Socket[] = [];

beforeAll(async () => {
  tempo = await TempoProcess.start();
});
afterAll(() => tempo?.remove());

/** A request with one span whose attribute holds `depth` nested arrays. */
function nested(depth: number): Uint8Array<ArrayBuffer> {
  let value = Buffer.of(0x0a, 1, 65);
  for (let level = 0; level < depth; level++) value = field(5, field(1, value));
  const attribute = Buffer.concat([field(1, Buffer.from('k')), field(2, value)]);
  const ids = [field(1, Buffer.from(randomId(16))), field(2, Buffer.from(randomId(8)))];
  const span = Buffer.concat([...ids, field(9, attribute)]);
  return new Uint8Array(field(1, field(2, field(2, span))));
}

/** A length-delimited field. */
function field(number: number, content: Buffer): Buffer<ArrayBuffer> {
  const header = [(number << 3) | 2];
  let length = content.length;
  for (; length > 127; length = Math.floor(length / 128)) header.push((length & 127) | 128);
  return Buffer.concat([Buffer.of(...header, length), content]);
}

/** A request whose span has a name that is not UTF-8. */
function invalidUtf8(): Uint8Array<ArrayBuffer> {
  const request = Buffer.from(exportRequest([{ name: 'aXXb' }]));
  request.fill(0xff, request.indexOf('XX'), request.indexOf('XX') + 2);
  return new Uint8Array(request);
}

const good = exportRequest([{}]);
const wrongId = (bits: number) => `trace ids must be 128 bit, received ${bits} bits`;
const wrongSpanId = (bits: number) =>
  `span ids must be 64 bit and not all zero, received ${bits} bits`;

const MALFORMED: readonly (readonly [string, Uint8Array<ArrayBuffer>, string])[] = [
  ['a truncated request', good.slice(0, -3), 'exceeds the'],
  ['a tag cut off', good.slice(0, 1), 'a varint is cut off'],
  ['a length beyond 64 bits', Uint8Array.of(0x0a, ...Array(9).fill(0xff), 0x7f), 'varint'],
  ['a wrong wire type', Uint8Array.of(0x08, 0x01), 'field 1 has wire type 0'],
  ['a group', Uint8Array.of(0x0b, 0x0c), 'field 1 has wire type 3'],
  ['field 0', Uint8Array.of(0x02, 0x00), 'field number 0 is not allowed'],
  ['invalid UTF-8', invalidUtf8(), 'a string is not valid UTF-8'],
  ['values nested 1,000 times', nested(1_000), 'values nest deeper than 30 levels'],
  ['values nested 20,000 times', nested(20_000), 'values nest deeper than 30 levels'],
  ['a trace id of 8 bytes', exportRequest([{ traceId: randomId(8) }]), wrongId(64)],
  ['no trace id', exportRequest([{ traceId: new Uint8Array(0) }]), wrongId(0)],
  ['a span id of 4 bytes', exportRequest([{ spanId: randomId(4) }]), wrongSpanId(32)],
  ['a span id of zeros', exportRequest([{ spanId: new Uint8Array(8) }]), wrongSpanId(64)],
];

const span = (given: object) =>
  JSON.stringify({
    resourceSpans: [
      {
        scopeSpans: [
          {
            spans: [
              { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: '00f067aa0ba902b7', ...given },
            ],
          },
        ],
      },
    ],
  });

const MALFORMED_JSON: readonly (readonly [string, string, string])[] = [
  ['no JSON', '{nope', 'invalid OTLP JSON'],
  ['an array', '[]', 'an object is expected, not an array'],
  ['brackets without end', '['.repeat(1_000_000), 'invalid OTLP JSON'],
  ['7 million empty objects', `[${'{},'.repeat(6_900_000)}{}]`, 'values exceeds 1000000'],
  ['a short id', span({ traceId: '0123' }), wrongId(16)],
  ['an id that is not hex', span({ traceId: 'zz'.repeat(16) }), 'an id of 32 hex digits'],
  ['a number as name', span({ name: 5 }), 'name: a string is expected, not 5'],
  ['a time before 1970', span({ startTimeUnixNano: '-5' }), '-5 is not between 0 and'],
  ['half a surrogate pair', span({ name: '\ud800' }), 'lone surrogate'],
];

describe('malformed requests are refused as a mistake of the sender', () => {
  it.each(MALFORMED)('%s', async (_what, body, message) => {
    const answer = await postSpans(tempo.otlpHttpUrl, body);
    expect([answer.status, answer.contentType]).toEqual([400, 'application/x-protobuf']);
    expect(statusOf(answer.body)).toEqual({
      code: INVALID_ARGUMENT,
      message: expect.stringContaining(message),
    });
    expect(await exportSpans(tempo.ports.otlpGrpc, body)).toMatchObject({
      code: INVALID_ARGUMENT,
      message: expect.stringContaining(message),
    });
  });

  it.each(MALFORMED_JSON)('JSON: %s', async (_what, body, message) => {
    const answer = await postSpans(tempo.otlpHttpUrl, body, { 'content-type': 'application/json' });
    expect([answer.status, answer.contentType]).toEqual([400, 'application/json']);
    expect(JSON.parse(answer.body.toString())).toEqual({
      code: INVALID_ARGUMENT,
      message: expect.stringContaining(message),
    });
  });

  it('one bad span refuses the whole request, nothing of it is stored', async () => {
    const traceId = randomId(16);
    const body = exportRequest([{ traceId }, { spanId: randomId(9) }]);
    expect((await postSpans(tempo.otlpHttpUrl, body)).status).toBe(400);
    expect((await fetch(`${tempo.url}/api/traces/${hex(traceId)}`)).status).toBe(404);
  });
});

describe('requests without spans', () => {
  it.each([
    ['an empty body', new Uint8Array(0)],
    ['no spans', exportRequest([])],
    ['an unknown field', Uint8Array.of(0x9a, 0x06, 0x01, 0x41)],
  ])('%s succeeds', async (_what, body) => {
    const answer = await postSpans(tempo.otlpHttpUrl, body);
    expect([answer.status, hex(answer.body)]).toEqual([200, '0a00']);
    expect((await exportSpans(tempo.ports.otlpGrpc, body)).code).toBe(OK);
  });
});

async function ask(path: string, init: RequestInit) {
  const response = await fetch(`${tempo.otlpHttpUrl}${path}`, init);
  return [response.status, response.headers.get('content-type'), await response.text()];
}

describe('HTTP', () => {
  it('another method, content type, path or encoding is named in the answer', async () => {
    expect(await ask('/v1/traces', { method: 'GET' })).toEqual([
      405,
      'text/plain',
      '405 method not allowed, supported: [POST]',
    ]);
    const headers = { 'content-type': 'text/xml' };
    expect(await ask('/v1/traces', { method: 'POST', headers, body: 'x' })).toEqual([
      415,
      'text/plain',
      '415 unsupported media type, supported: [application/json, application/x-protobuf]',
    ]);
    expect((await ask('/v1/metrics', { method: 'POST', headers, body: 'x' }))[0]).toBe(404);
    const brotli = await postSpans(tempo.otlpHttpUrl, good, { 'content-encoding': 'br' });
    expect([brotli.status, statusOf(brotli.body).message]).toEqual([
      400,
      expect.stringContaining('unsupported Content-Encoding: br'),
    ]);
    for (const body of [good, gzipSync(good).subarray(0, 20)]) {
      const answer = await postSpans(tempo.otlpHttpUrl, new Uint8Array(body), {
        'content-encoding': 'gzip',
      });
      expect([answer.status, statusOf(answer.body).message]).toEqual([
        400,
        expect.stringContaining('body is not valid gzip'),
      ]);
    }
  });

  it('bytes that are no HTTP and headers without end are refused', async () => {
    const headers = { 'x-long': 'a'.repeat(100_000) };
    expect((await postSpans(tempo.otlpHttpUrl, good, headers)).status).toBe(431);
    expect(await firstLine(tempo.ports.otlpHttp, '\x16\x03\x01 no HTTP\r\n\r\n')).toBe(
      'HTTP/1.1 400 Bad Request',
    );
  });

  it('a body of 21 MiB is refused, announced or not', async () => {
    for (const body of [new Uint8Array(21 * MIB), inParts(21)]) {
      const answer = await postSpans(tempo.otlpHttpUrl, body);
      expect([answer.status, statusOf(answer.body).message]).toEqual([
        413,
        'request body is larger than max_request_body_size 20971520 bytes',
      ]);
    }
    const packed = await postSpans(
      tempo.otlpHttpUrl,
      new Uint8Array(gzipSync(Buffer.alloc(21 * MIB))),
      {
        'content-encoding': 'gzip',
      },
    );
    expect(packed.status).toBe(413);
  });
});

describe('gRPC', () => {
  it('a message over max_recv_msg_size_mib is refused, packed or not', async () => {
    const answer = await exportSpans(tempo.ports.otlpGrpc, new Uint8Array(17 * MIB));
    expect(answer.code).toBe(RESOURCE_EXHAUSTED);
    const headers = await rawCall(gzipSync(Buffer.alloc(17 * MIB)), { 'grpc-encoding': 'gzip' });
    expect(headers['grpc-status']).toBe(String(RESOURCE_EXHAUSTED));
  });

  it('unknown methods and encodings are unimplemented', async () => {
    const method = await rawCall(Buffer.from(good), { ':path': '/no.Such/Method' });
    expect(method['grpc-status']).toBe('12');
    const encoding = await rawCall(gzipSync(good), { 'grpc-encoding': 'br' });
    expect(encoding['grpc-status']).toBe('12');
  });
});

describe('large requests', () => {
  it('100,000 spans in one request, and a span of 10,000 attributes, are read back', async () => {
    const traceIds = Array.from({ length: 1_000 }, () => randomId(16));
    const spans = Array.from({ length: 100_000 }, (_, index) => ({
      traceId: traceIds[index % traceIds.length]!,
    }));
    expect((await postSpans(tempo.otlpHttpUrl, exportRequest(spans))).status).toBe(200);
    for (const traceId of [traceIds.at(0)!, traceIds.at(-1)!])
      expect(await spanIdsOf(tempo.url, hex(traceId))).toHaveLength(100);

    const names = Array.from({ length: 10_000 }, (_, index) => [`key${index}`, `v${index}`]);
    const attributes = Object.fromEntries(names) as Record<string, string>;
    const wide = randomId(16);
    const request = exportRequest([{ traceId: wide, attributes }]);
    expect((await exportSpans(tempo.ports.otlpGrpc, request)).code).toBe(OK);
    const query = encodeURIComponent('{ span.key9999 = "v9999" }');
    const found = await fetch(`${tempo.url}/api/search?q=${query}`);
    expect(((await found.json()) as { traces: unknown[] }).traces).toHaveLength(1);
  });
});

describe('a sender that misbehaves does not disturb others', () => {
  it('fifty gigabytes of zeros in gzip bombs: memory stays flat and others are served', async () => {
    const bomb = await gigabyteOfZeros();
    const beforeMib = residentMib();
    const bombs = Array.from({ length: 50 }, () =>
      postSpans(tempo.otlpHttpUrl, bomb, { 'content-encoding': 'gzip' }),
    );
    expect((await postSpans(tempo.otlpHttpUrl, exportRequest([{}]))).status).toBe(200);
    const statuses = new Set((await Promise.all(bombs)).map(({ status }) => status));
    expect([...statuses]).toEqual([413]);
    // Four at a time may take the limit of 20 MiB, until the collector notices that they are gone.
    expect(residentMib() - beforeMib).toBeLessThan(500);
  });

  it('500 clients that say nothing, or stop in the middle, and then vanish', async () => {
    const head = 'POST /v1/traces HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-protobuf\r\n';
    for (let number = 0; number < 250; number++) {
      await open(tempo.ports.otlpHttp, `${head}Content-Length: 1000000\r\n\r\nab`);
      await open(tempo.ports.otlpGrpc, 'PRI * HTTP/2.0\r\n');
    }
    expect((await postSpans(tempo.otlpHttpUrl, exportRequest([{}]))).status).toBe(200);
    expect((await exportSpans(tempo.ports.otlpGrpc, exportRequest([{}]))).code).toBe(OK);
    for (const socket of sockets.splice(0)) socket.destroy();
  });

  it('bodies that are sent halfway do not keep usual requests out', async () => {
    const head = 'POST /v1/traces HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-protobuf\r\n';
    const half = Buffer.alloc(15_000_000);
    for (let number = 0; number < 20; number++) {
      const socket = await open(tempo.ports.otlpHttp, `${head}Content-Length: 20000000\r\n\r\n`);
      await new Promise<void>((resolve) => socket.write(half, () => resolve()));
    }
    expect((await postSpans(tempo.otlpHttpUrl, exportRequest([{}]))).status).toBe(200);
    for (const socket of sockets.splice(0)) socket.destroy();
    const large = exportRequest([{ attributes: { note: 'x'.repeat(15_000_000) } }]);
    expect((await postSpans(tempo.otlpHttpUrl, large)).status).toBe(200);
  });

  it('500 requests at once are all taken, over both protocols', async () => {
    const many = Array.from({ length: 250 });
    const http = many.map(
      async () => (await postSpans(tempo.otlpHttpUrl, exportRequest([{}]))).status,
    );
    const grpc = many.map(
      async () => (await exportSpans(tempo.ports.otlpGrpc, exportRequest([{}]))).code,
    );
    expect(new Set(await Promise.all(http))).toEqual(new Set([200]));
    expect(new Set(await Promise.all(grpc))).toEqual(new Set([OK]));
  });

  it('nothing of all this was an error of the process', () => {
    const errors = tempo
      .log()
      .split('\n')
      .filter((line) => line.includes('level=error'));
    expect(errors).toEqual([]);
  });
});

/** A body of so many mebibytes whose length is not announced. */
function inParts(mebibytes: number): ReadableStream<Uint8Array> {
  let left = mebibytes;
  return new ReadableStream({
    pull(controller) {
      if (left-- > 0) controller.enqueue(new Uint8Array(MIB));
      else controller.close();
    },
  });
}

/** Resident memory of the process, in MiB. */
function residentMib(): number {
  const status = readFileSync(`/proc/${tempo.pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)![1]) / 1024;
}

/** A mebibyte of gzip that a gibibyte comes out of. */
async function gigabyteOfZeros(): Promise<Uint8Array<ArrayBuffer>> {
  // A gzip stream may be made of several: 64 times the same 16 MiB.
  const packed: Buffer[] = [];
  const gzip = createGzip().on('data', (part: Buffer) => packed.push(part));
  gzip.end(Buffer.alloc(16 * MIB));
  await new Promise((resolve) => gzip.once('end', resolve));
  const member = Buffer.concat(packed);
  return new Uint8Array(Buffer.concat(Array.from({ length: 64 }, () => member)));
}

async function open(port: number, text: string): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  sockets.push(socket);
  socket.on('error', () => socket.destroy());
  await new Promise((resolve) => socket.once('connect', resolve));
  socket.write(text);
  return socket;
}

async function firstLine(port: number, text: string): Promise<string> {
  const socket = await open(port, text);
  const parts: Buffer[] = [];
  socket.on('data', (part) => parts.push(part));
  await new Promise((resolve) => socket.once('close', resolve));
  return Buffer.concat(parts).toString().split('\r\n', 1)[0]!;
}

/** One gRPC message as it is, in a frame of its length; flagged as compressed. */
function rawCall(
  message: Buffer,
  headers: Readonly<Record<string, string>>,
): Promise<IncomingHttpHeaders> {
  const client = connectHttp2(tempo.otlpGrpcUrl);
  const call = client.request({
    ':method': 'POST',
    ':path': EXPORT,
    'content-type': 'application/grpc',
    te: 'trailers',
    ...headers,
  });
  return new Promise((resolve, reject) => {
    let answer: IncomingHttpHeaders = {};
    call.on('response', (given) => (answer = { ...answer, ...given }));
    call.on('trailers', (given) => (answer = { ...answer, ...given }));
    call.on('error', reject);
    call.on('close', () => {
      client.close();
      resolve(answer);
    });
    call.resume();
    const frame = Buffer.alloc(5);
    frame[0] = 1;
    frame.writeUInt32BE(message.length, 1);
    call.end(Buffer.concat([frame, message]));
  });
}
