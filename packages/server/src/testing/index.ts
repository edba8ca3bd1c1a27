export { startTestHttpServer, testShell, type TestHttpServer } from './test-servers.ts';
