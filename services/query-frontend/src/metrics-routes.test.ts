/** The metrics routes over real HTTP, with an executor that answers as each test says. */
import { afterEach, describe, expect, it } from '@jest/globals';
import type { PartialSeries, QueryJob } from '@tempo-ts/ports';
import { systemTimers } from '@tempo-ts/runtime';
import { createTenantResolver } from '@tempo-ts/server';
import { startTestHttpServer, type TestHttpServer } from '@tempo-ts/server/testing';
import { createQueryFrontend } from './module.ts';
import { partialCounts } from './testing/partial-series.ts';
import { testBlock, testLimits, testWorld, type TestWorldOptions } from './testing/query-world.ts';

let servers: TestHttpServer[] = [];
afterEach(async () => {
  await Promise.all(servers.map((server) => server.close()));
  servers = [];
});

async function start(options: TestWorldOptions) {
  const world = testWorld(options);
  const module = createQueryFrontend({
    ...world.services,
    maxConcurrentJobs: 20,
    tenants: createTenantResolver({ multitenancyEnabled: false }),
    timers: systemTimers,
    metrics: world.registry,
  });
  const server = await startTestHttpServer((router) => module.routes!(router));
  servers.push(server);
  const get = async (path: string, params: Record<string, string>) => {
    const response = await fetch(`${server.url}${path}?${new URLSearchParams(params).toString()}`);
    return { status: response.status, body: await response.text() };
  };
  return { ...world, get };
}

const RANGE = '/api/metrics/query_range';
const INSTANT = '/api/metrics/query';
const byName = { q: '{ } | count_over_time() by (name)', start: '40', end: '60', step: '20s' };

const isRecent = (job: QueryJob) => job.kind === 'query-range-recent';

describe('/api/metrics/query_range', () => {
  it('adds up what recent data and row groups have, in buckets that are multiples of the step', async () => {
    const { get, jobs } = await start({
      blocks: [
        testBlock('a', { endUnixMs: 50_000, rowGroupCount: 2, sizeBytes: 2 ** 31 }),
        testBlock('late', { endUnixMs: 500_000 }),
      ],
      execute: (job) => partialCounts(2, isRecent(job) ? { x: [1, 0] } : { x: [0, 2], y: [0, 1] }),
    });
    expect(await get(RANGE, { ...byName, start: '41', end: '59.5' })).toEqual({
      status: 200,
      body:
        '{"series":[' +
        '{"labels":[{"key":"name","value":{"stringValue":"x"}}],"samples":[{"timestampMs":"40000","value":1},{"timestampMs":"60000","value":4}]},' +
        '{"labels":[{"key":"name","value":{"stringValue":"y"}}],"samples":[{"timestampMs":"40000"},{"timestampMs":"60000","value":2}]}' +
        '],"metrics":{"inspectedTraces":3,"inspectedBytes":"9","totalBlocks":1,"completedJobs":3,"totalJobs":3,"totalBlockBytes":"2147483648","inspectedSpans":"6"}}',
    });
    expect(jobs).toMatchObject([
      {
        kind: 'query-range-recent',
        plannedBlocks: new Set(['a']),
        metrics: { start: 20_000_000_000n, end: 60_000_000_000n, step: 20_000_000_000n },
      },
      { kind: 'query-range-block', rowGroups: { first: 0, count: 1 } },
      { kind: 'query-range-block', rowGroups: { first: 1, count: 1 } },
    ]);
  });

  it('an ungrouped count of nothing is a series of zeros; a grouped one is none', async () => {
    const { get } = await start({ execute: () => partialCounts(2, {}) });
    expect((await get(RANGE, { ...byName, q: '{ } | rate()' })).body).toContain(
      '"samples":[{"timestampMs":"40000"},{"timestampMs":"60000"}]',
    );
    expect((await get(RANGE, byName)).body).toContain('{"series":[],');
  });

  it('a query that nothing can satisfy reads nothing', async () => {
    const { get, jobs } = await start({ execute: () => partialCounts(2, {}) });
    expect((await get(RANGE, { ...byName, q: '{ false } | rate()' })).body).toBe(
      '{"series":[],"metrics":{}}',
    );
    expect(jobs).toEqual([]);
  });

  it('more series than allowed: the first ones, and the answer says so', async () => {
    const { get } = await start({ execute: () => partialCounts(2, { z: [1, 1], a: [1, 1] }) });
    const { series, status, message } = JSON.parse(
      (await get(RANGE, { ...byName, maxSeries: '1' })).body,
    ) as { series: { labels: unknown }[]; status: string; message: string };
    expect(series.map(({ labels }) => labels)).toEqual([
      [{ key: 'name', value: { stringValue: 'a' } }],
    ]);
    expect(status).toBe('PARTIAL');
    expect(message).toMatch(/^Response exceeds maximum series limit of 1, a partial response/);
  });

  it.each<[string, Record<string, string>, number]>([
    ['the usual number', {}, 100],
    ['the parameter', { exemplars: '7' }, 7],
    ['no more than the limit', { exemplars: '700' }, 100],
    ['the hint before the parameter', { exemplars: '7', q: '{} | rate() with(exemplars=3)' }, 3],
    ['none by hint', { q: '{} | rate() with(exemplars=false)' }, 0],
    ['the usual number by hint', { exemplars: '7', q: '{} | rate() with(exemplars=true)' }, 100],
  ])('exemplars: %s', async (_, params, exemplars) => {
    const { get, jobs } = await start({ execute: () => partialCounts(2, {}) });
    await get(RANGE, { ...byName, q: '{} | rate()', ...params });
    expect(jobs).toMatchObject([{ metrics: { exemplars } }]);
  });

  it.each<[Record<string, string>, string]>([
    [{ start: '61' }, 'end must be greater than start'],
    [{ step: '0' }, 'step of 0s is too small, minimum step for given range is 2ms'],
    [{ step: '1ms' }, 'step of 1ms is too small, minimum step for given range is 2ms'],
    [{ end: '20000' }, 'metrics query time range exceeds the maximum allowed duration of 3h0m0s'],
    [{ q: '{ }' }, 'not a metrics query'],
    [{ q: '{ } | rate() | topk(0)' }, 'compiling query: limit must be greater than 0'],
    [{ start: 'soon' }, 'invalid start: cannot parse "soon" to a timestamp'],
    [{ step: '1d' }, 'invalid step: cannot parse "1d" to a valid duration'],
  ])('%o is refused: %s', async (params, body) => {
    const { get } = await start({ execute: () => partialCounts(2, {}) });
    expect(await get(RANGE, { ...byName, ...params })).toEqual({ status: 400, body });
  });

  it('the longest range of the tenant goes before that of the configuration', async () => {
    const limits = { ...testLimits, read: { ...testLimits.read, max_metrics_duration: 60_000 } };
    const { get } = await start({ execute: () => partialCounts(21, {}), limits });
    expect((await get(RANGE, { ...byName, step: '1s' })).status).toBe(200);
    expect(await get(RANGE, { ...byName, end: '101' })).toEqual({
      status: 400,
      body: 'metrics query time range exceeds the maximum allowed duration of 1m0s',
    });
  });
});

describe('/api/metrics/query', () => {
  it('has one value per series, over the range as it was asked for', async () => {
    const { get, jobs } = await start({ execute: () => partialCounts(1, { x: [5], y: [1] }) });
    const params = { q: '{ } | count_over_time() by (name) > 1', start: '41', end: '59.5' };
    expect((await get(INSTANT, params)).body).toBe(
      '{"series":[{"labels":[{"key":"name","value":{"stringValue":"x"}}],"value":5}],"metrics":{"inspectedTraces":1,"inspectedBytes":"3","completedJobs":1,"totalJobs":1,"inspectedSpans":"2"}}',
    );
    expect(jobs).toMatchObject([
      {
        metrics: {
          start: 41_000_000_000n,
          end: 59_500_000_000n,
          step: 18_500_000_000n,
          exemplars: 0,
        },
      },
    ]);
  });

  it('a rate is over the whole range', async () => {
    const { get } = await start({ execute: () => partialCounts(1, { '': [5] }) });
    const { series } = JSON.parse(
      (await get(INSTANT, { q: '{ } | rate()', start: '10', end: '60' })).body,
    ) as { series: unknown };
    expect(series).toEqual([
      { labels: [{ key: '__name__', value: { stringValue: 'rate' } }], value: 0.1 },
    ]);
  });

  it('what a job says about its accuracy is said in the answer', async () => {
    const partial: PartialSeries = { ...partialCounts(1, { '': [5] }), warnings: ['about 5'] };
    const { get } = await start({ execute: () => partial });
    expect((await get(INSTANT, { q: '{ } | rate()', start: '10', end: '60' })).body).toContain(
      '"status":"PARTIAL","message":"about 5"',
    );
  });

  it('an empty range is refused', async () => {
    const { get } = await start({ execute: () => partialCounts(1, {}) });
    expect(await get(INSTANT, { q: '{ } | rate()', start: '10', end: '10' })).toEqual({
      status: 400,
      body: 'end must be greater than start',
    });
  });
});
