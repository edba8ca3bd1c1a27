import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { describe, expect, it } from '@jest/globals';
import { tempopb } from '@tempo-ts/contracts';
import { SINGLE_TENANT } from '@tempo-ts/ports';
import fc from 'fast-check';
import type { SearchPlan } from '../sharders/search-sharder.ts';
import { BoundedTextSet } from './bounded-text-set.ts';
import { SearchCombiner } from './search-combiner.ts';
import { TagValuesCombiner } from './tag-values-combiner.ts';
import { TagsCombiner } from './tags-combiner.ts';
import { combineFoundTraces, truncateTrace } from './trace-by-id-combiner.ts';

function planOf(newestUnixMs: readonly number[]): SearchPlan {
  const search = create(tempopb.SearchRequestSchema);
  const plannedBlocks = new Set<string>();
  const jobs = newestUnixMs.map(
    () => ({ kind: 'search-recent', tenant: SINGLE_TENANT, search, plannedBlocks }) as const,
  );
  return { jobs, newestUnixMs, totalBlocks: 3, totalBlockBytes: 99 };
}

function responseOf(traces: readonly (readonly [id: string, startMs: number])[]) {
  return create(tempopb.SearchResponseSchema, {
    traces: traces.map(([traceID, startMs]) => ({
      traceID,
      startTimeUnixNano: BigInt(startMs) * 1_000_000n,
    })),
    metrics: { inspectedBytes: 10n, inspectedTraces: 2, inspectedSpans: 3n },
  });
}

const idsOf = ({ traces }: tempopb.SearchResponse) => traces.map(({ traceID }) => traceID);

/** Jobs by time; each finds traces that are not newer than it promised. */
const arbitraryJobs = fc
  .array(
    fc.record({
      newestUnixMs: fc.integer({ min: 1, max: 50 }),
      traces: fc.array(
        fc.record({
          id: fc.integer({ min: 1, max: 10_000 }),
          age: fc.integer({ min: 0, max: 30 }),
        }),
        { maxLength: 6 },
      ),
    }),
    { minLength: 1, maxLength: 8 },
  )
  .map((jobs) =>
    jobs
      .toSorted((a, b) => b.newestUnixMs - a.newestUnixMs)
      .map(({ newestUnixMs, traces }, job) => ({
        newestUnixMs,
        // No trace is in two jobs.
        response: responseOf(
          traces.map(({ id, age }) => [(id * 10 + job).toString(16), newestUnixMs - age + 100]),
        ),
      }))
      .map((job) => ({ ...job, newestUnixMs: job.newestUnixMs + 100 })),
  );

describe('SearchCombiner', () => {
  it('the newest traces first, equal times by id; costs are added up', () => {
    const combiner = new SearchCombiner(planOf([Infinity, 10]), { limit: 3 });
    combiner.add(
      responseOf([
        ['b', 5],
        ['10', 7],
        ['a', 5],
      ]),
      0,
    );
    combiner.add(responseOf([['c', 9]]), 1);
    expect(idsOf(combiner.result())).toEqual(['c', '10', 'a']);
    expect(combiner.result().metrics).toMatchObject({
      inspectedTraces: 4,
      inspectedBytes: 20n,
      inspectedSpans: 6n,
      totalBlocks: 3,
      totalBlockBytes: 99n,
      totalJobs: 2,
      completedJobs: 2,
    });
  });

  it('the order in which answers arrive changes nothing', () =>
    fc.assert(
      fc.property(
        arbitraryJobs.chain((jobs) =>
          fc.tuple(
            fc.constant(jobs),
            fc.shuffledSubarray([...jobs.keys()], { minLength: jobs.length }),
            fc.integer({ min: 1, max: 6 }),
          ),
        ),
        ([jobs, arrival, limit]) => {
          const answer = (order: readonly number[]) => {
            const combiner = new SearchCombiner(planOf(jobs.map((job) => job.newestUnixMs)), {
              limit,
            });
            for (const index of order) if (combiner.add(jobs[index]!.response, index)) break;
            return combiner.result().traces;
          };
          expect(answer(arrival)).toEqual(answer([...jobs.keys()]));
        },
      ),
    ));

  it('stopping early changes nothing', () =>
    fc.assert(
      fc.property(arbitraryJobs, fc.integer({ min: 1, max: 6 }), (jobs, limit) => {
        const plan = planOf(jobs.map((job) => job.newestUnixMs));
        const [stopped, complete] = [true, false].map((stops) => {
          const combiner = new SearchCombiner(plan, { limit });
          for (const [index, { response }] of jobs.entries())
            if (combiner.add(response, index) && stops) break;
          return combiner.result().traces;
        });
        expect(stopped).toEqual(complete);
      }),
    ));

  it('stops as soon as no job that is out can find something newer', () => {
    const combiner = new SearchCombiner(planOf([Infinity, 100, 50]), { limit: 1 });
    expect(combiner.add(responseOf([['a', 90]]), 0)).toBe(false);
    expect(combiner.add(responseOf([['b', 95]]), 1)).toBe(true);
  });

  it('what is settled stays: nothing found later comes before it', () =>
    fc.assert(
      fc.property(arbitraryJobs, fc.integer({ min: 1, max: 6 }), (jobs, limit) => {
        const combiner = new SearchCombiner(planOf(jobs.map((job) => job.newestUnixMs)), { limit });
        const settled: string[][] = [];
        for (const [index, { response }] of jobs.entries()) {
          combiner.add(response, index);
          settled.push(idsOf(combiner.settled()));
        }
        const result = idsOf(combiner.result());
        for (const ids of settled) expect(result.slice(0, ids.length)).toEqual(ids);
        expect(settled.at(-1)).toEqual(result);
      }),
    ));
});

describe('BoundedTextSet', () => {
  it('keeps the first texts that fit, whatever the order', () =>
    fc.assert(
      fc.property(
        fc.array(fc.string({ maxLength: 4 }), { maxLength: 60 }),
        fc.integer({ min: 0, max: 20 }),
        fc.integer({ min: 0, max: 10 }),
        (texts, maxBytes, maxCount) => {
          const kept = (order: readonly string[]) => {
            const set = new BoundedTextSet({ maxBytes, maxCount });
            for (const text of order) set.add(text);
            return set.sorted();
          };
          expect(kept(texts)).toEqual(kept(texts.toSorted()));
          if (maxCount > 0) expect(kept(texts).length).toBeLessThanOrEqual(maxCount);
          if (maxBytes > 0)
            expect(Buffer.byteLength(kept(texts).join(''))).toBeLessThanOrEqual(maxBytes);
        },
      ),
    ));

  it('without limits keeps everything', () => {
    const set = new BoundedTextSet({ maxBytes: 0, maxCount: 0 });
    for (const text of ['b', 'a', 'b']) set.add(text);
    expect(set.sorted()).toEqual(['a', 'b']);
  });
});

describe('tags', () => {
  const plan = { jobs: [], totalBlocks: 0, totalBlockBytes: 0 };
  const unlimited = { maxBytes: 0, maxCount: 0 };

  it('names: distinct and sorted, by scope, scopes without names left out', () => {
    const combiner = new TagsCombiner(plan, unlimited);
    const add = (name: string, tags: string[]) =>
      combiner.add(create(tempopb.SearchTagsV2ResponseSchema, { scopes: [{ name, tags }] }));
    add('span', ['b', 'a']);
    add('resource', ['c']);
    add('span', ['a', 'd']);
    add('event', []);
    expect(combiner.result().scopes).toMatchObject([
      { name: 'resource', tags: ['c'] },
      { name: 'span', tags: ['a', 'b', 'd'] },
    ]);
  });

  it('values: distinct by type and value', () => {
    const combiner = new TagValuesCombiner(plan, unlimited);
    const values = [
      { type: 'string', value: '1:x' },
      { type: 'int', value: '1' },
      { type: 'string', value: '' },
    ];
    for (let times = 0; times < 2; times += 1)
      combiner.add(
        create(tempopb.SearchTagValuesV2ResponseSchema, {
          tagValues: values,
          metrics: { inspectedBytes: 5n },
        }),
      );
    expect(combiner.result()).toMatchObject({
      tagValues: [values[1], values[2], values[0]],
      metrics: { inspectedBytes: 10n, completedJobs: 2 },
    });
  });
});

const traceOf = (names: readonly string[]) =>
  toBinary(
    tempopb.TraceSchema,
    create(tempopb.TraceSchema, {
      resourceSpans: [
        {
          scopeSpans: [
            {
              spans: names.map((name, at) => ({
                name,
                spanId: Uint8Array.of(0, 0, 0, 0, 0, 0, name.charCodeAt(0), at + 1),
              })),
            },
          ],
        },
      ],
    }),
  );
const namesOf = (trace: Uint8Array) =>
  fromBinary(tempopb.TraceSchema, trace).resourceSpans.flatMap(({ scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) => spans.map(({ name }) => name)),
  );

describe('traces', () => {
  it('nothing found is no trace', () => {
    expect(combineFoundTraces([undefined, new Uint8Array(0)])).toBeUndefined();
  });

  it('parts are joined, spans found twice are kept once', () => {
    const joined = combineFoundTraces([traceOf(['a']), undefined, traceOf(['a', 'b'])])!;
    expect(namesOf(joined).toSorted()).toEqual(['a', 'b']);
  });

  it('a trace over the limit keeps its first spans and fits', () => {
    const trace = traceOf(Array.from({ length: 100 }, () => 'x'.repeat(20)));
    const cut = truncateTrace(trace, 1000);
    expect(cut.length).toBeLessThanOrEqual(1000);
    expect(namesOf(cut).length).toBeGreaterThan(20);
  });
});
