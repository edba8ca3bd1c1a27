/** `tls` of a receiver, with the collector's keys, as settings of an encrypted listener. */
import type { OtlpGrpcConfig } from '@tempo-ts/config';
import {
  checkTlsSettings,
  ListenError,
  readKeyPair,
  readPem,
  type ReadFileBytes,
  type TlsSettings,
} from '@tempo-ts/server';

/**
 * How a receiver is encrypted; undefined without a `tls` section.
 *
 * @param configKey of the section: `distributor.receivers.otlp.protocols.grpc.tls`.
 * @throws ListenError naming the key that is wrong, with the path of a file that cannot be read.
 */
export function receiverTls(
  tls: OtlpGrpcConfig['tls'],
  configKey: string,
  readFile: ReadFileBytes,
): TlsSettings | undefined {
  if (!tls) return undefined;
  const pair = readKeyPair(
    {
      text: tls.cert_pem.reveal(),
      file: tls.cert_file,
      textKey: `${configKey}.cert_pem`,
      fileKey: `${configKey}.cert_file`,
    },
    {
      text: tls.key_pem.reveal(),
      file: tls.key_file,
      textKey: `${configKey}.key_pem`,
      fileKey: `${configKey}.key_file`,
    },
    readFile,
  );
  if (!pair) throw new ListenError(`${configKey} needs cert_file and key_file`);
  const clientAuthority = readPem(
    {
      text: '',
      file: tls.client_ca_file,
      textKey: `${configKey}.client_ca_pem`,
      fileKey: `${configKey}.client_ca_file`,
    },
    readFile,
  );
  const settings: TlsSettings = {
    ...pair,
    cipherSuites: tls.cipher_suites,
    curves: tls.curve_preferences,
    ...(clientAuthority ? { clientAuthority, clientAuth: 'RequireAndVerifyClientCert' } : {}),
    ...(tls.min_version === '' ? {} : { minVersion: tls.min_version }),
    ...(tls.max_version === '' ? {} : { maxVersion: tls.max_version }),
  };
  checkTlsSettings(settings, configKey);
  return settings;
}
