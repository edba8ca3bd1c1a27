import { describe, expect, it } from '@jest/globals';
import { create, toBinary } from '@bufbuild/protobuf';
import { tempopb, trace as otlp } from '@tempo-ts/contracts';
import { idBytes, requestOf } from '@tempo-ts/otlp/testing';
import { assembleTraces, type SpanBatch } from '@tempo-ts/span-batch';
import { arrivalBatchOf } from '@tempo-ts/span-batch/testing';
import { parseQuery } from '@tempo-ts/traceql';
import { keyValue } from './any-value.ts';
import { executeSearch } from './execute-search.ts';
import { planSearch } from './plan-search.ts';
import { arraySource } from './testing/index.ts';
import type { SpansetSource } from './spanset-source.ts';
import { planFromRequest } from './tag-search.ts';

const SIGNAL = new AbortController().signal;
const SECOND = 1_000_000_000n;

interface TestSpan {
  readonly trace: number;
  readonly startSeconds: number;
  readonly name?: string;
  readonly service?: string;
  readonly seconds?: number;
  readonly attributes?: Readonly<Record<string, string | bigint>>;
  readonly isError?: boolean;
}

let nextSpan = 0;

/** One assembled batch with these spans; equal trace numbers make one trace. */
function batchOf(spans: readonly TestSpan[]): SpanBatch {
  const pieces = spans.map((span) => {
    const traceId = idBytes(16, span.trace);
    nextSpan = (nextSpan % 250) + 1;
    const request = requestOf(
      [
        create(otlp.SpanSchema, {
          traceId,
          spanId: idBytes(8, nextSpan),
          name: span.name ?? 'op',
          startTimeUnixNano: BigInt(span.startSeconds) * SECOND,
          endTimeUnixNano: BigInt(span.startSeconds + (span.seconds ?? 1)) * SECOND,
          attributes: Object.entries(span.attributes ?? {}).map(([key, value]) =>
            keyValue(
              key,
              typeof value === 'bigint' ? { type: 'int', value } : { type: 'string', value },
            ),
          ),
          ...(span.isError ? { status: { code: 2 } } : {}),
        }),
      ],
      span.service ?? 'shop',
    );
    const { resourceSpans } = request;
    const bytes = toBinary(tempopb.TraceSchema, create(tempopb.TraceSchema, { resourceSpans }));
    return { traceId, bytes };
  });
  return assembleTraces([{ batch: arrivalBatchOf(pieces), rows: 'all' }]);
}

async function search(
  text: string,
  batches: readonly SpanBatch[],
  options: { limit?: number; spss?: number } = {},
) {
  const plan = planSearch(parseQuery(text), {
    limit: options.limit ?? 20,
    spansPerSpanSet: options.spss ?? 0,
  });
  return executeSearch(plan, arraySource(batches), SIGNAL);
}

const idsOf = ({ traces }: tempopb.SearchResponse) => traces.map(({ traceID }) => traceID);

describe('executeSearch', () => {
  it('returns the newest traces, whatever batches they come in', async () => {
    const spans = Array.from({ length: 30 }, (_, i) => ({
      trace: i + 1,
      startSeconds: 100 + ((i * 7) % 30),
    }));
    const newest = spans
      .toSorted((a, b) => b.startSeconds - a.startSeconds)
      .slice(0, 3)
      .map(({ trace }) => trace.toString(16));
    const one = await search('{ }', [batchOf(spans)], { limit: 3 });
    const many = await search(
      '{ }',
      spans.map((span) => batchOf([span])),
      { limit: 3 },
    );
    const reversed = await search(
      '{ }',
      spans.toReversed().map((span) => batchOf([span])),
      { limit: 3 },
    );
    expect([idsOf(one), idsOf(many), idsOf(reversed)]).toEqual([newest, newest, newest]);
  });

  it('breaks ties of the start by trace id', async () => {
    const batches = [3, 1, 2].map((trace) => batchOf([{ trace, startSeconds: 5 }]));
    expect(idsOf(await search('{ }', batches, { limit: 2 }))).toEqual(['1', '2']);
  });

  it('joins what two batches know of one trace', async () => {
    const batches = [
      batchOf([{ trace: 1, startSeconds: 10, service: 'a' }]),
      batchOf([
        { trace: 1, startSeconds: 8, service: 'b', isError: true },
        { trace: 1, startSeconds: 9, service: 'b' },
      ]),
    ];
    const { traces } = await search('{ }', batches);
    expect(traces).toHaveLength(1);
    expect(traces[0]).toMatchObject({ startTimeUnixNano: 8n * SECOND, spanSet: { matched: 2 } });
    expect(
      Object.entries(traces[0]!.serviceStats).map(([service, { spanCount, errorCount }]) => [
        service,
        spanCount,
        errorCount,
      ]),
    ).toEqual([
      ['a', 1, 0],
      ['b', 2, 1],
    ]);
  });

  it('cuts the spans of a set, earliest first, but not what it says matched', async () => {
    const batch = batchOf([
      { trace: 1, startSeconds: 12, name: 'last' },
      { trace: 1, startSeconds: 10, name: 'first' },
      { trace: 1, startSeconds: 11, name: 'second' },
    ]);
    const { traces } = await search('{ name != "" }', [batch], { spss: 2 });
    expect(traces[0]!.spanSets[0]!.spans.map(({ name }) => name)).toEqual(['first', 'second']);
    expect(traces[0]!.spanSets[0]!.matched).toBe(3);
  });

  it('asks a source of whole traces for the newest ones within the time range alone', async () => {
    const whole = batchOf(
      Array.from({ length: 10 }, (_, i) => ({ trace: i + 1, startSeconds: i + 1 })),
    );
    const read: number[] = [];
    const source: SpansetSource = {
      async *fetch({ candidates }) {
        await Promise.resolve();
        const rows = candidates!(whole);
        const wanted = Int32Array.from(rows.keys()).filter((row) => rows[row] === 1);
        read.push(wanted.length);
        yield assembleTraces([{ batch: whole, rows: wanted }]);
      },
    };
    const options = { limit: 2, spansPerSpanSet: 0, startUnixSeconds: 3, endUnixSeconds: 5 };
    const response = await executeSearch(planSearch(parseQuery('{ }'), options), source, SIGNAL);
    expect([idsOf(response), read]).toEqual([['5', '4'], [2]]);
    expect(response.metrics).toMatchObject({ inspectedTraces: 10, inspectedSpans: 10n });
  });

  it('counts the traces and spans it looked at', async () => {
    const batch = batchOf([
      { trace: 1, startSeconds: 10 },
      { trace: 1, startSeconds: 10 },
      { trace: 2, startSeconds: 10, name: 'other' },
    ]);
    const { metrics } = await search('{ name = "other" }', [batch]);
    expect(metrics).toMatchObject({ inspectedTraces: 2, inspectedSpans: 3n, inspectedBytes: 0n });
  });

  it('reads nothing for a query that is false for every span', async () => {
    const plan = planSearch(parseQuery('{ 1 = 2 }'), { limit: 1, spansPerSpanSet: 0 });
    const source = {
      fetch: () => {
        throw new Error('read');
      },
    };
    expect((await executeSearch(plan, source, SIGNAL)).traces).toEqual([]);
  });

  it('stops between batches once it is aborted', async () => {
    const controller = new AbortController();
    const batch = batchOf([{ trace: 1, startSeconds: 10 }]);
    const source = {
      async *fetch() {
        yield batch;
        controller.abort(new Error('enough'));
        await Promise.resolve();
        yield batch;
      },
    };
    const plan = planSearch(parseQuery('{ }'), { limit: 1, spansPerSpanSet: 0 });
    await expect(executeSearch(plan, source, controller.signal)).rejects.toThrow('enough');
  });
});

describe('legacy tags', () => {
  const data = [
    batchOf([
      {
        trace: 1,
        startSeconds: 10,
        service: 'shop-front',
        name: 'GET /cart',
        attributes: { 'http.method': 'GET', color: 'red' },
      },
      {
        trace: 1,
        startSeconds: 10,
        service: 'shop-front',
        attributes: { size: 'big', 'http.status_code': 500n },
      },
      { trace: 1, startSeconds: 10, service: 'pay', attributes: { color: 'blue' }, isError: true },
      {
        trace: 2,
        startSeconds: 20,
        service: 'pay',
        name: 'POST /pay',
        attributes: { color: 'redder', size: 'big' },
        seconds: 5,
      },
    ]),
  ];
  const find = async (
    fields: Partial<Pick<tempopb.SearchRequest, 'Tags' | 'MinDurationMs' | 'MaxDurationMs'>>,
  ) => {
    const plan = planFromRequest(create(tempopb.SearchRequestSchema, { Limit: 20, ...fields }));
    return idsOf(await executeSearch(plan, arraySource(data), SIGNAL));
  };

  it.each<[string, Record<string, string>, string[]]>([
    ['columns by substring', { 'service.name': 'shop' }, ['1']],
    ['names by substring', { name: '/pa' }, ['2']],
    ['other attributes by equality', { color: 'red' }, ['1']],
    ['numbers of columns by value', { 'http.status_code': '500' }, ['1']],
    ['every tag, each on another span of one resource', { color: 'red', size: 'big' }, ['1']],
    ['no tags of different resources', { color: 'blue', size: 'big' }, []],
    ['status', { 'status.code': 'error' }, ['1']],
    ['errors', { error: 'true' }, ['1']],
    ['root spans', { 'root.name': 'POST' }, ['2']],
    ['a missing attribute never', { 'no.such': '' }, []],
    ['everything without tags', {}, ['2', '1']],
  ])('find %s', async (_rule, Tags, ids) => {
    expect(await find({ Tags })).toEqual(ids);
  });

  it('find traces by their duration, bounds included', async () => {
    expect(await find({ MinDurationMs: 5000 })).toEqual(['2']);
    expect(await find({ MinDurationMs: 5001 })).toEqual([]);
    expect(await find({ MaxDurationMs: 1000 })).toEqual(['1']);
  });

  it('say nothing of spans', async () => {
    const plan = planFromRequest(create(tempopb.SearchRequestSchema, { Tags: { color: 'red' } }));
    const { traces } = await executeSearch(plan, arraySource(data), SIGNAL);
    expect(traces.map(({ spanSets, spanSet }) => [spanSets, spanSet])).toEqual([[[], undefined]]);
  });
});
