/** What operators look at: pages about the process, its metrics, its request log, its prefixes. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { freePorts } from '../harness/free-ports.ts';
import { exportRequest, exportSpans, postSpans } from '../harness/otlp.ts';
import { get } from '../harness/queries.ts';
import { TempoProcess } from '../harness/tempo-process.ts';

/** A line of the text format; Prometheus reads `Nan` as Go does, whatever its case. */
const SAMPLE =
  /^(?<name>[a-zA-Z_:][\w:]*)(?:\{(?<labels>(?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\["\\n])*",?)*)\})? (?<value>[+-]?(?:Inf|Na[nN]|\d[\d.e+-]*))(?: -?\d+)?$/;

let tempo: TempoProcess;
let internal: string;

beforeAll(async () => {
  const [port] = await freePorts(1);
  internal = `http://127.0.0.1:${port}`;
  tempo = await TempoProcess.start({
    server: `  http_path_prefix: /pre
  log_request_at_info_level_enabled: true
  log_request_headers: true
  log_request_exclude_headers_list: x-secret
  log_source_ips_enabled: true`,
    otlpHttp:
      'cors: { allowed_origins: ["https://*.example.com"], allowed_headers: ["X-Custom"], max_age: 600 }',
    extraConfig: `http_api_prefix: /tempo
internal_server: { enable: true, http_listen_address: 127.0.0.1, http_listen_port: ${port} }`,
    ready: async ({ http }) => (await fetch(`http://127.0.0.1:${http}/pre/ready`)).status,
  });
  await postSpans(tempo.otlpHttpUrl, exportRequest([{}, {}]));
  await exportSpans(tempo.ports.otlpGrpc, exportRequest([{}]));
  await get(`${tempo.url}/pre/tempo/api/search`, { q: '{}' }, { 'x-secret': 'hidden' });
});
afterAll(() => tempo?.remove());

const status = async (path: string) => (await get(`${tempo.url}${path}`)).status;

describe('prefixes', () => {
  it('http_path_prefix is before every path, http_api_prefix before those of the API as well', async () => {
    expect(await status('/pre/ready')).toBe(200);
    expect(await status('/pre/metrics')).toBe(200);
    expect(await status('/pre/tempo/api/echo')).toBe(200);
    for (const path of ['/ready', '/metrics', '/api/echo', '/tempo/api/echo', '/pre/api/search'])
      expect([path, await status(path)]).toEqual([path, 404]);
  });

  it('the internal server answers /ready and /metrics without them, and nothing else', async () => {
    expect((await get(`${internal}/ready`)).text).toBe('ready\n');
    expect((await get(`${internal}/metrics`)).text).toContain('tempo_build_info');
    expect((await get(`${internal}/tempo/api/search`)).status).toBe(404);
    expect((await get(`${internal}/flush`)).status).toBe(404);
  });
});

describe('/metrics', () => {
  it('is in the text format of Prometheus: typed, without a series twice', async () => {
    const { text, contentType } = await get(`${tempo.url}/pre/metrics`);
    expect(contentType).toBe('text/plain; version=0.0.4; charset=utf-8');
    const typed = new Set<string>();
    const seen = new Set<string>();
    for (const line of text.split('\n')) {
      const type = /^# TYPE (\S+) (?:counter|gauge|histogram|summary)$/.exec(line);
      if (type) {
        expect(typed).not.toContain(type[1]);
        typed.add(type[1]!);
      } else if (line !== '' && !line.startsWith('# HELP ')) {
        const { name, labels } = SAMPLE.exec(line)?.groups ?? {};
        expect([line, name]).toEqual([line, expect.any(String)]);
        const base = name!.replace(/_(?:bucket|sum|count)$/, '');
        expect([line, typed.has(base) || typed.has(name!)]).toEqual([line, true]);
        const series = `${name}{${labels ?? ''}}`;
        expect(seen).not.toContain(series);
        seen.add(series);
      }
    }
    for (const name of [
      'tempo_build_info',
      'tempo_request_duration_seconds',
      'tempo_distributor_spans_received_total',
      'tempo_distributor_bytes_received_total',
      'tempo_receiver_accepted_spans',
      'tempo_ingester_live_traces',
      'tempodb_blocklist_length',
    ])
      expect([name, typed.has(name)]).toEqual([name, true]);
    expect(text).toContain('tempo_distributor_spans_received_total{tenant="single-tenant"} 3\n');
  });
});

describe('/status', () => {
  it('shows the configuration as one document; the difference is what was set', async () => {
    const { text } = await get(`${tempo.url}/pre/status/config`, { mode: 'diff' });
    expect(text.match(/^---$/gm)).toHaveLength(1);
    expect(text).toMatch(/^GET \/status\/config\n---\n/);
    expect(text).toContain('  http_path_prefix: /pre\n');
    expect(text).not.toContain('log_format');
    expect((await get(`${tempo.url}/pre/status/config`)).text).toContain('log_format: logfmt\n');
    expect((await get(`${tempo.url}/pre/status/config`, { mode: 'x' })).status).toBe(500);
  });

  it('shows every section, and overrides as JSON to who asks for it', async () => {
    const { text } = await get(`${tempo.url}/pre/status`);
    expect([...text.matchAll(/^GET \/status\/(\w+)$/gm)].map((match) => match[1])).toEqual([
      'version',
      'services',
      'endpoints',
      'runtime_config',
      'config',
    ]);
    const accept = { accept: 'application/json' };
    expect((await get(`${tempo.url}/pre/status/overrides`, {}, accept)).json).toEqual({
      now: expect.any(String),
      tenants: [],
    });
  });
});

describe('the request log', () => {
  it('has a line per request with path, source and headers, but no secret ones', () => {
    const line = tempo
      .log()
      .split('\n')
      .find((text) => text.includes('path=') && text.includes('/api/search'));
    expect(line).toMatch(/level=info msg=request method=GET path="?\/pre\/tempo\/api\/search\?q=/);
    expect(line).toContain('status=200');
    expect(line).toContain('sourceIPs=127.0.0.1');
    expect(line).toContain('user-agent');
    expect(tempo.log()).not.toContain('hidden');
  });
});

async function cors(method: string, origin: string, headers: Readonly<Record<string, string>>) {
  const response = await fetch(`${tempo.otlpHttpUrl}/v1/traces`, {
    method,
    headers: { origin, ...headers },
    ...(method === 'POST' ? { body: '{}' } : {}),
  });
  await response.arrayBuffer();
  const allowed = response.headers.get('access-control-allow-origin');
  return { status: response.status, allowed, headers: response.headers };
}

describe('web pages of other origins', () => {
  const preflight = {
    'access-control-request-method': 'POST',
    'access-control-request-headers': 'x-custom',
  };

  it('may ask and send when their origin is allowed, and only then', async () => {
    const good = 'https://shop.example.com';
    const asked = await cors('OPTIONS', good, preflight);
    expect([asked.status, asked.allowed]).toEqual([204, good]);
    expect(asked.headers.get('access-control-max-age')).toBe('600');
    expect(asked.headers.get('access-control-allow-headers')).toMatch(/x-custom/i);
    const sent = await cors('POST', good, { 'content-type': 'application/json' });
    expect([sent.status, sent.allowed]).toEqual([200, good]);
    const evil = 'https://example.org';
    expect((await cors('OPTIONS', evil, preflight)).allowed).toBeNull();
    expect((await cors('POST', evil, { 'content-type': 'application/json' })).allowed).toBeNull();
  });
});
