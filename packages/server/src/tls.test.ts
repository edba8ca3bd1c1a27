import { request, type RequestOptions } from 'node:https';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Client, credentials } from '@grpc/grpc-js';
import { GrpcServer } from './grpc-server.ts';
import { HttpServer, sendText } from './http-server.ts';
import { testShell } from './testing/test-servers.ts';
import { TEST_CERTIFICATE, TEST_TLS } from './testing/test-tls.ts';
import { checkTlsSettings, serverTlsOptions, type TlsSettings } from './tls-settings.ts';

const closers: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

const ADDRESS = { host: '127.0.0.1', port: 0, configKey: 'test' };
const PATH = '/a.B/C';
const asIs = (bytes: Buffer) => bytes;

/** What a client shows of itself. */
const SHOWN = { key: Buffer.from(TEST_TLS.privateKey), cert: Buffer.from(TEST_TLS.certificate) };

async function start(extra: Partial<TlsSettings> = {}) {
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

function get(port: number, extra: RequestOptions = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { host: 'localhost', port, path: '/ready', ca: TEST_CERTIFICATE, agent: false };
    request({ ...options, ...extra }, (response) => {
      response.on('data', (chunk) => resolve(String(chunk)));
    })
      .on('error', reject)
      .end();
  });
}

function call(port: number, shown?: typeof SHOWN): Promise<Buffer | undefined> {
  const trusted = credentials.createSsl(
    Buffer.from(TEST_CERTIFICATE),
    shown ? shown.key : null,
    shown ? shown.cert : null,
  );
  const client = new Client(`localhost:${port}`, trusted);
  closers.push(() => client.close());
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(PATH, asIs, asIs, Buffer.of(1), (error, response) =>
      error ? reject(error) : resolve(response),
    );
  });
}

const isServed = (answer: Promise<unknown>) =>
  answer.then(
    () => true,
    () => false,
  );

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

  it.each([
    // What is asked, is the client's authority trusted, served without and with a certificate.
    ['NoClientCert', false, true, true],
    ['RequestClientCert', false, true, true],
    ['RequireAnyClientCert', false, false, true],
    ['VerifyClientCertIfGiven', false, true, false],
    ['VerifyClientCertIfGiven', true, true, true],
    ['RequireAndVerifyClientCert', true, false, true],
  ] as const)('%s, authority trusted: %s', async (clientAuth, isTrusted, without, withOne) => {
    const { httpPort, grpcPort } = await start({
      clientAuth,
      ...(isTrusted ? { clientAuthority: Buffer.from(TEST_CERTIFICATE) } : {}),
    });
    expect({
      http: await isServed(get(httpPort)),
      grpc: await isServed(call(grpcPort)),
      httpShown: await isServed(get(httpPort, SHOWN)),
      grpcShown: await isServed(call(grpcPort, SHOWN)),
    }).toEqual({ http: without, grpc: without, httpShown: withOne, grpcShown: withOne });
  });

  it('speaks no version and no cipher suite but those allowed', async () => {
    const { httpPort } = await start({
      minVersion: '1.2',
      cipherSuites: ['TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256'],
    });
    const TLS12 = { maxVersion: 'TLSv1.2' } as const;
    expect(await get(httpPort)).toBe('ready\n');
    expect(await get(httpPort, { ...TLS12, ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256' })).toBe(
      'ready\n',
    );
    await expect(
      get(httpPort, { ...TLS12, ciphers: 'ECDHE-ECDSA-AES256-GCM-SHA384' }),
    ).rejects.toThrow();
    const only13 = await start({ minVersion: '1.3' });
    await expect(get(only13.httpPort, TLS12)).rejects.toThrow();
  });

  it.each([
    ['TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384', 'ECDHE-RSA-AES256-GCM-SHA384'],
    ['TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256', 'ECDHE-ECDSA-AES128-SHA256'],
    ['TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305', 'ECDHE-RSA-CHACHA20-POLY1305'],
    ['TLS_RSA_WITH_AES_128_CBC_SHA', 'AES128-SHA'],
  ])('knows the cipher suite %s', (name, openSsl) => {
    const { ciphers } = serverTlsOptions({ ...TEST_TLS, cipherSuites: [name] });
    expect(ciphers?.split(':').at(-1)).toBe(openSsl);
  });

  it('says which setting is wrong', () => {
    const wrong = { ...TEST_TLS, cipherSuites: ['TLS_RSA_WITH_RC4_128_SHA'] };
    expect(() => checkTlsSettings(wrong, 'server.http_tls_config')).toThrow(
      'server.http_tls_config: "TLS_RSA_WITH_RC4_128_SHA" is not a cipher suite',
    );
    const garbage = { ...TEST_TLS, certificate: Buffer.from('no PEM') };
    expect(() => checkTlsSettings(garbage, 'server.http_tls_config')).toThrow(
      /^server.http_tls_config: /,
    );
  });
});
