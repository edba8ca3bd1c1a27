import { describe, expect, it } from '@jest/globals';
import { loadConfig } from '@tempo-ts/config';
import { TEST_CERTIFICATE, TEST_TLS } from '@tempo-ts/server/testing';
import { listenerTls } from './tls-settings.ts';

const FILES: Readonly<Record<string, Uint8Array>> = {
  'cert.pem': TEST_TLS.certificate,
  'key.pem': TEST_TLS.privateKey,
};

function readFile(path: string): Uint8Array {
  const bytes = FILES[path];
  if (!bytes) throw new Error('ENOENT: no such file');
  return bytes;
}

/** What `server` with this YAML makes of the HTTP listener. */
function tlsOf(server: string) {
  const yaml = `server: ${server}\nstorage: {trace: {backend: local, local: {path: x}}}\n`;
  const { config } = loadConfig({
    args: ['-config.file=tempo.yaml'],
    readFile: () => yaml,
    env: {},
  });
  return listenerTls(config.server, 'http_tls_config', readFile);
}

describe('listenerTls', () => {
  it('is absent without settings', () => {
    expect(tlsOf('{}')).toBeUndefined();
    expect(tlsOf('{tls_min_version: VersionTLS13}')).toBeUndefined();
  });

  it('reads files and text', () => {
    const text = JSON.stringify(TEST_CERTIFICATE);
    const yaml = `{tls_min_version: VersionTLS13, tls_cipher_suites: "TLS_RSA_WITH_AES_128_CBC_SHA,TLS_RSA_WITH_AES_256_CBC_SHA", http_tls_config: {cert: ${text}, key_file: key.pem, client_auth_type: RequireAndVerifyClientCert, client_ca_file: cert.pem}}`;
    const { certificate, ...rest } = tlsOf(yaml)!;
    expect(Buffer.from(certificate).toString()).toBe(TEST_CERTIFICATE);
    expect(rest).toEqual({
      privateKey: TEST_TLS.privateKey,
      clientAuth: 'RequireAndVerifyClientCert',
      clientAuthority: TEST_TLS.certificate,
      minVersion: '1.3',
      cipherSuites: ['TLS_RSA_WITH_AES_128_CBC_SHA', 'TLS_RSA_WITH_AES_256_CBC_SHA'],
    });
  });

  it.each([
    [
      '{cert_file: lost.pem, key_file: key.pem}',
      'server.http_tls_config.cert_file: cannot read "lost.pem": ENOENT: no such file',
    ],
    [
      '{cert_file: cert.pem}',
      'server.http_tls_config.cert_file is set without server.http_tls_config.key_file or server.http_tls_config.key',
    ],
    [
      '{cert: x, cert_file: cert.pem, key_file: key.pem}',
      'server.http_tls_config.cert and server.http_tls_config.cert_file are both set; give one of them',
    ],
    [
      '{client_auth_type: RequireAnyClientCert}',
      'server.http_tls_config asks for client certificates but has no cert_file',
    ],
    [
      '{cert_file: cert.pem, key_file: key.pem, client_ca_file: cert.pem}',
      'server.http_tls_config has authorities for client certificates but client_auth_type asks for none',
    ],
  ])('%s is refused by name', (section, message) => {
    expect(() => tlsOf(`{http_tls_config: ${section}}`)).toThrow(message);
  });

  it('refuses a key that is none', () => {
    expect(() => tlsOf('{http_tls_config: {cert_file: cert.pem, key_file: cert.pem}}')).toThrow(
      /^server.http_tls_config: /,
    );
  });
});
