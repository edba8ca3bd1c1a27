/** Certificates of a listener: `http_tls_config` and `grpc_tls_config` with their files read. */
import type { TlsOptions } from 'node:tls';

/** Whether clients must show a certificate; Go's names, as in the configuration. */
export type ClientAuthType =
  | 'NoClientCert'
  | 'RequestClientCert'
  | 'RequireAnyClientCert'
  | 'VerifyClientCertIfGiven'
  | 'RequireAndVerifyClientCert';

export interface TlsSettings {
  /** PEM. */
  readonly certificate: Uint8Array;
  readonly privateKey: Uint8Array;
  readonly clientAuth?: ClientAuthType;
  /** PEM of the authorities that client certificates must come from. */
  readonly clientAuthority?: Uint8Array;
}

/** The same for Node's TLS servers. */
export function serverTlsOptions(settings: TlsSettings): TlsOptions {
  const { clientAuth = 'NoClientCert', clientAuthority } = settings;
  return {
    cert: Buffer.from(settings.certificate),
    key: Buffer.from(settings.privateKey),
    requestCert: clientAuth !== 'NoClientCert',
    rejectUnauthorized: clientAuth === 'RequireAndVerifyClientCert',
    ...(clientAuthority ? { ca: Buffer.from(clientAuthority) } : {}),
  };
}
