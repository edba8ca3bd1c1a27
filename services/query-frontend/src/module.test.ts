/** The routes over real HTTP, with an executor that answers as each test says. */
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { afterEach, describe, expect, it } from '@jest/globals';
import { tempopb } from '@tempo-ts/contracts';
import { QueryError, type QueryJob, type TenantId } from '@tempo-ts/ports';
import { systemTimers } from '@tempo-ts/runtime';
import { createTenantResolver } from '@tempo-ts/server';
import { startTestHttpServer, until, type TestHttpServer } from '@tempo-ts/server/testing';
import { createQueryFrontend } from './module.ts';
import { testBlock, testLimits, testWorld, type TestWorldOptions } from './testing/query-world.ts';

let servers: TestHttpServer[] = [];
afterEach(async () => {
  await Promise.all(servers.map((server) => server.close()));
  servers = [];
});

interface Options extends TestWorldOptions {
  readonly httpApiPrefix?: string;
  readonly multitenancyEnabled?: boolean;
}

async function start(options: Options) {
  const world = testWorld(options);
  const { config, overrides, executor, catalog, logger } = world.services;
  const module = createQueryFrontend({
    config,
    overrides,
    executor,
    catalog,
    logger,
    maxConcurrentJobs: options.maxConcurrentJobs ?? 20,
    tenants: createTenantResolver({ multitenancyEnabled: options.multitenancyEnabled ?? false }),
    clock: world.clock,
    timers: systemTimers,
    metrics: world.registry,
    httpApiPrefix: options.httpApiPrefix ?? '',
  });
  const server = await startTestHttpServer((router) => module.routes!(router));
  servers.push(server);
  const get = async (path: string, headers: Record<string, string> = {}) => {
    const response = await fetch(server.url + path, { headers });
    return {
      status: response.status,
      type: response.headers.get('content-type'),
      body: await response.text(),
    };
  };
  return { ...world, server, get, module };
}

const spanId = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
const trace = toBinary(
  tempopb.TraceSchema,
  create(tempopb.TraceSchema, {
    resourceSpans: [{ scopeSpans: [{ spans: [{ spanId, name: 'GET <a&b>' }] }] }],
  }),
);
const found = { trace, inspectedBytes: 7 };
const nothing = { trace: undefined, inspectedBytes: 0 };
const emptySearch = create(tempopb.SearchResponseSchema);
const text = 'text/plain; charset=utf-8';

describe('trace by id', () => {
  it('version 1: the trace, its top key is batches', async () => {
    const { get } = await start({ execute: () => found });
    expect(await get('/api/traces/c3')).toEqual({
      status: 200,
      type: 'application/json',
      body: String.raw`{"batches":[{"scopeSpans":[{"spans":[{"spanId":"AQIDBAUGBwg=","name":"GET \u003ca\u0026b\u003e"}]}]}]}`,
    });
  });

  it('version 2: with metrics, as JSON or protobuf', async () => {
    const { get, server } = await start({ execute: () => found });
    expect((await get('/api/v2/traces/c3')).body).toContain('"metrics":{"inspectedBytes":"7"}');
    const response = await fetch(`${server.url}/api/v2/traces/c3`, {
      headers: { accept: 'application/protobuf' },
    });
    expect(response.headers.get('content-type')).toBe('application/protobuf');
    const bytes = new Uint8Array(await response.arrayBuffer());
    const message = fromBinary(tempopb.TraceByIDResponseSchema, bytes);
    expect(toBinary(tempopb.TraceSchema, message.trace!)).toEqual(trace);
    expect(message.metrics!.inspectedBytes).toBe(7n);
  });

  it('nothing found: 404 without a body, or an empty trace', async () => {
    const { get } = await start({ execute: () => nothing });
    expect(await get('/api/traces/ffff')).toEqual({ status: 404, type: null, body: '' });
    expect(await get('/api/v2/traces/ffff')).toEqual({
      status: 200,
      type: 'application/json',
      body: '{"trace":{},"metrics":{}}',
    });
  });

  it('too large: 422, or a part that says so', async () => {
    const limits = { ...testLimits, global: { max_bytes_per_trace: 10 } };
    const { get } = await start({ execute: () => found, limits });
    expect(await get('/api/traces/c3')).toEqual({
      status: 422,
      type: text,
      body: 'trace exceeds max size (max bytes: 10)',
    });
    expect((await get('/api/v2/traces/c3')).body).toBe(
      '{"trace":{},"metrics":{"inspectedBytes":"7"},"status":"PARTIAL","message":"Trace exceeds maximum size of 10 bytes, a partial trace is returned"}',
    );
  });

  it('a lookup that fails in one place fails: no silent part', async () => {
    const { get } = await start({
      blocks: [testBlock('a', { endUnixMs: 1000 })],
      execute: (job) => {
        if (job.kind === 'find-trace-in-blocks') throw new Error('disk is gone');
        return found;
      },
    });
    expect(await get('/api/traces/c3')).toEqual({ status: 500, type: text, body: 'disk is gone' });
  });

  it.each([
    [
      '/api/traces/xyz',
      "trace IDs can only contain hex characters: invalid character 'x' at position 1",
    ],
    [
      '/api/v2/traces/c3?start=5&end=2',
      'http parameter start must be before end. received start=5 end=2',
    ],
  ])('%s is a mistake of the client', async (path, body) => {
    const { get } = await start({ execute: () => found });
    expect(await get(path)).toEqual({ status: 400, type: text, body });
  });
});

describe('search', () => {
  it('without times looks at the last 15 minutes, in recent data and blocks alike', async () => {
    const now = 1_700_000_000_000;
    const { get, jobs } = await start({
      execute: () => emptySearch,
      blocks: [
        testBlock('old', { endUnixMs: now - 1_000_000 }),
        testBlock('new', { endUnixMs: now - 800_000 }),
      ],
    });
    expect((await get('/api/search?q=%7B%7D')).body).toBe(
      '{"traces":[],"metrics":{"totalBlocks":1,"completedJobs":2,"totalJobs":2,"totalBlockBytes":"1000"}}',
    );
    expect(jobs).toMatchObject([
      {
        kind: 'search-recent',
        plannedBlocks: new Set(['new']),
        search: { Query: '{}', start: now / 1000 - 900, Limit: 20, SpansPerSpanSet: 3 },
      },
      { kind: 'search-block', block: { blockId: 'new' }, search: { start: now / 1000 - 900 } },
    ]);
  });

  it('a query that nothing can satisfy reads nothing', async () => {
    const { get, jobs } = await start({ execute: () => emptySearch });
    expect((await get('/api/search?q=%7B%20false%20%7D')).body).toBe('{"traces":[],"metrics":{}}');
    expect(jobs).toEqual([]);
  });

  it.each([
    [
      'q=%7B%20name%20%3D%20%7D',
      400,
      'invalid TraceQL query: parse error at line 1, col 10: syntax error: unexpected }',
    ],
    ['q=%7B%7D&limit=0', 400, 'invalid limit: must be a positive number'],
    [
      'q=%7B%7D&start=0&end=5',
      400,
      'error parsing date range: only one of start and end provided: must provide both or neither',
    ],
    [
      'q=%7B%7D&start=1&end=604802',
      400,
      'range specified by start and end exceeds 168h0m0s. received start=1 end=604802',
    ],
    [
      `q=${'x'.repeat(200)}`,
      400,
      'TraceQL expression exceeds the configured maximum size of 150 bytes',
    ],
  ])('%s: %s', async (query, status, body) => {
    const { get } = await start({
      execute: () => emptySearch,
      config: { max_query_expression_size_bytes: 150 },
    });
    expect(await get(`/api/search?${query}`)).toEqual({ status, type: text, body });
  });

  it('a tenant with a longest range of its own is held to it', async () => {
    const read = { ...testLimits.read, max_search_duration: 60_000 };
    const { get } = await start({ execute: () => emptySearch, limits: { ...testLimits, read } });
    expect((await get('/api/search?q=%7B%7D&start=1&end=100')).body).toBe(
      'range specified by start and end exceeds 1m0s. received start=1 end=100',
    );
  });

  it('pads ids for tenants that want it', async () => {
    const read = { ...testLimits.read, left_pad_trace_ids: true };
    const { get } = await start({
      execute: () => create(tempopb.SearchResponseSchema, { traces: [{ traceID: 'c3' }] }),
      limits: { ...testLimits, read },
    });
    expect((await get('/api/search?q=%7B%7D')).body).toContain(
      `"traceID":"${'c3'.padStart(32, '0')}"`,
    );
  });

  it('errors of jobs: those of the query as they are, others after all attempts', async () => {
    let error: Error = new QueryError('unprocessable', 'too many spansets');
    const { get, jobs } = await start({
      execute: () => {
        throw error;
      },
    });
    expect(await get('/api/search?q=%7B%7D')).toMatchObject({
      status: 422,
      body: 'too many spansets',
    });
    expect(jobs).toHaveLength(1);
    error = new Error('division by zero');
    expect(await get('/api/search?q=%7B%7D')).toMatchObject({
      status: 500,
      body: 'division by zero',
    });
    expect(jobs).toHaveLength(3);
  });

  it('a full queue answers 429', async () => {
    const { get, server, jobs } = await start({
      execute: () => new Promise(() => {}),
      config: { max_outstanding_per_tenant: 1 },
      maxConcurrentJobs: 1,
    });
    const waiting = new AbortController();
    const ask = () => fetch(`${server.url}/api/search?q=%7B%7D`, { signal: waiting.signal });
    const open = [ask()];
    await until(() => jobs.length === 1);
    open.push(ask());
    await systemTimers.sleep(50);
    expect(await get('/api/search?q=%7B%7D')).toEqual({
      status: 429,
      type: text,
      body: 'job queue full',
    });
    waiting.abort();
    await Promise.allSettled(open);
  });

  it('a client that goes away cancels its jobs and counts as canceled', async () => {
    const aborted: string[] = [];
    const { server, jobs, registry } = await start({
      execute: (job, signal) =>
        new Promise((_resolve, reject) =>
          signal.addEventListener('abort', () => {
            aborted.push(job.kind);
            reject(signal.reason as Error);
          }),
        ),
    });
    const controller = new AbortController();
    const request = fetch(`${server.url}/api/search?q=%7B%7D`, { signal: controller.signal });
    await until(() => jobs.length === 1);
    controller.abort();
    await expect(request).rejects.toThrow();
    await until(() => aborted.length === 1);
    await systemTimers.sleep(10);
    const labels = { tenant: 'single-tenant', op: 'search', result: 'canceled' };
    expect(await registry.value('tempo_query_frontend_queries_total', labels)).toBe(1);
  });

  it('a request over the time limit answers 503', async () => {
    const { get } = await start({
      execute: (_job, signal) =>
        new Promise((_resolve, reject) =>
          signal.addEventListener('abort', () => reject(signal.reason as Error)),
        ),
      config: { api_timeout: 20 },
    });
    expect(await get('/api/search?q=%7B%7D')).toEqual({
      status: 503,
      type: text,
      body: 'unable to process request in the configured timeout',
    });
  });

  it('logs and counts', async () => {
    const { get, lines, registry } = await start({
      execute: () => create(tempopb.SearchResponseSchema, { metrics: { inspectedBytes: 42n } }),
      config: { log_query_request_headers: ['X-Query-Tags'] },
    });
    await get('/api/search?q=%7B%7D&start=1&end=11', { 'x-query-tags': 'a' });
    const common = {
      tenant: 'single-tenant',
      query: '{}',
      range_seconds: 10,
      header_x_query_tags: 'a',
    };
    expect(lines).toMatchObject([
      { message: 'search request', fields: common },
      { message: 'search response', fields: { ...common, status_code: 200, inspected_bytes: 42n } },
    ]);
    const labels = { tenant: 'single-tenant', op: 'search' };
    const value = (name: string, more = {}) =>
      registry.value(`tempo_query_frontend_${name}`, { ...labels, ...more });
    expect(await value('queries_total', { result: 'completed' })).toBe(1);
    expect(await value('queries_within_slo_total', { result: 'completed' })).toBe(1);
    expect(await value('bytes_inspected_total')).toBe(42);
  });
});

/** Finds one trace, named after the tenant. */
function tenantAsTrace(job: QueryJob) {
  return create(tempopb.SearchResponseSchema, { traces: [{ traceID: job.tenant }] });
}

describe('tenants', () => {
  it('each of several tenants is asked, the answers are joined', async () => {
    const { get, jobs } = await start({ execute: tenantAsTrace, multitenancyEnabled: true });
    const { body } = await get('/api/search?q=%7B%7D', { 'x-scope-orgid': 'b|a' });
    expect(jobs.map(({ tenant }) => tenant)).toEqual(['a', 'b']);
    expect(body).toContain('"traceID":"a"');
    expect(body).toContain('"traceID":"b"');
  });

  it('a request without one is refused', async () => {
    const { get } = await start({ execute: tenantAsTrace, multitenancyEnabled: true });
    expect(await get('/api/search?q=%7B%7D')).toEqual({
      status: 401,
      type: text,
      body: 'no org id',
    });
  });

  it('never reads blocks of another tenant', async () => {
    const { get, jobs } = await start({
      execute: tenantAsTrace,
      multitenancyEnabled: true,
      blocks: [
        testBlock('mine', { endUnixMs: 5000, tenant: 'a' as TenantId }),
        testBlock('theirs', { endUnixMs: 5000, tenant: 'b' as TenantId }),
      ],
    });
    await get('/api/search?q=%7B%7D&start=1&end=9', { 'x-scope-orgid': 'a' });
    expect(jobs).toMatchObject([{ tenant: 'a' }, { tenant: 'a', block: { blockId: 'mine' } }]);
  });
});

describe('tags', () => {
  const names = create(tempopb.SearchTagsV2ResponseSchema, {
    scopes: [
      { name: 'span', tags: ['b', 'a'] },
      { name: 'resource', tags: ['b'] },
    ],
  });
  const values = create(tempopb.SearchTagValuesV2ResponseSchema, {
    tagValues: [
      { type: 'string', value: 'x' },
      { type: 'int', value: '1' },
      { type: 'string', value: '' },
    ],
  });
  const execute = ({ kind }: QueryJob) => (kind.startsWith('tags') ? names : values);

  it('version 2: by scope, with the intrinsics', async () => {
    const { get } = await start({ execute });
    const { scopes } = JSON.parse((await get('/api/v2/search/tags')).body) as {
      scopes: { name: string; tags: string[] }[];
    };
    expect(scopes.slice(0, 2)).toEqual([
      { name: 'resource', tags: ['b'] },
      { name: 'span', tags: ['a', 'b'] },
    ]);
    expect(scopes[2]).toMatchObject({ name: 'intrinsic' });
    expect(scopes[2]!.tags).toHaveLength(25);
  });

  it('version 1: one list without the intrinsics', async () => {
    const { get } = await start({ execute });
    expect((await get('/api/search/tags?q=%7B')).body).toBe(
      '{"tagNames":["a","b"],"metrics":{"totalJobs":1,"completedJobs":1}}',
    );
  });

  it('the scope intrinsic needs no data', async () => {
    const { get, jobs } = await start({ execute });
    expect((await get('/api/v2/search/tags?scope=intrinsic')).body).toContain(
      '"trace:rootService"',
    );
    expect((await get('/api/search/tags?scope=intrinsic')).body).toContain('"traceDuration"');
    expect(jobs).toEqual([]);
    expect(await get('/api/search/tags?scope=bad')).toMatchObject({
      status: 400,
      body: 'invalid scope: bad',
    });
  });

  it('values: version 2 has types, version 1 has not', async () => {
    const { get } = await start({ execute });
    expect((await get('/api/v2/search/tag/span.foo/values')).body).toBe(
      '{"tagValues":[{"type":"int","value":"1"},{"type":"string"},{"type":"string","value":"x"}],"metrics":{"totalJobs":1,"completedJobs":1}}',
    );
    expect((await get('/api/search/tag/foo/values')).body).toBe(
      '{"tagValues":["","1","x"],"metrics":{"totalJobs":1,"completedJobs":1}}',
    );
  });

  it.each([
    ['/api/v2/search/tag/span.a/b/values', 'span.a/b'],
    ['/api/v2/search/tag/span.a%2Fb/values', 'span.a/b'],
    ['/api/v2/search/tag/span.%22a%20b%22/values?q=%7B%7D', 'span."a b"'],
    ['/api/v2/search/tag/.values/values', '.values'],
    ['/api/search/tag/a%20b/values', '."a b"'],
    ['/api/search/tag/service.name/values', 'resource.service.name'],
    ['/api/search/tag/root.name/values', 'rootName'],
  ])('%s asks for %s', async (path, tagName) => {
    const { get, jobs } = await start({ execute });
    expect((await get(path)).status).toBe(200);
    expect(jobs).toMatchObject([{ kind: 'tag-values-recent', tagValues: { tagName } }]);
  });

  it('version 1: status.code and error are fixed', async () => {
    const { get } = await start({ execute });
    expect((await get('/api/search/tag/status.code/values')).body).toBe(
      '{"tagValues":["error","ok","unset"],"metrics":{}}',
    );
    expect((await get('/api/search/tag/error/values')).body).toContain('["true"]');
  });

  it('a name that is no identifier is refused', async () => {
    const { get } = await start({ execute });
    expect(await get('/api/v2/search/tag/badname/values')).toEqual({
      status: 400,
      type: text,
      body: 'please provide a valid tagName: failed to parse identifier badname: parse error at line 1, col 2: unknown identifier: badname',
    });
  });
});

describe('the rest', () => {
  it('every route stands behind the prefix', async () => {
    const { get } = await start({ execute: () => emptySearch, httpApiPrefix: '/tempo/' });
    expect((await get('/tempo/api/search?q=%7B%7D')).status).toBe(200);
    expect((await get('/api/search?q=%7B%7D')).status).toBe(404);
  });

  it('URLs of the deny list are refused', async () => {
    const { get } = await start({
      execute: () => emptySearch,
      config: { url_deny_list: ['.*secret.*'] },
    });
    expect((await get('/api/search?tags=secret%3D1')).status).toBe(400);
  });

  it('is ready between start and stop', async () => {
    const { module } = await start({ execute: () => undefined });
    expect(module.notReadyReason!()).toBe('Query Frontend not ready: new');
    await module.start();
    expect(module.notReadyReason!()).toBeUndefined();
    await module.stop();
    expect(module.notReadyReason!()).toBe('Query Frontend not ready: terminated');
  });
});
