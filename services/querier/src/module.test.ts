import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { create, fromBinary } from '@bufbuild/protobuf';
import { createBlock, dataKey, toBlockRef } from '@tempo-ts/block';
import { tempopb, trace as otlp } from '@tempo-ts/contracts';
import { LocalObjectStore } from '@tempo-ts/object-store';
import { idBytes, requestOf } from '@tempo-ts/otlp/testing';
import { SINGLE_TENANT, type BlockRef, type RecentTraces } from '@tempo-ts/ports';
import { systemClock, systemRandom } from '@tempo-ts/runtime';
import { VirtualClock } from '@tempo-ts/runtime/testing';
import { spanBatchOf } from '@tempo-ts/span-batch/testing';
import { createMetricsRegistry, silentLogger, type MetricsRegistry } from '@tempo-ts/telemetry';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createQuerier, type QuerierModule } from './index.ts';

const SIGNAL = new AbortController().signal;
const SECOND = 1_000_000_000n;
const ID = '1b4e28ba-2fa1-41d2-883f-0016d3cca427';
const DAMAGED_ID = '6fa459ea-ee8a-4ca4-894e-db77e160355e';

let directory: string;
let block: BlockRef;
let damaged: BlockRef;

/** Trace `n` starts at second 1000 + n and has one span of the service `s<n>`. */
function traceMessage(n: number): tempopb.Trace {
  const { resourceSpans } = requestOf(
    [
      create(otlp.SpanSchema, {
        traceId: idBytes(16, n),
        spanId: idBytes(8, n),
        name: n % 2 === 0 ? 'even' : 'odd',
        startTimeUnixNano: BigInt(1000 + n) * SECOND,
        endTimeUnixNano: BigInt(1001 + n) * SECOND,
      }),
    ],
    `s${n}`,
  );
  return create(tempopb.TraceSchema, { resourceSpans });
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'querier-'));
  const store = await LocalObjectStore.open({
    path: directory,
    clock: systemClock,
    random: systemRandom,
  });
  const write = async (blockId: string) =>
    toBlockRef(
      await createBlock({
        store,
        tenant: SINGLE_TENANT,
        blockId,
        batches: [spanBatchOf([1, 2, 3, 4, 5].map((n) => traceMessage(n)))],
        startUnixMs: 1_000_000,
        endUnixMs: 1_010_000,
        dedicatedColumns: [],
      }),
    );
  block = await write(ID);
  damaged = await write(DAMAGED_ID);
  await store.put(dataKey(damaged), new Uint8Array(damaged.sizeBytes));
});

afterAll(async () => {
  await rm(directory, { recursive: true, force: true });
});

const NO_RECENT: RecentTraces = {
  findTrace: async () => ({ trace: undefined, inspectedBytes: 0 }),
  search: async () => create(tempopb.SearchResponseSchema),
  searchTags: async () => create(tempopb.SearchTagsV2ResponseSchema),
  searchTagValues: async () => create(tempopb.SearchTagValuesV2ResponseSchema),
  queryRange: async () => ({
    intervals: 1,
    rows: [],
    columns: [new Float64Array(0)],
    exemplars: [],
    warnings: [],
    inspectedTraces: 0,
    inspectedSpans: 0,
    inspectedBytes: 0,
  }),
};

/** Threads take their time to start, and more of it on a busy machine. */
const SLOW_MS = 60_000;

function makeQuerier(recent: RecentTraces = NO_RECENT) {
  const registry = createMetricsRegistry();
  const clock = new VirtualClock();
  const querier = createQuerier({
    config: {
      querier: {
        max_concurrent_queries: 20,
        search: { query_timeout: 30_000 },
        trace_by_id: { query_timeout: 10_000 },
      },
      storage: {
        trace: { backend: 'local', local: { path: directory }, pool: { queue_depth: 100 } },
      },
    },
    recent,
    clock,
    timers: clock,
    logger: silentLogger,
    metrics: registry,
    blockWorkerCount: 1,
  });
  return { querier, registry, clock };
}

const searchJob = (ref: BlockRef, search: Partial<tempopb.SearchRequest>) =>
  ({
    kind: 'search-block',
    tenant: SINGLE_TENANT,
    block: ref,
    rowGroups: { first: 0, count: ref.rowGroupCount },
    search: create(tempopb.SearchRequestSchema, { Limit: 20, ...search } as object),
  }) as const;

function find(querier: QuerierModule, trace: number, blocks: readonly BlockRef[]) {
  const traceId = idBytes(16, trace);
  return querier.execute(
    { kind: 'find-trace-in-blocks', tenant: SINGLE_TENANT, traceId, blocks },
    SIGNAL,
  );
}

describe('the querier', () => {
  let querier: QuerierModule;
  let registry: MetricsRegistry;

  beforeAll(async () => {
    ({ querier, registry } = makeQuerier());
    await querier.start();
  });
  afterAll(() => querier.stop());

  it(
    'searches a block in a thread and says what it read',
    async () => {
      const { traces, metrics } = await querier.execute(
        searchJob(block, { Query: '{ name = "odd" }', Limit: 2, start: 1000, end: 1010 }),
        SIGNAL,
      );
      expect(traces.map(({ traceID, rootServiceName }) => [traceID, rootServiceName])).toEqual([
        ['5', 's5'],
        ['3', 's3'],
      ]);
      expect(metrics).toMatchObject({ inspectedTraces: 5, inspectedSpans: 5n });
      expect(metrics!.inspectedBytes).toBeGreaterThan(0n);
      const labels = { route: 'querier_api_search', method: 'GET', status_code: '200', le: '+Inf' };
      expect(await registry.value('tempo_request_duration_seconds', labels)).toBe(1);
      expect(await registry.value('tempo_querier_worker_request_executed_total')).toBe(1);
    },
    SLOW_MS,
  );

  it(
    'counts the spans of a block in a thread, row groups apart',
    async () => {
      const query = '{ } | count_over_time() by (name)';
      const metrics = create(tempopb.QueryRangeRequestSchema, {
        query,
        start: 1_000_000_000_000n,
        end: 1_010_000_000_000n,
        step: 10_000_000_000n,
      });
      const job = { kind: 'query-range-block', tenant: SINGLE_TENANT, block, metrics } as const;
      const first = await querier.execute({ ...job, rowGroups: { first: 0, count: 1 } }, SIGNAL);
      const none = await querier.execute({ ...job, rowGroups: { first: 1, count: 1 } }, SIGNAL);
      expect(first).toMatchObject({ inspectedTraces: 5, inspectedSpans: 5 });
      expect(first.inspectedBytes).toBeGreaterThan(0);
      expect(
        Object.fromEntries(
          first.rows.map(({ labels }, at) => [labels[0]!.value, first.columns[0]![at]]),
        ),
      ).toEqual({ odd: 3, even: 2 });
      expect(none.rows).toEqual([]);
    },
    SLOW_MS,
  );

  it(
    'leaves out traces outside the time range',
    async () => {
      const { traces } = await querier.execute(
        searchJob(block, { start: 1003, end: 1004 }),
        SIGNAL,
      );
      expect(traces.map(({ traceID }) => traceID)).toEqual(['4', '3', '2']);
    },
    SLOW_MS,
  );

  it(
    'finds a trace in the blocks that have it, once',
    async () => {
      const { trace, inspectedBytes } = await find(querier, 3, [block, block]);
      const { resourceSpans } = fromBinary(tempopb.TraceSchema, trace!);
      expect(
        resourceSpans.flatMap(({ scopeSpans }) =>
          scopeSpans.flatMap(({ spans }) => spans.map(({ name }) => name)),
        ),
      ).toEqual(['odd']);
      expect(inspectedBytes).toBeGreaterThan(0);
      expect((await find(querier, 200, [block])).trace).toBeUndefined();
      expect((await find(querier, 3, [])).trace).toBeUndefined();
    },
    SLOW_MS,
  );

  it(
    'lists names and values of a block',
    async () => {
      const tags = create(tempopb.SearchTagsRequestSchema, { scope: 'resource' });
      const names = await querier.execute(
        { kind: 'tags-block', tenant: SINGLE_TENANT, block, tags },
        SIGNAL,
      );
      expect(names.scopes.map((scope) => [scope.name, scope.tags])).toEqual([
        ['resource', ['service.name']],
      ]);
      expect(names.metrics!.inspectedBytes).toBeGreaterThan(0n);
      const tagValues = create(tempopb.SearchTagValuesRequestSchema, {
        tagName: 'name',
        query: '{ resource.service.name = "s2" }',
      });
      const values = await querier.execute(
        { kind: 'tag-values-block', tenant: SINGLE_TENANT, block, tagValues },
        SIGNAL,
      );
      expect(values.tagValues.map(({ type, value }) => [type, value])).toEqual([
        ['string', 'even'],
      ]);
    },
    SLOW_MS,
  );

  it(
    'names a damaged block, counts it, and answers from others',
    async () => {
      await expect(querier.execute(searchJob(damaged, {}), SIGNAL)).rejects.toMatchObject({
        name: 'CorruptBlockError',
        message: expect.stringContaining(DAMAGED_ID) as unknown,
      });
      expect(
        await registry.value('tempo_querier_corrupt_blocks_total', { tenant: SINGLE_TENANT }),
      ).toBe(1);
      expect((await querier.execute(searchJob(block, {}), SIGNAL)).traces).toHaveLength(5);
    },
    SLOW_MS,
  );

  it(
    'tells a mistake in the query from a failure',
    async () => {
      await expect(
        querier.execute(searchJob(block, { Query: '{ name = }' }), SIGNAL),
      ).rejects.toMatchObject({ name: 'QueryError', code: 'invalid' });
      await expect(
        querier.execute(
          searchJob(block, {
            Query: '{ !name = 1 || 1 / (span.a + 0) = 1 || -span.b = 1 || 1 / 0 = 1 }',
          }),
          SIGNAL,
        ),
      ).rejects.toMatchObject({ name: 'QueryError' });
      expect(
        await registry.value('tempo_request_duration_seconds', { status_code: '400', le: '+Inf' }),
      ).toBeGreaterThanOrEqual(1);
    },
    SLOW_MS,
  );

  it('gives jobs on recent data to the ingester, and ends those that take too long', async () => {
    const asked: string[] = [];
    const recent: RecentTraces = {
      ...NO_RECENT,
      search: (request, signal) => {
        asked.push(request.search.Query);
        return new Promise((_resolve, reject) =>
          signal.addEventListener('abort', () => reject(signal.reason as Error)),
        );
      },
    };
    const { querier: own, clock } = makeQuerier(recent);
    const search = create(tempopb.SearchRequestSchema, { Query: '{ }' });
    const job = {
      kind: 'search-recent',
      tenant: SINGLE_TENANT,
      plannedBlocks: new Set<string>(),
      search,
    } as const;
    const slow = own.execute(job, SIGNAL);
    clock.advance(30_000);
    await expect(slow).rejects.toThrow('job exceeded querier.search.query_timeout 30s');
    expect(asked).toEqual(['{ }']);
  });

  it('says that it is not ready before it is started', async () => {
    const { querier: own } = makeQuerier();
    expect(own.notReadyReason?.()).toBe('Querier not ready: new');
    await own.start();
    expect(own.notReadyReason?.()).toBeUndefined();
    await own.stop();
    expect(own.notReadyReason?.()).toBe('Querier not ready: terminated');
  });
});
