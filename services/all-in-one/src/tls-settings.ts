/** `server.http_tls_config` and `server.grpc_tls_config` as settings of encrypted listeners. */
import type { TempoConfig } from '@tempo-ts/config';
import {
  checkTlsSettings,
  ListenError,
  readKeyPair,
  readPem,
  type PemSource,
  type ReadFileBytes,
  type TlsSettings,
  type TlsVersion,
} from '@tempo-ts/server';

/**
 * How a listener of `server` is encrypted; undefined when its section is empty.
 *
 * @throws ListenError naming the key that is wrong, with the path of a file that cannot be read.
 */
export function listenerTls(
  server: TempoConfig['server'],
  section: 'http_tls_config' | 'grpc_tls_config',
  readFile: ReadFileBytes,
): TlsSettings | undefined {
  const tls = server[section];
  const source = (text: string, key: 'cert' | 'key' | 'client_ca'): PemSource => ({
    text,
    file: tls[`${key}_file`],
    textKey: `server.${section}.${key}`,
    fileKey: `server.${section}.${key}_file`,
  });
  const clientAuthority = readPem(source(tls.client_ca, 'client_ca'), readFile);
  const pair = readKeyPair(source(tls.cert, 'cert'), source(tls.key.reveal(), 'key'), readFile);
  const clientAuth = tls.client_auth_type || 'NoClientCert';
  if (!pair) {
    if (!clientAuthority && clientAuth === 'NoClientCert') return undefined;
    throw new ListenError(`server.${section} asks for client certificates but has no cert_file`);
  }
  if (clientAuthority && clientAuth === 'NoClientCert')
    throw new ListenError(
      `server.${section} has authorities for client certificates but client_auth_type asks for none`,
    );
  const settings: TlsSettings = {
    ...pair,
    clientAuth,
    cipherSuites: server.tls_cipher_suites.split(/[\s,]+/).filter((suite) => suite !== ''),
    ...(clientAuthority ? { clientAuthority } : {}),
    ...(server.tls_min_version === '' ? {} : { minVersion: VERSIONS[server.tls_min_version] }),
  };
  checkTlsSettings(settings, `server.${section}`);
  return settings;
}

const VERSIONS = {
  VersionTLS10: '1.0',
  VersionTLS11: '1.1',
  VersionTLS12: '1.2',
  VersionTLS13: '1.3',
} as const satisfies Readonly<Record<string, TlsVersion>>;
