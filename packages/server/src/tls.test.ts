import { request } from 'node:https';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Client, credentials } from '@grpc/grpc-js';
import { GrpcServer } from './grpc-server.ts';
import { HttpServer, sendText } from './http-server.ts';
import { testShell } from './testing/test-servers.ts';
import { TEST_CERTIFICATE, TEST_TLS } from './testing/test-tls.ts';

const closers: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

const ADDRESS = { host: '127.0.0.1', port: 0, configKey: 'test' };
const PATH = '/a.B/C';
const asIs = (bytes: Buffer) => bytes;

async function start(extra: Partial<typeof TEST_TLS> = {}) {
  const tls = { ...TEST_TLS, ...extra };
  const grpc = new GrpcServer({ ...testShell(), tls });
  grpc.addRawUnary({ path: PATH, handle: async (bytes) => bytes });
  const http = new HttpServer({
    ...testShell(),
    tls,
    onHttp2Connection: (socket) => grpc.injectConnection(socket),
  });
  http.router.get('/ready', (_request, response) => sendText(response, 200, 'ready'));
  const httpPort = (await http.listen(ADDRESS)).port;
  const grpcPort = (await grpc.listen(ADDRESS)).port;
  closers.push(async () => {
    await grpc.stop(0);
    await http.stop(0);
  });
  return { httpPort, grpcPort };
}

function get(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    request({ host: 'localhost', port, path: '/ready', ca: TEST_CERTIFICATE }, (response) => {
      response.on('data', (chunk) => resolve(String(chunk)));
    })
      .on('error', reject)
      .end();
  });
}

function call(port: number): Promise<Buffer | undefined> {
  const trusted = credentials.createSsl(Buffer.from(TEST_CERTIFICATE));
  const client = new Client(`localhost:${port}`, trusted);
  closers.push(() => client.close());
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(PATH, asIs, asIs, Buffer.of(1), (error, response) =>
      error ? reject(error) : resolve(response),
    );
  });
}

describe('TLS', () => {
  it('serves HTTPS, and gRPC on its own and on the HTTP port', async () => {
    const { httpPort, grpcPort } = await start();
    expect(await get(httpPort)).toBe('ready\n');
    expect(await call(grpcPort)).toEqual(Buffer.of(1));
    expect(await call(httpPort)).toEqual(Buffer.of(1));
  });

  it('turns clients without a certificate away when one is required', async () => {
    const { httpPort, grpcPort } = await start({
      clientAuth: 'RequireAndVerifyClientCert',
      clientAuthority: Buffer.from(TEST_CERTIFICATE),
    });
    await expect(get(httpPort)).rejects.toThrow();
    await expect(call(grpcPort)).rejects.toThrow();
  });
});
