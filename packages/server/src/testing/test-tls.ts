/** A certificate for `localhost` and 127.0.0.1, signed by itself, for tests of TLS only. */
import type { TlsSettings } from '../tls-settings.ts';

const CERTIFICATE = `
-----BEGIN CERTIFICATE-----
MIIBnDCCAUGgAwIBAgIUU+k6Qf9YS0WCpeFvSAS1DK8DjZYwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyNDEzNDUwMFoYDzIxMjYxMDMx
MTM0NTAwWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAAS2C12X7MILgPu94x6eV8lTp8AfqhyluAMBxxMxmwOIUKYpNC+SUzp0
jwxat5ySn7eDy/HaI4QOksMHE7goncsco28wbTAdBgNVHQ4EFgQUejt4D8hRwnda
Pb7/YYZqAnO7kTcwHwYDVR0jBBgwFoAUejt4D8hRwndaPb7/YYZqAnO7kTcwDwYD
VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZI
zj0EAwIDSQAwRgIhAPnMEJp3giJDu5qlMMBGXgLTaYRmEw8y2TbInGCs7cXSAiEA
6rsttQKJcgac//WSvWeIp5M9prE66g2zfcgt6k4SVyI=
-----END CERTIFICATE-----
`.trim();

const PRIVATE_KEY = `
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg9qYaYWqmSEccE+rd
QdTQ2/I/hOjwoIUMmHpr4SGIDkKhRANCAAS2C12X7MILgPu94x6eV8lTp8Afqhyl
uAMBxxMxmwOIUKYpNC+SUzp0jwxat5ySn7eDy/HaI4QOksMHE7goncsc
-----END PRIVATE KEY-----
`.trim();

/** PEM of the certificate, for clients that are to trust it. */
export const TEST_CERTIFICATE = CERTIFICATE;

/** Settings of a listener with that certificate. */
export const TEST_TLS: TlsSettings = {
  certificate: Buffer.from(CERTIFICATE),
  privateKey: Buffer.from(PRIVATE_KEY),
};
