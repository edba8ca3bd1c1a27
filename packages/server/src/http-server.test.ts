import { createServer, connect } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { request as httpRequest } from 'node:http';
import { afterEach, describe, expect, it } from '@jest/globals';
import { QueryError } from '@tempo-ts/ports';
import { systemTimers } from '@tempo-ts/runtime';
import { gzipResponses } from './gzip-responses.ts';
import { sendText } from './http-server.ts';
import { requestSignal } from './request-signal.ts';
import { startTestHttpServer, testShell, type TestHttpServer } from './testing/test-servers.ts';
import { until } from './testing/until.ts';
import { HttpServer } from './http-server.ts';

let started: TestHttpServer[] = [];
afterEach(async () => {
  await Promise.all(started.map((server) => server.close()));
  started = [];
});

async function start(...args: Parameters<typeof startTestHttpServer>): Promise<TestHttpServer> {
  const server = await startTestHttpServer(...args);
  started.push(server);
  return server;
}

/** Sends bytes as they are and resolves with everything the server answers until it closes. */
function exchange(port: number, pieces: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => {
      void (async () => {
        for (const piece of pieces) {
          socket.write(piece);
          await systemTimers.sleep(5);
        }
      })();
    });
    socket.setEncoding('latin1');
    socket.on('data', (chunk) => (answer += String(chunk)));
    socket.on('error', reject);
    socket.on('close', () => resolve(answer));
  });
}

function get(port: number, path: string, acceptEncoding?: string) {
  return new Promise<{ encoding: string | undefined; body: Buffer }>((resolve, reject) => {
    const headers = acceptEncoding ? { 'accept-encoding': acceptEncoding } : {};
    httpRequest({ port, host: '127.0.0.1', path, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({ encoding: response.headers['content-encoding'], body: Buffer.concat(chunks) }),
      );
    })
      .on('error', reject)
      .end();
  });
}

describe('HttpServer answers', () => {
  it('answers unknown paths like Tempo, and paths are matched exactly', async () => {
    const { url } = await start((router) => {
      router.all('/api/search', (_request, response) => sendText(response, 200, 'found'));
    });
    for (const path of ['/nope', '/API/search', '/api/search/']) {
      const response = await fetch(url + path);
      expect(response.status).toBe(404);
      expect(response.headers.get('content-type')).toBe('text/plain; charset=utf-8');
      expect(await response.text()).toBe('404 page not found\n');
    }
    expect(await (await fetch(`${url}/api/search?q=x`)).text()).toBe('found\n');
  });

  it('turns what a route throws or rejects with into plain text', async () => {
    const { url } = await start((router) => {
      router.all('/thrown', () => {
        throw new QueryError('invalid', 'limit must be positive');
      });
      router.all('/rejected', async () => {
        throw new Error('disk on fire');
      });
    });
    const thrown = await fetch(`${url}/thrown`);
    expect([thrown.status, await thrown.text()]).toEqual([400, 'limit must be positive\n']);
    const rejected = await fetch(`${url}/rejected`);
    expect([rejected.status, await rejected.text()]).toEqual([500, 'disk on fire\n']);
  });

  it('answers a malformed URL with 400 and malformed HTTP with 400, and lives on', async () => {
    const { url, port } = await start((router) => {
      router.all('/api/traces/:traceID', (_request, response) => sendText(response, 200, 'ok'));
    });
    expect((await fetch(`${url}/api/traces/%zz`)).status).toBe(400);
    expect(await exchange(port, ['this is no HTTP\r\n\r\n'])).toMatch(/^HTTP\/1.1 400 Bad Request/);
    expect((await fetch(`${url}/api/traces/ab`)).status).toBe(200);
  });

  it('refuses component routes with 503 while refusal gives a reason, but not operational ones', async () => {
    const refusal: { text?: string } = { text: 'Application is starting' };
    const { url, server } = await start(
      (router) => router.get('/api/search', (_request, response) => sendText(response, 200, 'ok')),
      { refusal: () => refusal.text },
    );
    server.operational.get('/ready', (_request, response) => sendText(response, 503, 'not yet'));
    const refused = await fetch(`${url}/api/search`);
    expect([refused.status, await refused.text()]).toEqual([503, 'Application is starting\n']);
    expect(await (await fetch(`${url}/ready`)).text()).toBe('not yet\n');
    delete refusal.text;
    expect((await fetch(`${url}/api/search`)).status).toBe(200);
  });
});

describe('HttpServer gzip', () => {
  const large = JSON.stringify(Array.from({ length: 500 }, (_, index) => ({ index })));
  const withGzip = () =>
    start((router) => {
      router.get('/large', gzipResponses(), (_request, response) => {
        response.setHeader('Content-Type', 'application/json');
        response.end(large);
      });
      router.get('/small', gzipResponses(), (_request, response) => sendText(response, 200, 'ok'));
    });

  it('compresses large answers for clients that accept gzip, and in no other encoding', async () => {
    const { port } = await withGzip();
    for (const accept of ['gzip', 'br, gzip, deflate', 'gzip;q=0.5, br;q=1']) {
      const { encoding, body } = await get(port, '/large', accept);
      expect(encoding).toBe('gzip');
      expect(gunzipSync(body).toString()).toBe(large);
      expect(body.length).toBeLessThan(large.length / 2);
    }
  });

  it('leaves answers alone that are small or whose client does not accept gzip', async () => {
    const { port } = await withGzip();
    expect((await get(port, '/small', 'gzip')).encoding).toBeUndefined();
    expect((await get(port, '/large')).encoding).toBeUndefined();
    expect((await get(port, '/large', 'br')).encoding).toBeUndefined();
    expect((await get(port, '/large', 'gzip;q=0')).body.toString()).toBe(large);
  });
});

describe('HttpServer metrics', () => {
  it('labels requests by verb, template slug and status, never by path', async () => {
    const { url, registry } = await start((router) => {
      router.all('/api/traces/:traceID', (_request, response) => sendText(response, 200, 'x'));
      router.all('/api/search/tag/*tagName/values', (_request, response) =>
        sendText(response, 422, 'x'),
      );
    });
    await fetch(`${url}/api/traces/abc`);
    await fetch(`${url}/api/traces/def`, { method: 'POST', body: 'four' });
    await fetch(`${url}/api/search/tag/span.a%2Fb/values`);
    await fetch(`${url}/nope`);
    const text = await registry.render();
    expect(text).not.toContain('abc');
    for (const labels of [
      'le="+Inf",method="GET",route="api_traces_traceid",status_code="200",ws="false"',
      'le="100",method="POST",route="api_traces_traceid",status_code="200",ws="false"',
      'le="0.01",method="GET",route="api_search_tag_tagname_values",status_code="422",ws="false"',
      'le="+Inf",method="GET",route="notfound",status_code="404",ws="false"',
    ])
      expect(text).toContain(`tempo_request_duration_seconds_bucket{${labels}} 1`);
    expect(text).toContain(
      'tempo_request_message_bytes_sum{method="POST",route="api_traces_traceid"} 4',
    );
    expect(text).toContain('tempo_inflight_requests{method="GET",route="api_traces_traceid"} 0');
  });

  it('counts a request whose client went away as 499 and aborts its signal', async () => {
    let aborted: (() => void) | undefined;
    const abort = new Promise<void>((resolve) => (aborted = resolve));
    const { port, registry } = await start((router) => {
      router.get('/slow', (request, response) => {
        requestSignal(request, response).addEventListener('abort', () => aborted?.());
      });
    });
    const socket = connect(port, '127.0.0.1');
    socket.write('GET /slow HTTP/1.1\r\nHost: x\r\n\r\n');
    await until(async () => (await registry.value('tempo_inflight_requests')) !== 0);
    socket.destroy();
    await abort;
    await systemTimers.sleep(5);
    expect(await registry.render()).toContain(
      'tempo_request_duration_seconds_count{method="GET",route="slow",status_code="499",ws="false"} 1',
    );
    expect(await registry.value('tempo_inflight_requests')).toBe(0);
  });
});

describe('HttpServer connections', () => {
  it('tells HTTP/1 from HTTP/2 however the bytes arrive', async () => {
    const http2: number[] = [];
    const { port } = await start(
      (router) => {
        router.get('/P', (_request, response) => sendText(response, 200, 'one'));
        router.post('/P', (_request, response) => sendText(response, 200, 'two'));
      },
      {
        onHttp2Connection: (socket) => {
          http2.push((socket.read() as Buffer).length);
          socket.end('h2');
        },
      },
    );
    const getText = 'GET /P HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';
    const post = 'POST /P HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 3\r\n\r\nabc';
    expect(await exchange(port, [getText])).toContain('one\n');
    expect(await exchange(port, post.split(''))).toContain('two\n');
    const pipelined = getText.replace('Connection: close\r\n', '') + getText;
    expect((await exchange(port, [pipelined])).match(/one/g)).toHaveLength(2);
    const preface = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
    expect(await exchange(port, [preface])).toBe('h2');
    expect(await exchange(port, preface.split(''))).toBe('h2');
    expect(http2).toEqual([24, 24]);
  });

  it('finishes running requests when stopped, and refuses new connections', async () => {
    let finish: (() => void) | undefined;
    const { url, server, registry } = await start((router) => {
      router.get('/slow', (_request, response) => {
        finish = () => sendText(response, 200, 'done');
      });
    });
    const running = fetch(`${url}/slow`);
    await until(() => finish);
    const stopped = server.stop(10_000);
    await expect(fetch(`${url}/slow`)).rejects.toThrow();
    finish?.();
    expect(await (await running).text()).toBe('done\n');
    await stopped;
    expect(await registry.value('tempo_tcp_connections', { protocol: 'http' })).toBe(0);
  });

  it('cuts off what still runs after the grace', async () => {
    const { url, server, registry } = await start((router) => {
      router.get('/for-ever', () => {});
    });
    const running = fetch(`${url}/for-ever`);
    await until(async () => (await registry.value('tempo_inflight_requests')) !== 0);
    await Promise.all([server.stop(20), expect(running).rejects.toThrow()]);
  });

  it('names the address and the setting when the port is taken', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as { port: number };
    const server = new HttpServer(testShell());
    await expect(
      server.listen({ host: '127.0.0.1', port, configKey: 'server.http_listen_port' }),
    ).rejects.toThrow(
      `cannot listen on 127.0.0.1:${port}: the port is in use by another process; change server.http_listen_port`,
    );
    other.close();
  });
});
