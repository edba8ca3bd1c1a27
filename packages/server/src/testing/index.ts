export { startTestHttpServer, testShell, type TestHttpServer } from './test-servers.ts';
export { TEST_CERTIFICATE, TEST_TLS } from './test-tls.ts';
export { until } from './until.ts';
