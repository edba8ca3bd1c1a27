import { createServer, type AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { systemClock, systemTimers } from '@tempo-ts/runtime';
import { VirtualClock } from '@tempo-ts/runtime/testing';
import { buildInfo, createLogger, createMetricsRegistry } from '@tempo-ts/telemetry';
import { sendText } from './http-server.ts';
import { runService, type ProcessHost } from './run-service.ts';
import type { ServiceModule } from './service-module.ts';
import { ShutdownRequest } from './shutdown.ts';
import { until } from './testing/until.ts';
import { TempoProcess, type TempoProcessOptions } from './tempo-process.ts';

let running: TempoProcess[] = [];
afterEach(async () => {
  await Promise.all(running.map((tempo) => tempo.stop()));
  running = [];
});

const LOOPBACK = { host: '127.0.0.1', port: 0 };

/** A module that writes down what happens to it. */
function noted(name: string, log: string[], rest: Partial<ServiceModule> = {}): ServiceModule {
  return {
    name,
    start: async () => void log.push(`start ${name}`),
    stop: async () => void log.push(`stop ${name}`),
    ...rest,
  };
}

function options(rest: Partial<TempoProcessOptions> = {}) {
  const lines: string[] = [];
  const logger = createLogger({
    level: 'info',
    format: 'json',
    destination: { write: (line) => lines.push(line) },
  });
  const all: TempoProcessOptions = {
    target: 'all',
    modules: [],
    http: LOOPBACK,
    grpc: LOOPBACK,
    streamOverHttpEnabled: false,
    gracefulShutdownTimeoutMs: 5_000,
    buildInfo: buildInfo({ version: '1.2.3', goVersion: 'node24', goOs: 'linux', goArch: 'amd64' }),
    status: { config: (view) => `---\nview: ${view}\n` },
    logger,
    metrics: createMetricsRegistry(),
    clock: systemClock,
    timers: systemTimers,
    ...rest,
  };
  return {
    all,
    lines,
    messages: () => lines.map((line) => (JSON.parse(line) as { msg: string }).msg),
  };
}

function make(rest: Partial<TempoProcessOptions> = {}) {
  const made = options(rest);
  const tempo = new TempoProcess(made.all);
  running.push(tempo);
  const get = async (path: string, init: RequestInit = {}) => {
    const response = await fetch(`http://127.0.0.1:${tempo.httpAddress?.port}${path}`, init);
    const type = response.headers.get('content-type');
    return { status: response.status, type, body: await response.text() };
  };
  return { tempo, get, ...made };
}

const TEXT = 'text/plain; charset=utf-8';

describe('TempoProcess start and stop', () => {
  it('starts modules in order and stops them in reverse, one line each', async () => {
    const log: string[] = [];
    const { tempo, messages } = make({ modules: [noted('store', log), noted('ingester', log)] });
    await tempo.start();
    await tempo.stop();
    expect(log).toEqual(['start store', 'start ingester', 'stop ingester', 'stop store']);
    expect(messages()).toEqual([
      'server listening on addresses',
      'module started',
      'module started',
      'tempo started',
      'module stopped',
      'module stopped',
      'tempo stopped',
    ]);
  });

  it('stops what has started when a module fails to start, and says which', async () => {
    const log: string[] = [];
    const fails = noted('ingester', log, { start: () => Promise.reject(new Error('disk full')) });
    const { tempo } = make({ modules: [noted('store', log), fails, noted('querier', log)] });
    await expect(tempo.start()).rejects.toMatchObject({
      message: 'cannot start ingester',
      cause: { message: 'disk full' },
    });
    // The failed one is stopped as well: it may have opened something.
    expect(log).toEqual(['start store', 'stop ingester', 'stop store']);
  });

  it('a module that fails to stop does not keep the others from stopping', async () => {
    const log: string[] = [];
    const fails = noted('ingester', log, { stop: () => Promise.reject(new Error('stuck')) });
    const { tempo, messages } = make({ modules: [noted('store', log), fails] });
    await tempo.start();
    await tempo.stop();
    expect(log).toEqual(['start store', 'start ingester', 'stop store']);
    expect(messages()).toContain('module failed to stop');
  });

  it('serves /ready during start and stop, and component routes only in between', async () => {
    const gates: { started?: () => void; stopped?: () => void } = {};
    const module = noted('ingester', [], {
      start: () => new Promise((resolve) => (gates.started = resolve)),
      stop: () => new Promise((resolve) => (gates.stopped = resolve)),
      routes: (router) =>
        router.get('/flush', (_request, response) => sendText(response, 200, 'flushed')),
    });
    const { tempo, get } = make({ modules: [noted('store', []), module] });
    const started = tempo.start();
    await until(() => gates.started);
    expect(await get('/ready')).toEqual({
      status: 503,
      type: TEXT,
      body: 'Some services are not Running:\nRunning: 1\nStarting: 1\n\n',
    });
    expect((await get('/flush')).status).toBe(503);
    gates.started?.();
    await started;
    expect(await get('/ready')).toEqual({ status: 200, type: TEXT, body: 'ready\n' });
    expect(await get('/flush')).toEqual({ status: 200, type: TEXT, body: 'flushed\n' });
    const stopped = tempo.stop();
    await until(() => gates.stopped);
    expect(await get('/ready')).toEqual({
      status: 503,
      type: TEXT,
      body: 'Application is stopping\n',
    });
    expect((await get('/flush')).status).toBe(503);
    gates.stopped?.();
    await stopped;
  });

  it('is not ready while a module says why, in the words of the module', async () => {
    const reason: { text?: string } = { text: 'Ingester not ready: replaying' };
    const module = noted('ingester', [], { notReadyReason: () => reason.text });
    const { tempo, get } = make({ modules: [module] });
    await tempo.start();
    expect((await get('/ready')).body).toBe('Ingester not ready: replaying\n');
    delete reason.text;
    expect((await get('/ready')).body).toBe('ready\n');
  });

  it('running requests finish before the modules stop, and go on being taken during the delay', async () => {
    const log: string[] = [];
    let finish: (() => void) | undefined;
    const module = noted('querier', log, {
      routes(router) {
        router.get('/slow', (_request, response) => {
          finish = () => {
            log.push('answered');
            sendText(response, 200, 'done');
          };
        });
        router.get('/quick', (_request, response) => sendText(response, 200, 'ok'));
      },
    });
    const { tempo, get } = make({ modules: [module], shutdownDelayMs: 150 });
    await tempo.start();
    const slow = get('/slow');
    await until(() => finish);
    const stopped = tempo.stop();
    expect((await get('/ready')).status).toBe(503);
    expect((await get('/quick')).status).toBe(200);
    await until(async () => (await get('/quick')).status !== 200);
    finish?.();
    expect((await slow).body).toBe('done\n');
    await stopped;
    expect(log).toEqual(['start querier', 'answered', 'stop querier']);
  });

  it('serves /ready and /metrics alone on the internal port', async () => {
    const { tempo } = make({ internalHttp: LOOPBACK });
    await tempo.start();
    const url = `http://127.0.0.1:${tempo.internalHttpAddress?.port}`;
    expect(await (await fetch(`${url}/ready`)).text()).toBe('ready\n');
    expect(await (await fetch(`${url}/metrics`)).text()).toContain('tempo_build_info');
    expect((await fetch(`${url}/status`)).status).toBe(404);
  });
});

describe('settings of the servers', () => {
  it('a path prefix goes before every path and into route labels', async () => {
    const module = noted('querier', [], {
      routes: (router) =>
        router.get('/api/x', (_request, response) => sendText(response, 200, 'x')),
    });
    const { tempo, get, all } = make({ modules: [module], httpPathPrefix: '/t' });
    await tempo.start();
    for (const path of ['/t/ready', '/t/api/x']) expect((await get(path)).status).toBe(200);
    for (const path of ['/ready', '/api/x', '/tx/ready'])
      expect((await get(path)).status).toBe(404);
    expect(await all.metrics.render()).toContain('route="t_api_x"');
  });

  it('without instrumentation there is no /metrics', async () => {
    const { tempo, get } = make({ registerInstrumentation: false });
    await tempo.start();
    expect((await get('/metrics')).status).toBe(404);
    expect((await get('/ready')).status).toBe(200);
  });
});

describe('status pages', () => {
  it('/api/echo and /api/status/buildinfo answer as Tempo does, below the API prefix', async () => {
    const { tempo, get } = make({ httpApiPrefix: '/tempo' });
    await tempo.start();
    expect(await get('/tempo/api/echo')).toEqual({ status: 200, type: TEXT, body: 'echo\n' });
    expect(await get('/tempo/api/status/buildinfo')).toEqual({
      status: 200,
      type: 'application/json',
      body: '{"version":"1.2.3","revision":"","branch":"","buildUser":"","buildDate":"","goVersion":"node24"}\n',
    });
    expect(await get('/tempo/status/usage-stats')).toEqual({
      status: 200,
      type: TEXT,
      body: 'usage-stats is not enabled\n',
    });
    expect((await get('/api/echo')).status).toBe(404);
    expect((await get('/tempo/api/status/buildinfo', { method: 'POST' })).status).toBe(405);
  });

  it('/metrics is Prometheus text with the build info', async () => {
    const { tempo, get } = make();
    await tempo.start();
    const { status, type, body } = await get('/metrics');
    expect([status, type]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8']);
    expect(body).toContain(
      'tempo_build_info{version="1.2.3",revision="",branch="",goversion="node24",goos="linux",goarch="amd64",tags="unknown"} 1',
    );
  });

  it('/status/services and /status/endpoints are tables', async () => {
    const module = noted('querier', [], {
      routes: (router) => router.all('/querier/api/traces/:traceID', () => {}),
    });
    const { tempo, get } = make({ modules: [module, noted('compactor', [])] });
    await tempo.start();
    expect(await get('/status/services')).toEqual({
      status: 200,
      type: 'text/plain',
      body: [
        'GET /status/services',
        '+--------------+---------+--------------+',
        '| SERVICE NAME |  STATUS | FAILURE CASE |',
        '+--------------+---------+--------------+',
        '| compactor    | Running |              |',
        '| querier      | Running |              |',
        '+--------------+---------+--------------+',
        '',
        '',
      ].join('\n'),
    });
    const endpoints = (await get('/status/endpoints')).body;
    expect(endpoints).toMatch(
      /^\| \/querier\/api\/traces\/\{traceID\} +\| \^\/querier\/api\/traces\/\(\?P<v0>\[\^\/\]\+\)\$ \|$/m,
    );
  });

  it('/status prints every section, /status/config?mode= another view', async () => {
    const { tempo, get } = make();
    await tempo.start();
    const all = (await get('/status')).body;
    const sections = ['version', 'services', 'endpoints', 'runtime_config', 'config'];
    expect(all.match(/^GET \/status\/\w+$/gm)).toEqual(
      sections.map((name) => `GET /status/${name}`),
    );
    expect(all).toContain('tempo, version 1.2.3 (branch: , revision: )');
    expect(all).toContain('overrides module not loaded in all');
    expect((await get('/status/config')).body).toBe('GET /status/config\n---\nview: all\n\n');
    expect((await get('/status/config?mode=diff')).body).toContain('---\nview: diff\n');
    expect((await get('/status/config?mode=defaults')).body).toContain('---\nview: defaults\n');
    expect((await get('/status/config?mode=x')).status).toBe(500);
    expect((await get('/status/nothing')).status).toBe(404);
    expect((await get('/status', { method: 'POST' })).status).toBe(405);
  });

  it('/status/overrides lists tenants as JSON or HTML, with names escaped', async () => {
    const overrides = {
      tenants: () => [
        { name: 'a', hasRuntimeOverrides: true, hasUserConfigurableOverrides: false },
      ],
      tenant: (name: string) => ({
        userConfigurableOverrides: '',
        runtimeOverrides: `of: ${name}\n`,
        usesDefaultOrWildcardRuntimeOverrides: name !== 'a',
      }),
    };
    const { tempo, get } = make({ status: { config: () => '', overrides } });
    await tempo.start();
    const json = { headers: { accept: 'application/json' } };
    const listed = await get('/status/overrides', json);
    expect(listed.type).toBe('application/json');
    expect(JSON.parse(listed.body)).toEqual({
      now: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      tenants: [{ name: 'a', has_runtime_overrides: true, has_user_configurable_overrides: false }],
    });
    expect(JSON.parse((await get('/status/overrides/a', json)).body)).toEqual({
      now: expect.any(String),
      tenant: 'a',
      user_configurable_overrides: '',
      runtime_overrides: 'of: a\n',
      using_default_or_wildcard_runtime_overrides: false,
    });
    expect((await get('/status/overrides')).body).toContain('<a href="overrides/a">a</a>');
    const page = await get('/status/overrides/%3Cscript%3E');
    expect(page.type).toBe('text/html; charset=utf-8');
    expect(page.body).toContain('&lt;script&gt;');
    expect(page.body).not.toContain('<script>');
  });
});

function host() {
  const handlers: { signal?: (name: string) => void; error?: (error: unknown) => void } = {};
  const exited = Promise.withResolvers<number>();
  const fake: ProcessHost = {
    onSignal: (handler) => (handlers.signal = handler),
    onUncaughtError: (handler) => (handlers.error = handler),
    exit: (code) => exited.resolve(code),
  };
  return { fake, exit: exited.promise, handlers };
}

describe('runService', () => {
  it('stops in order at the first signal and exits with 0', async () => {
    const log: string[] = [];
    const { fake, exit, handlers } = host();
    const { all, messages } = options({ modules: [noted('ingester', log)] });
    const run = runService(all, fake);
    await until(() => messages().includes('tempo started'));
    handlers.signal?.('SIGTERM');
    expect(await exit).toBe(0);
    await run;
    expect(log).toEqual(['start ingester', 'stop ingester']);
  });

  it('exits at once at a second signal, unless it comes with the first', async () => {
    const clock = new VirtualClock();
    const { fake, exit, handlers } = host();
    let release: (() => void) | undefined;
    const stuck = noted('ingester', [], {
      stop: () => new Promise((resolve) => (release = resolve)),
    });
    const { all, messages } = options({ modules: [stuck], clock });
    const run = runService(all, fake);
    await until(() => messages().includes('tempo started'));
    handlers.signal?.('SIGINT');
    await until(() => release);
    let hasExited = false;
    void exit.then(() => (hasExited = true));
    handlers.signal?.('SIGINT');
    await systemTimers.sleep(5);
    expect(hasExited).toBe(false);
    clock.advance(2_000);
    handlers.signal?.('SIGINT');
    expect(await exit).toBe(1);
    release?.();
    await run;
  });

  it('a module may ask for the end', async () => {
    const { fake, exit } = host();
    const shutdown = new ShutdownRequest();
    const { all, messages, lines } = options({ shutdown });
    const run = runService(all, fake);
    await until(() => messages().includes('tempo started'));
    shutdown.request('/shutdown was called');
    expect(await exit).toBe(0);
    await run;
    expect(lines.join('')).toContain('"reason":"/shutdown was called"');
  });

  it('exits with 1 and a line that names the port and the setting when the port is in use', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    const { fake, exit } = host();
    const { all, lines } = options({ grpc: { host: '127.0.0.1', port } });
    await runService(all, fake);
    expect(await exit).toBe(1);
    expect(lines.join('')).toContain(
      `cannot listen on 127.0.0.1:${port}: the port is in use by another process; change server.grpc_listen_port`,
    );
    other.close();
  });

  it('exits with 1 after an error that nobody caught', async () => {
    const { fake, exit, handlers } = host();
    const { all, messages } = options();
    const run = runService(all, fake);
    await until(() => messages().includes('tempo started'));
    handlers.error?.(new Error('bug'));
    expect(await exit).toBe(1);
    handlers.signal?.('SIGTERM');
    await run;
    expect(messages()).toContain('uncaught error, exiting');
  });
});
