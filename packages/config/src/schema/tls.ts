/** Keys for encrypted connections that several parts share. */
import { bool, choice, duration, secret, text } from '../scalar-fields.ts';
import { free, list, section } from '../composite-fields.ts';

const later = { later: 'tls' } as const;

/** TLS of a client, as the keys lie directly in the client's section. */
export function tlsClientShape(minVersion = '') {
  return {
    tls_cert_path: text('', 'Client certificate file (PEM).', later),
    tls_key_path: text('', 'Key file of the client certificate.', later),
    tls_ca_path: text('', 'Certificate authorities trusted instead of those of the system.', later),
    tls_server_name: text('', 'Name expected in the certificate of the server.', later),
    tls_insecure_skip_verify: bool(false, 'Accept any certificate of the server.', later),
    tls_cipher_suites: text('', 'Cipher suites allowed, joined by commas.', later),
    tls_min_version: text(minVersion, 'Oldest TLS version spoken (VersionTLS12, …).', later),
  };
}

/** TLS of a listening server. */
export function serverTls(what: string) {
  return section(`TLS of the ${what} server.`, {
    cert: text('', 'Certificate as PEM text.'),
    key: secret('Key as PEM text.'),
    client_ca: text('', 'Authorities for client certificates as PEM text.'),
    cert_file: text('', 'Certificate file.'),
    key_file: text('', 'Key file.'),
    client_auth_type: choice(
      [
        '',
        'NoClientCert',
        'RequestClientCert',
        'RequireAnyClientCert',
        'VerifyClientCertIfGiven',
        'RequireAndVerifyClientCert',
      ],
      '',
      'What is asked of clients.',
    ),
    client_ca_file: text('', 'File of authorities for client certificates.'),
  });
}

const asClient = { noEffect: 'clients are verified by client_ca_file' } as const;
const readOnce = { noEffect: 'files are read when the process starts' } as const;
const VERSIONS = ['', '1.0', '1.1', '1.2', '1.3'] as const;

/** TLS of a receiver, with the keys of the OpenTelemetry collector. */
export function receiverTls() {
  return section('TLS of the receiver.', {
    ca_file: text('', 'Authorities file.', asClient),
    ca_pem: secret('Authorities as PEM text.', asClient),
    include_system_ca_certs_pool: bool(
      false,
      'Trust the authorities of the system as well.',
      asClient,
    ),
    cert_file: text('', 'Certificate file.'),
    cert_pem: secret('Certificate as PEM text.'),
    key_file: text('', 'Key file.'),
    key_pem: secret('Key as PEM text.'),
    min_version: choice(VERSIONS, '', 'Oldest TLS version spoken; empty means 1.2.'),
    max_version: choice(VERSIONS, '', 'Newest TLS version spoken; empty means 1.3.'),
    cipher_suites: list(text('', 'Name of a cipher suite.'), [], 'Cipher suites allowed.'),
    reload_interval: duration('0s', 'How often the files are read again; 0 means never.', readOnce),
    curve_preferences: list(text('', 'Name of a curve.'), [], 'Curves allowed.'),
    tpm: free({}, 'Keys kept in a TPM.', { noEffect: 'keys are read from files' }),
    client_ca_file: text(
      '',
      'File of authorities; clients must show a certificate of one of them.',
    ),
    client_ca_file_reload: bool(false, 'Read client_ca_file again when it changes.', readOnce),
  });
}
