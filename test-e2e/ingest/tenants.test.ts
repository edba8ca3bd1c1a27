/** Tenants: whose data a request is about, and that nobody ever sees another's. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { exportRequest, exportSpans, hex, postSpans, randomId, statusOf } from '../harness/otlp.ts';
import { get } from '../harness/queries.ts';
import { TempoProcess } from '../harness/tempo-process.ts';

const UNAVAILABLE = 14;
const INVALID_ARGUMENT = 3;

let tempo: TempoProcess;
beforeAll(async () => {
  tempo = await TempoProcess.start({ extraConfig: 'multitenancy_enabled: true' });
});
afterAll(() => tempo?.remove());

function ask(tenant: string, path: string, params: Readonly<Record<string, string>> = {}) {
  return get(`${tempo.url}${path}`, params, tenant === '' ? {} : { 'X-Scope-OrgID': tenant });
}

/** Headers that name no single tenant, and what is said about them. */
const REFUSED = [
  ['a|b', "tenant ID 'a|b' contains unsupported character '|'"],
  ['a,b', "tenant ID 'a,b' contains unsupported character ','"],
  ['a/b', "tenant ID 'a/b' contains unsupported character '/'"],
  ['..', "tenant ID is '.' or '..'"],
  ['x'.repeat(151), 'tenant ID is too long: max 150 characters'],
] as const;

describe('writes', () => {
  it('without a tenant are refused such that the sender tries again', async () => {
    const answer = await postSpans(tempo.otlpHttpUrl, exportRequest([{}]));
    expect([answer.status, statusOf(answer.body)]).toEqual([
      503,
      { code: UNAVAILABLE, message: 'no org id' },
    ]);
    expect(await exportSpans(tempo.ports.otlpGrpc, exportRequest([{}]))).toMatchObject({
      code: UNAVAILABLE,
      message: 'no org id',
    });
  });

  it.each(REFUSED)('of tenant "%s" are a mistake of the sender', async (tenant, message) => {
    const headers = { 'x-scope-orgid': tenant };
    const answer = await postSpans(tempo.otlpHttpUrl, exportRequest([{}]), headers);
    expect([answer.status, statusOf(answer.body)]).toEqual([
      400,
      { code: INVALID_ARGUMENT, message },
    ]);
    expect(await exportSpans(tempo.ports.otlpGrpc, exportRequest([{}]), headers)).toMatchObject({
      code: INVALID_ARGUMENT,
      message,
    });
  });
});

describe('reads', () => {
  const PATHS = [
    `/api/traces/${'1'.repeat(32)}`,
    `/api/v2/traces/${'1'.repeat(32)}`,
    '/api/search',
    '/api/search/tags',
    '/api/v2/search/tags',
    '/api/search/tag/name/values',
    '/api/v2/search/tag/name/values',
    '/api/metrics/query_range?q={}|rate()',
  ];

  it.each(PATHS)('%s needs a tenant that can be one', async (path) => {
    expect(await ask('', path)).toMatchObject({ status: 401, text: 'no org id' });
    expect(await ask('a/b', path)).toMatchObject({ status: 400 });
    expect(await ask('a|../b', path)).toMatchObject({ status: 400 });
  });

  it('/ready, /metrics, /api/echo and /api/status/buildinfo need none', async () => {
    for (const path of ['/ready', '/metrics', '/api/echo', '/api/status/buildinfo'])
      expect((await ask('', path)).status).toBe(200);
  });
});

describe.each(['while they are recent', 'once they are in blocks'])('spans, %s', (phase) => {
  const traceId = randomId(16);
  const TENANTS = ['apple', 'banana'] as const;

  beforeAll(async () => {
    for (const tenant of TENANTS) {
      // Both have a trace with this id; nothing else of them is the same.
      const span = { traceId, name: `${tenant} work`, attributes: { [`only.${tenant}`]: tenant } };
      const body = exportRequest([span], `${tenant}-service`);
      const { status } = await postSpans(tempo.otlpHttpUrl, body, { 'x-scope-orgid': tenant });
      expect(status).toBe(200);
    }
    if (phase === 'once they are in blocks') expect((await ask('', '/flush')).status).toBe(204);
  });

  it.each(TENANTS)('are found by %s alone, in every kind of answer', async (tenant) => {
    const other = tenant === 'apple' ? 'banana' : 'apple';
    const questions: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
      [`/api/traces/${hex(traceId)}`, {}],
      [`/api/v2/traces/${hex(traceId)}`, {}],
      ['/api/search', { q: '{}' }],
      ['/api/search', { tags: `service.name=${tenant}-service` }],
      ['/api/search/tags', {}],
      ['/api/v2/search/tags', {}],
      ['/api/search/tag/service.name/values', {}],
      ['/api/v2/search/tag/resource.service.name/values', {}],
      ['/api/metrics/query_range', { q: '{} | rate() by (resource.service.name)', since: '5m' }],
    ];
    for (const [path, params] of questions) {
      const answer = await ask(tenant, path, params);
      expect([path, answer.status]).toEqual([path, 200]);
      expect(answer.text).toContain(tenant);
      expect(answer.text).not.toContain(other);
    }
    const values = await ask(tenant, `/api/search/tag/only.${other}/values`);
    expect(values.text).not.toContain(other);
    const found = await ask(tenant, '/api/search', { q: `{ span.only.${other} = "${other}" }` });
    expect(found.json).toMatchObject({ traces: [] });
  });

  it('of several tenants are found together by a query that names them', async () => {
    const one = await ask('apple|banana', `/api/traces/${hex(traceId)}`);
    expect(one.text).toContain('apple work');
    expect(one.text).toContain('banana work');
    const search = await ask('banana|apple', '/api/search', { q: '{}', limit: '100', spss: '100' });
    expect(search.text).toContain('apple-service');
    expect(search.text).toContain('banana-service');
    const tags = await ask('apple|banana', '/api/search/tags');
    expect(tags.text).toContain('only.apple');
    expect(tags.text).toContain('only.banana');
  });

  it('of nobody are found by a tenant that has none', async () => {
    expect((await ask('cherry', `/api/traces/${hex(traceId)}`)).status).toBe(404);
    expect((await ask('cherry', '/api/search', { q: '{}' })).json).toMatchObject({ traces: [] });
  });
});
