import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from '@jest/globals';
import { tempopb } from '@tempo-ts/contracts';
import { SINGLE_TENANT, type TenantId } from '@tempo-ts/ports';
import fc from 'fast-check';
import { testBlock, testWorld } from '../testing/query-world.ts';
import { cutRowGroups, planSearch } from './search-sharder.ts';
import { planTags, planTagValues } from './tag-sharder.ts';
import { planTraceById } from './trace-by-id-sharder.ts';

const blocks = [
  testBlock('a', { endUnixMs: 10_000 }),
  testBlock('b', { endUnixMs: 30_000, rowGroupCount: 4, sizeBytes: 400 }),
  testBlock('c', { endUnixMs: 20_000 }),
  testBlock('d', { endUnixMs: 90_000 }),
  testBlock('e', { endUnixMs: 25_000, tenant: 'other' as TenantId }),
];
const { catalog } = testWorld({ blocks, execute: () => undefined }).services;

describe('cutRowGroups', () => {
  it('every row group is in exactly one job, in order', () =>
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 50 }),
        fc.integer({ min: 0, max: 10_000 }),
        fc.integer({ min: 1, max: 3000 }),
        (rowGroupCount, sizeBytes, targetBytes) => {
          const block = testBlock('x', { endUnixMs: 1, rowGroupCount, sizeBytes });
          const cut = cutRowGroups(block, targetBytes);
          const covered = cut.flatMap(({ first, count }) =>
            Array.from({ length: count }, (_, at) => first + at),
          );
          expect(covered).toEqual([...Array(Math.max(1, rowGroupCount)).keys()]);
        },
      ),
    ));
});

describe('planSearch', () => {
  const search = create(tempopb.SearchRequestSchema, { start: 15, end: 40 });

  it('reads recent data first, then blocks of the range by their end, large ones in parts', () => {
    const plan = planSearch(search, [SINGLE_TENANT], { catalog, targetBytesPerJob: 200 });
    expect(
      plan.jobs.map((job) =>
        job.kind === 'search-block' ? [job.block.blockId, job.rowGroups] : job.kind,
      ),
    ).toEqual([
      'search-recent',
      ['b', { first: 0, count: 2 }],
      ['b', { first: 2, count: 2 }],
      ['c', { first: 0, count: 1 }],
    ]);
    expect(plan.newestUnixMs).toEqual([Infinity, 31_000, 31_000, 21_000]);
    expect([plan.totalBlocks, plan.totalBlockBytes]).toEqual([2, 1400]);
  });

  it('recent data leaves out the blocks that are read, and no others', () => {
    const [recent] = planSearch(search, [SINGLE_TENANT], { catalog, targetBytesPerJob: 1 }).jobs;
    expect(recent).toMatchObject({ kind: 'search-recent', plannedBlocks: new Set(['b', 'c']) });
  });

  it('several tenants: each its own recent data and blocks, in one order of time', () => {
    const tenants = ['other' as TenantId, SINGLE_TENANT];
    const plan = planSearch(search, tenants, { catalog, targetBytesPerJob: 1000 });
    expect(
      plan.jobs.map((job) => (job.kind === 'search-block' ? job.block.blockId : job.tenant)),
    ).toEqual(['other', 'single-tenant', 'b', 'e', 'c']);
  });
});

describe('planTraceById', () => {
  const request = {
    traceId: new Uint8Array(16),
    range: { start: 0, end: 0 },
    mode: 'all',
    blockStart: '0',
    blockEnd: 'z',
  } as const;
  const plan = (changes: object, maxJobs = 50) =>
    planTraceById({ ...request, ...changes }, [SINGLE_TENANT], { catalog, maxJobs }).map((job) =>
      job.kind === 'find-recent-trace'
        ? [...job.plannedBlocks].toSorted()
        : job.blocks.map(({ blockId }) => blockId),
    );

  it('asks recent data and each block', () =>
    expect(plan({})).toEqual([['a', 'b', 'c', 'd'], ['d'], ['b'], ['c'], ['a']]));
  it('groups blocks when there are more than jobs', () =>
    expect(plan({}, 3)).toEqual([
      ['a', 'b', 'c', 'd'],
      ['d', 'b'],
      ['c', 'a'],
    ]));
  it('heeds the range and the bounds of ids', () => {
    expect(plan({ range: { start: 15, end: 40 } })).toEqual([['b', 'c'], ['b'], ['c']]);
    expect(plan({ blockStart: 'b', blockEnd: 'c' })).toEqual([['b', 'c'], ['b'], ['c']]);
  });
  it('heeds the mode', () => {
    expect(plan({ mode: 'ingesters' })).toEqual([[]]);
    expect(plan({ mode: 'blocks' })).toEqual([['d'], ['b'], ['c'], ['a']]);
    expect(plan({ mode: 'external' })).toEqual([]);
  });
});

describe('tags', () => {
  it('are collected from recent data and every block of the range', () => {
    const tags = create(tempopb.SearchTagsRequestSchema, { start: 15, end: 40 });
    const plan = planTags(tags, [SINGLE_TENANT], catalog);
    expect(plan.jobs.map(({ kind }) => kind)).toEqual(['tags-recent', 'tags-block', 'tags-block']);
    expect(plan.jobs[0]).toMatchObject({ plannedBlocks: new Set(['b', 'c']) });
  });

  it('values: of a limited number of blocks the latest ones', () => {
    const request = create(tempopb.SearchTagValuesRequestSchema, { tagName: '.a' });
    const plan = planTagValues(request, [SINGLE_TENANT], catalog, () => 1);
    expect(plan.jobs).toMatchObject([
      { kind: 'tag-values-recent', plannedBlocks: new Set(['d']) },
      { kind: 'tag-values-block', block: { blockId: 'd' } },
    ]);
  });
});
