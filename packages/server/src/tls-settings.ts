/**
 * Encryption of a listener: certificates, what is asked of clients, versions and cipher suites, by
 * Go's names as in the configuration, and the same for Node's TLS servers.
 */
import { createSecureContext, type SecureVersion, type TlsOptions, type TLSSocket } from 'node:tls';
import { ListenError } from './errors.ts';

/** Whether clients must show a certificate; Go's names, as in the configuration. */
export type ClientAuthType =
  | 'NoClientCert'
  | 'RequestClientCert'
  | 'RequireAnyClientCert'
  | 'VerifyClientCertIfGiven'
  | 'RequireAndVerifyClientCert';

export type TlsVersion = '1.0' | '1.1' | '1.2' | '1.3';

export interface TlsSettings {
  /** PEM. */
  readonly certificate: Uint8Array;
  readonly privateKey: Uint8Array;
  readonly clientAuth?: ClientAuthType;
  /** PEM of the authorities that client certificates must come from. */
  readonly clientAuthority?: Uint8Array;
  /** 1.2 by default. */
  readonly minVersion?: TlsVersion;
  /** 1.3 by default. */
  readonly maxVersion?: TlsVersion;
  /** Go's names, `TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256`; empty means Node's choice. */
  readonly cipherSuites?: readonly string[];
  /** `X25519`, `P256` …; empty means Node's choice. */
  readonly curves?: readonly string[];
}

/** The same for Node's TLS servers; see {@link acceptsClient} for the rest. */
export function serverTlsOptions(settings: TlsSettings): TlsOptions {
  const { clientAuth = 'NoClientCert', clientAuthority, minVersion, maxVersion } = settings;
  const { cipherSuites = [], curves = [] } = settings;
  return {
    cert: Buffer.from(settings.certificate),
    key: Buffer.from(settings.privateKey),
    requestCert: clientAuth !== 'NoClientCert',
    rejectUnauthorized: clientAuth === 'RequireAndVerifyClientCert',
    minVersion: SECURE_VERSIONS[minVersion ?? '1.2'],
    ...(clientAuthority ? { ca: Buffer.from(clientAuthority) } : {}),
    ...(maxVersion ? { maxVersion: SECURE_VERSIONS[maxVersion] } : {}),
    ...(cipherSuites.length > 0 ? { ciphers: openSslCiphers(cipherSuites) } : {}),
    ...(curves.length > 0 ? { ecdhCurve: curves.map(openSslCurve).join(':') } : {}),
  };
}

/**
 * Whether a client that has shaken hands may go on: the rules between "ask for nothing" and "require
 * and verify", which Node's TLS servers do not know.
 */
export function acceptsClient(socket: TLSSocket, clientAuth: ClientAuthType | undefined): boolean {
  if (clientAuth !== 'RequireAnyClientCert' && clientAuth !== 'VerifyClientCertIfGiven')
    return true;
  // Node answers an empty object when there is none.
  const hasCertificate = Object.keys(socket.getPeerCertificate() ?? {}).length > 0;
  return clientAuth === 'RequireAnyClientCert'
    ? hasCertificate
    : !hasCertificate || socket.authorized;
}

/** Throws ListenError naming `configKey` when `settings` cannot be used: a key of another certificate. */
export function checkTlsSettings(settings: TlsSettings, configKey: string): void {
  try {
    createSecureContext(serverTlsOptions(settings));
  } catch (error) {
    throw new ListenError(`${configKey}: ${(error as Error).message}`, { cause: error });
  }
}

const SECURE_VERSIONS: Readonly<Record<TlsVersion, SecureVersion>> = {
  '1.0': 'TLSv1',
  '1.1': 'TLSv1.1',
  '1.2': 'TLSv1.2',
  '1.3': 'TLSv1.3',
};

/** The suites of TLS 1.3: in Go they cannot be chosen, they are always allowed. */
const TLS_1_3_SUITES = [
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'TLS_AES_128_GCM_SHA256',
] as const;

/** OpenSSL's cipher string for suites by their IANA names. */
function openSslCiphers(suites: readonly string[]): string {
  const older = suites
    .filter((suite) => !(TLS_1_3_SUITES as readonly string[]).includes(suite))
    .map(openSslCipher);
  return [...TLS_1_3_SUITES, ...older].join(':');
}

/** `TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256` → `ECDHE-RSA-AES128-GCM-SHA256`. */
function openSslCipher(suite: string): string {
  const match =
    /^TLS_(?:(ECDHE)_)?(RSA|ECDSA)_WITH_(?:AES_(128|256)_(CBC|GCM)_(SHA(?:256|384)?)|(CHACHA20_POLY1305)(?:_SHA256)?)$/.exec(
      suite,
    );
  if (!match || (!match[1] && match[2] === 'ECDSA'))
    throw new Error(
      `"${suite}" is not a cipher suite that is supported, such as TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256`,
    );
  const [, exchange, signature, bits, mode, hash] = match;
  const cipher = bits
    ? [`AES${bits}`, ...(mode === 'GCM' ? ['GCM'] : []), hash].join('-')
    : 'CHACHA20-POLY1305';
  return exchange ? `${exchange}-${signature}-${cipher}` : cipher;
}

/** Go calls curves P256 and CurveP256, OpenSSL P-256. */
function openSslCurve(curve: string): string {
  return curve.replace(/^(?:Curve)?P-?(\d+)$/, 'P-$1');
}
