/** Streams, with jobs that end when the test says so and a clock that moves when it says so. */
import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from '@jest/globals';
import { tempopb } from '@tempo-ts/contracts';
import type { QueryJob } from '@tempo-ts/ports';
import { createTenantResolver, type GrpcCallContext } from '@tempo-ts/server';
import { streamingQuerierService } from './streaming-querier-service.ts';
import { partialCounts } from './testing/partial-series.ts';
import { testBlock, testWorld } from './testing/query-world.ts';

type Method = (request: unknown, call: GrpcCallContext) => AsyncIterable<unknown>;

/** A stream being read, and the jobs it waits for. */
function openStream(
  method: string,
  request: unknown,
  blocks = [testBlock('a', { endUnixMs: 5000 })],
) {
  const pending = new Map<string, (answer: unknown) => void>();
  const world = testWorld({
    blocks,
    execute: (job: QueryJob) => new Promise((resolve) => pending.set(job.kind, resolve)),
  });
  const tenants = createTenantResolver({ multitenancyEnabled: false });
  const { implementation } = streamingQuerierService({ services: world.services, tenants });
  const controller = new AbortController();
  const call: GrpcCallContext = {
    path: method,
    metadata: () => undefined,
    tenantHeader: undefined,
    signal: controller.signal,
    deadlineUnixMs: undefined,
    peer: 'test',
  };
  const messages: unknown[] = [];
  const end = (async () => {
    for await (const message of (implementation[method] as unknown as Method)(request, call))
      messages.push(message);
  })();
  end.catch(() => {});
  return {
    messages,
    end,
    abort: () => controller.abort(),
    settle,
    /** Answers a job and lets the query take notice. */
    answer: async (kind: QueryJob['kind'], answer: unknown) => {
      pending.get(kind)!(answer);
      await settle();
    },
    advance: async (durationMs: number) => {
      world.clock.advance(durationMs);
      await settle();
    },
  };
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

const response = (...traces: readonly (readonly [id: string, startSeconds: number])[]) =>
  create(tempopb.SearchResponseSchema, {
    traces: traces.map(([traceID, seconds]) => ({
      traceID,
      startTimeUnixNano: BigInt(seconds) * 1_000_000_000n,
    })),
  });
const search = create(tempopb.SearchRequestSchema, { Query: '{ }', start: 1, end: 100 });

describe('Search', () => {
  it('sends what is certain after half a second, then only what is new', async () => {
    const stream = openStream('search', search);
    await stream.settle();
    await stream.answer('search-recent', response(['new', 50], ['mixed', 2]));
    expect(stream.messages).toEqual([]);
    await stream.advance(500);
    expect(stream.messages).toMatchObject([
      { traces: [{ traceID: 'new' }], metrics: { completedJobs: 1, totalJobs: 2 } },
    ]);
    await stream.advance(500);
    expect(stream.messages).toHaveLength(1); // nothing new, nothing sent
    await stream.answer('search-block', response(['old', 3]));
    await stream.end;
    expect(stream.messages.slice(1)).toMatchObject([
      { traces: [{ traceID: 'old' }, { traceID: 'mixed' }], metrics: { completedJobs: 2 } },
    ]);
  });

  it('a trace that changed after it was sent is sent again', async () => {
    const stream = openStream('search', search);
    await stream.settle();
    await stream.answer('search-recent', response(['a', 50]));
    await stream.advance(500);
    await stream.answer('search-block', response(['a', 4]));
    await stream.end;
    expect(
      (stream.messages as tempopb.SearchResponse[]).map(
        ({ traces }) => traces[0]!.startTimeUnixNano,
      ),
    ).toEqual([50_000_000_000n, 4_000_000_000n]);
  });

  it('a short query is one message', async () => {
    const stream = openStream('search', search, []);
    await stream.settle();
    await stream.answer('search-recent', response(['a', 50]));
    await stream.end;
    expect(stream.messages).toHaveLength(1);
  });

  it('mistakes end the stream', async () => {
    const bad = openStream('search', create(tempopb.SearchRequestSchema, { Query: '{ name = }' }));
    await expect(bad.end).rejects.toThrow('invalid TraceQL query: parse error');
    const tooMany = openStream('search', { ...search, SpansPerSpanSet: 101 });
    await expect(tooMany.end).rejects.toThrow('spans per span set exceeds 100. received 101');
  });

  it('a client that cancels ends the stream', async () => {
    const stream = openStream('search', search);
    await stream.settle();
    stream.abort();
    await expect(stream.end).rejects.toMatchObject({ name: 'AbortError' });
  });
});

const names = (...tags: string[]) =>
  create(tempopb.SearchTagsV2ResponseSchema, { scopes: [{ name: 'span', tags }] });
const values = (...found: string[]) =>
  create(tempopb.SearchTagValuesV2ResponseSchema, {
    tagValues: found.map((value) => ({ type: 'string', value })),
  });

describe('tags', () => {
  it('names: only new ones, by scope', async () => {
    const request = create(tempopb.SearchTagsRequestSchema, { scope: 'span', start: 1, end: 9 });
    const stream = openStream('searchTagsV2', request);
    await stream.settle();
    await stream.answer('tags-recent', names('a', 'b'));
    await stream.advance(500);
    await stream.answer('tags-block', names('b', 'c'));
    await stream.end;
    expect(stream.messages).toMatchObject([
      { scopes: [{ name: 'span', tags: ['a', 'b'] }] },
      { scopes: [{ name: 'span', tags: ['c'] }] },
    ]);
  });

  it('values: only new ones', async () => {
    const request = { tagName: 'foo', start: 1, end: 9 };
    const stream = openStream(
      'searchTagValues',
      create(tempopb.SearchTagValuesRequestSchema, request),
    );
    await stream.settle();
    await stream.answer('tag-values-recent', values('x'));
    await stream.advance(500);
    await stream.answer('tag-values-block', values('x', 'y'));
    await stream.end;
    expect(stream.messages).toMatchObject([{ tagValues: ['x'] }, { tagValues: ['y'] }]);
  });

  it('version 1 of names, version 2 of values', async () => {
    const tags = openStream('searchTags', create(tempopb.SearchTagsRequestSchema), []);
    await tags.settle();
    await tags.answer('tags-recent', names('b', 'a'));
    await tags.end;
    expect(tags.messages).toMatchObject([{ tagNames: ['a', 'b'] }]);
    const request = create(tempopb.SearchTagValuesRequestSchema, { tagName: 'span.foo' });
    const typed = openStream('searchTagValuesV2', request, []);
    await typed.settle();
    await typed.answer('tag-values-recent', values('x'));
    await typed.end;
    expect(typed.messages).toMatchObject([{ tagValues: [{ type: 'string', value: 'x' }] }]);
  });
});

const samplesOf = (message: unknown) =>
  (message as tempopb.QueryRangeResponse).series.map(({ samples }) =>
    samples.map(({ timestampMs, value }) => [Number(timestampMs), value]),
  );

describe('metrics', () => {
  const request = create(tempopb.QueryRangeRequestSchema, {
    query: '{ } | count_over_time() by (name)',
    start: 13_500_000_000n,
    end: 30_000_000_000n,
    step: 5_000_000_000n,
  });
  it('tell buckets of time that are certain, then everything', async () => {
    const stream = openStream('metricsQueryRange', request, [
      testBlock('a', { startUnixMs: 11_000, endUnixMs: 14_000 }),
    ]);
    await stream.settle();
    await stream.answer('query-range-recent', partialCounts(5, { x: [0, 1, 0, 0, 7] }));
    await stream.advance(500);
    await stream.answer('query-range-block', partialCounts(5, { x: [0, 2, 0, 0, 0] }));
    await stream.end;
    expect(stream.messages.map((message) => samplesOf(message))).toEqual([
      [
        [
          [25_000, 0],
          [30_000, 7],
        ],
      ],
      [
        [
          [10_000, 0],
          [15_000, 3],
          [20_000, 0],
          [25_000, 0],
          [30_000, 7],
        ],
      ],
    ]);
    expect(stream.messages).toMatchObject([
      { metrics: { completedJobs: 1, totalJobs: 2 } },
      { metrics: { completedJobs: 2, totalJobs: 2 } },
    ]);
  });

  it('of an instant query: progress, then the values', async () => {
    const { query, start, end } = request;
    const stream = openStream('metricsQueryInstant', { query, start, end }, [
      testBlock('a', { endUnixMs: 20_000 }),
    ]);
    await stream.settle();
    await stream.answer('query-range-recent', partialCounts(1, { x: [1] }));
    await stream.advance(500);
    await stream.answer('query-range-block', partialCounts(1, { x: [2] }));
    await stream.end;
    expect(stream.messages).toMatchObject([
      { series: [], metrics: { completedJobs: 1 } },
      { series: [{ value: 3 }], metrics: { completedJobs: 2 } },
    ]);
  });

  it('a step of zero is the default step', async () => {
    const stream = openStream('metricsQueryRange', { ...request, step: 0n }, []);
    await stream.settle();
    await stream.answer('query-range-recent', partialCounts(331, { x: Array(331).fill(1) }));
    await stream.end;
    expect(samplesOf(stream.messages[0])[0]?.slice(0, 2)).toEqual([
      [13_500, 1],
      [13_550, 1],
    ]);
  });

  it.each(['metricsQueryRange', 'metricsQueryInstant'])(
    '%s refuses other queries',
    async (method) => {
      const { end } = openStream(method, { ...request, query: '{ }' });
      await expect(end).rejects.toThrow('not a metrics query');
    },
  );
});
