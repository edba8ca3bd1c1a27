/** Encrypted listeners, end to end: certificates in files, clients with and without one. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client, credentials, type ChannelCredentials } from '@grpc/grpc-js';
import { TEST_CERTIFICATE, TEST_TLS } from '@tempo-ts/server/testing';
import { exportRequest, hex, randomId } from '../harness/otlp.ts';
import { repositoryRoot, TempoProcess, type TempoPorts } from '../harness/tempo-process.ts';

const authority = Buffer.from(TEST_CERTIFICATE);
const shown = { key: Buffer.from(TEST_TLS.privateKey), cert: authority };
const EXPORT = '/opentelemetry.proto.collector.trace.v1.TraceService/Export';
const HEALTH = '/grpc.health.v1.Health/Check';

let folder: string;
let tempo: TempoProcess;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tempo-ts-tls-'));
  writeFileSync(join(folder, 'cert.pem'), TEST_TLS.certificate);
  writeFileSync(join(folder, 'key.pem'), TEST_TLS.privateKey);
  const files = `cert_file: ${folder}/cert.pem, key_file: ${folder}/key.pem`;
  const demanding = `${files}, client_ca_file: ${folder}/cert.pem`;
  tempo = await TempoProcess.start({
    server: `  tls_min_version: VersionTLS13
  http_tls_config: { ${files} }
  grpc_tls_config: { ${demanding}, client_auth_type: RequireAndVerifyClientCert }`,
    otlpGrpc: `tls: { ${files} }`,
    otlpHttp: `tls: { ${demanding} }`,
    ready: async ({ http }) => (await ask(http, '/ready')).status,
  });
});
afterAll(async () => {
  await tempo?.remove();
  rmSync(folder, { recursive: true, force: true });
});

interface Ask {
  readonly method?: string;
  readonly body?: Uint8Array;
  readonly client?: typeof shown;
  readonly maxVersion?: 'TLSv1.2';
}

function ask(
  port: number,
  path: string,
  { body, client, ...options }: Ask = {},
): Promise<{ readonly status: number; readonly text: string }> {
  return new Promise((resolve, reject) => {
    const asking = request(
      {
        host: 'localhost',
        port,
        path,
        ca: authority,
        agent: false,
        headers: { 'content-type': 'application/x-protobuf' },
        ...client,
        ...options,
      },
      (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, text: Buffer.concat(parts).toString() }),
        );
      },
    );
    asking.on('error', reject);
    asking.end(body);
  });
}

const asIs = (bytes: Uint8Array) => Buffer.from(bytes);

/** The gRPC status of a call; 0 is success. */
function call(
  port: number,
  path: string,
  message: Uint8Array,
  trusted: ChannelCredentials,
): Promise<number> {
  const client = new Client(`localhost:${port}`, trusted);
  return new Promise((resolve) => {
    client.makeUnaryRequest(path, asIs, asIs, message, (error) => {
      client.close();
      resolve(error?.code ?? 0);
    });
  });
}

const ports = (): TempoPorts => tempo.ports;

describe('TLS', () => {
  it('spans sent over it, by both protocols, are read over it', async () => {
    const overGrpc = randomId(16);
    const overHttp = randomId(16);
    const trusted = credentials.createSsl(authority);
    const message = exportRequest([{ traceId: overGrpc }]);
    expect(await call(ports().otlpGrpc, EXPORT, message, trusted)).toBe(0);
    const posted = await ask(ports().otlpHttp, '/v1/traces', {
      method: 'POST',
      body: exportRequest([{ traceId: overHttp }]),
      client: shown,
    });
    expect(posted.status).toBe(200);
    for (const id of [overGrpc, overHttp])
      expect((await ask(ports().http, `/api/traces/${hex(id)}`)).status).toBe(200);
  });

  it('clients without a certificate are turned away where one is required', async () => {
    const body = exportRequest([{}]);
    await expect(ask(ports().otlpHttp, '/v1/traces', { method: 'POST', body })).rejects.toThrow();
    const nothing = new Uint8Array(0);
    const anonymous = credentials.createSsl(authority);
    expect(await call(ports().grpc, HEALTH, nothing, anonymous)).toBe(14);
    const known = credentials.createSsl(authority, shown.key, shown.cert);
    expect(await call(ports().grpc, HEALTH, nothing, known)).toBe(0);
  });

  it('older versions and plain text are not spoken', async () => {
    await expect(ask(ports().http, '/ready', { maxVersion: 'TLSv1.2' })).rejects.toThrow();
    await expect(fetch(`http://127.0.0.1:${ports().http}/ready`)).rejects.toThrow();
    const plain = credentials.createInsecure();
    expect(await call(ports().otlpGrpc, EXPORT, exportRequest([{}]), plain)).toBe(14);
  });

  it('the key of the configuration and its use are not shown', async () => {
    const { text } = await ask(ports().http, '/status/config');
    expect(text).not.toContain('PRIVATE KEY');
    expect(text).toContain(`key_file: ${folder}/key.pem`);
  });

  it.each([
    [
      'server.http_tls_config.cert_file',
      'server: { http_tls_config: { cert_file: /no/cert.pem, key_file: /no/key.pem } }',
    ],
    [
      'distributor.receivers.otlp.protocols.grpc.tls.cert_file',
      'distributor: { receivers: { otlp: { protocols: { grpc: { endpoint: "127.0.0.1:0", tls: { cert_file: /no/cert.pem, key_file: /no/key.pem } } } } } }',
    ],
  ])('a file that cannot be read stops the start, naming %s', (key, yaml) => {
    const configFile = join(folder, 'bad.yaml');
    const listen = '-server.http-listen-port=0 -server.grpc-listen-port=0'.split(' ');
    const data = `storage: { trace: { backend: local, wal: { path: ${folder}/wal }, local: { path: ${folder}/blocks } } }`;
    writeFileSync(configFile, `${yaml}\n${data}\n`);
    const main = join(repositoryRoot, 'services', 'all-in-one', 'src', 'main.ts');
    const args = ['--conditions=@tempo-ts/source', main, `-config.file=${configFile}`, ...listen];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    expect(status).toBe(1);
    const said = `${stdout}${stderr}`.replaceAll('\\"', '"');
    expect(said).toContain(`${key}: cannot read "/no/cert.pem"`);
  });
});
