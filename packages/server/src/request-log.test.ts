import { afterEach, describe, expect, it } from '@jest/globals';
import { createLogger, type LogLevel } from '@tempo-ts/telemetry';
import { HttpError } from './errors.ts';
import { sendText } from './http-server.ts';
import { requestLogSettings, type RequestLogSettings } from './request-log.ts';
import { startTestHttpServer, type TestHttpServer } from './testing/test-servers.ts';
import { until } from './testing/until.ts';

let started: TestHttpServer | undefined;
afterEach(() => started?.close());

/** Settings as the configuration gives them, from its keys. */
function settings(keys: Readonly<Record<string, unknown>> = {}) {
  return requestLogSettings({
    log_level: 'info',
    log_request_at_info_level_enabled: true,
    log_request_headers: false,
    log_request_exclude_headers_list: [],
    log_source_ips_enabled: false,
    log_source_ips_full: false,
    log_source_ips_header: '',
    log_source_ips_regex: '',
    ...keys,
  } as never);
}

/** The log lines of one request, without their time and duration. */
async function linesOf(
  requestLog: RequestLogSettings | undefined,
  path: string,
  headers: Readonly<Record<string, string>> = {},
  level: LogLevel = 'info',
) {
  const lines: Record<string, unknown>[] = [];
  const destination = { write: (line: string) => lines.push(JSON.parse(line) as never) };
  const logger = createLogger({ level, format: 'json', destination });
  started = await startTestHttpServer(
    (router) => {
      router.get('/ok', (_request, response) => sendText(response, 200, 'ok'));
      router.get('/bad', () => {
        throw new HttpError(500, 'broken');
      });
    },
    { logger, ...(requestLog ? { requestLog } : {}) },
  );
  await (await fetch(started.url + path, { headers })).text();
  await until(() => lines.some(({ status }) => status !== undefined));
  return lines
    .filter(({ status }) => status !== undefined)
    .map(({ ts: _ts, durationMs: _durationMs, ...rest }) => rest);
}

describe('request log', () => {
  it('is written only when somebody would see it', () => {
    expect(settings({ log_request_at_info_level_enabled: false })).toBeUndefined();
    expect(settings({ log_level: 'warn' })).toBeUndefined();
    expect(settings({ log_level: 'debug', log_request_at_info_level_enabled: false })?.level).toBe(
      'debug',
    );
    expect(settings()?.level).toBe('info');
  });

  it('one line per request, a warning for server errors', async () => {
    expect(await linesOf(settings(), '/ok?q=1')).toEqual([
      { level: 'info', msg: 'request', method: 'GET', path: '/ok?q=1', status: 200 },
    ]);
    await started?.close();
    expect(await linesOf(settings(), '/bad')).toEqual([
      { level: 'warn', msg: 'request failed', method: 'GET', path: '/bad', status: 500 },
    ]);
  });

  it('headers on request, never those with credentials or those excluded', async () => {
    const keys = { log_request_headers: true, log_request_exclude_headers_list: ['X-Private'] };
    const [line] = await linesOf(settings(keys), '/ok', {
      authorization: 'Bearer secret',
      cookie: 'secret',
      'x-private': 'secret',
      'x-scope-orgid': 'a',
    });
    expect(line?.['headers']).toMatchObject({ 'x-scope-orgid': 'a' });
    expect(JSON.stringify(line)).not.toContain('secret');
  });

  it('source addresses: of the connection, forwarded, or by header and expression', async () => {
    const forwarded = { 'x-forwarded-for': '10.0.0.1, 10.0.0.2', 'x-client': 'for=10.9.9.9;x' };
    const cases: readonly (readonly [Record<string, unknown>, Record<string, string>, string])[] = [
      [{}, {}, '127.0.0.1'],
      [{}, forwarded, '10.0.0.1'],
      [{ log_source_ips_full: true }, forwarded, '10.0.0.1, 10.0.0.2, 127.0.0.1'],
      [
        { log_source_ips_header: 'X-Client', log_source_ips_regex: 'for=([0-9.]+)' },
        forwarded,
        '10.9.9.9',
      ],
      [{ log_source_ips_header: 'X-Other' }, forwarded, '127.0.0.1'],
    ];
    for (const [keys, headers, source] of cases) {
      const [line] = await linesOf(
        settings({ log_source_ips_enabled: true, ...keys }),
        '/ok',
        headers,
      );
      expect(line?.['sourceIPs']).toBe(source);
      await started?.close();
    }
  });
});
