/** Shells on free loopback ports, for tests of routes and services. */
import { systemClock, systemTimers } from '@tempo-ts/runtime';
import { createMetricsRegistry, silentLogger, type MetricsRegistry } from '@tempo-ts/telemetry';
import { HttpServer, type HttpServerOptions, type Router } from '../http-server.ts';
import { RequestMetrics } from '../request-metrics.ts';

/** What every shell needs, with real time, a fresh registry and no log. */
export function testShell() {
  const registry = createMetricsRegistry();
  return {
    registry,
    metrics: new RequestMetrics(registry),
    logger: silentLogger,
    clock: systemClock,
    timers: systemTimers,
  };
}

export interface TestHttpServer {
  /** `http://127.0.0.1:port`. */
  readonly url: string;
  readonly port: number;
  readonly server: HttpServer;
  readonly registry: MetricsRegistry;
  /** Cuts off what still runs. */
  close(): Promise<void>;
}

/** An HTTP server with the routes that `addRoutes` adds. */
export async function startTestHttpServer(
  addRoutes: (router: Router) => void,
  options: Partial<HttpServerOptions> = {},
): Promise<TestHttpServer> {
  const shell = testShell();
  const server = new HttpServer({ ...shell, ...options });
  addRoutes(server.router);
  const { port } = await server.listen({ host: '127.0.0.1', port: 0, configKey: 'test' });
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    server,
    registry: shell.registry,
    close: () => server.stop(0),
  };
}
