import { describe, expect, it } from '@jest/globals';
import type { tempopb } from '@tempo-ts/contracts';
import { arbitraryTrace, traceBytes } from '@tempo-ts/otlp/testing';
import type { PartialSeries } from '@tempo-ts/ports';
import { assembleTraces, type SpanBatch } from '@tempo-ts/span-batch';
import { arrivalBatchOf, toPlain } from '@tempo-ts/span-batch/testing';
import { parseQuery, type Query } from '@tempo-ts/traceql';
import fc from 'fast-check';
import type { SpansetSource } from '../spanset-source.ts';
import {
  arbitraryMetricsQueryText,
  arraySource,
  pieceSource,
  referenceMetrics,
  type ReferenceGrid,
  type ReferenceSeries,
} from '../testing/index.ts';
import { PartialSum } from './combine-partials.ts';
import { executeMetrics } from './execute-metrics.ts';
import { planMetricsQuery } from './metrics-plan.ts';
import { SeriesCombiner } from './series-combiner.ts';

const RUNS = 2000;
const SIGNAL = new AbortController().signal;
const BASE_NANOS = 1_700_000_000_000_000_000n;

interface Data {
  readonly traces: readonly SpanBatch[];
  readonly all: SpanBatch;
  readonly [fc.toStringMethod]: () => string;
}

/** Each trace in a batch of its own, and all of them together. */
function arbitraryData(): fc.Arbitrary<Data> {
  const dedicated = [{ scope: 'span', name: 'a', type: 'string', options: [] }] as const;
  const list = fc.uniqueArray(arbitraryTrace({ maxSpans: 7, hasRareFields: false }), {
    minLength: 1,
    maxLength: 6,
    selector: (trace) => Buffer.from(traceIdOf(trace)).toString('hex'),
  });
  return fc.tuple(list, fc.boolean()).map(([messages, isDedicated]) => {
    const pieces = messages.map((trace) =>
      arrivalBatchOf(
        [{ traceId: traceIdOf(trace), bytes: traceBytes(trace) }],
        isDedicated ? dedicated : [],
      ),
    );
    const traces = pieces.map((batch) => assembleTraces([{ batch, rows: 'all' }]));
    const all = assembleTraces(pieces.map((batch) => ({ batch, rows: 'all' })));
    return { traces, all, [fc.toStringMethod]: () => fc.stringify(toPlain(all)) };
  });
}

function traceIdOf(trace: tempopb.Trace): Uint8Array {
  const spans = trace.resourceSpans.flatMap(({ scopeSpans }) =>
    scopeSpans.flatMap((scope) => scope.spans),
  );
  return spans[0]!.traceId;
}

/** A range in which most spans start. */
function arbitraryGrid(): fc.Arbitrary<ReferenceGrid> {
  return fc
    .record({
      offset: fc.bigInt({ min: -1_000_000_000n, max: 3_000_000_000n }),
      step: fc.constantFrom(1n, 333_333_333n, 1_000_000_000n, 2_500_000_000n, 60_000_000_000n),
      steps: fc.integer({ min: 1, max: 6 }),
    })
    .map(({ offset, step, steps }) => {
      const start = BASE_NANOS + offset;
      return { start, step, end: start + step * BigInt(steps) };
    });
}

interface QueryText {
  readonly query: Query;
  readonly [fc.toStringMethod]: () => string;
}

function arbitraryQuery(): fc.Arbitrary<QueryText> {
  return arbitraryMetricsQueryText()
    .map((text) => ({ query: tryParse(text), [fc.toStringMethod]: () => text }))
    .filter((entry): entry is QueryText => entry.query !== undefined);
}

function tryParse(text: string): Query | undefined {
  try {
    return parseQuery(text);
  } catch {
    return undefined;
  }
}

/** Time ranges of traces with clocks that run backwards are another matter. */
function timeless(source: SpansetSource): SpansetSource {
  return {
    fetch: ({ startUnixSeconds: _start, endUnixSeconds: _end, ...request }) =>
      source.fetch(request),
  };
}

type Outcome = Record<string, (number | undefined)[]> | 'failed';

async function outcome(run: () => ReferenceSeries | Promise<ReferenceSeries>): Promise<Outcome> {
  try {
    return Object.fromEntries([...(await run())].map(([key, list]) => [key, list.map(rounded)]));
  } catch (error) {
    if ((error as Error).name !== 'QueryError') throw error;
    return 'failed';
  }
}

/** Sums of floats depend on their order in the last digits. */
const rounded = (value: number | undefined) =>
  value === undefined || value === 0 ? value && 0 : Number(value.toPrecision(12));

const TYPE_NAMES: Readonly<Record<string, string>> = {
  string: 'string',
  number: 'float',
  bigint: 'int',
  boolean: 'bool',
};

const options = (grid: ReferenceGrid) => ({ ...grid, exemplars: 100, maxSeries: 0 });

function execute(query: Query, grid: ReferenceGrid, source: SpansetSource): Promise<PartialSeries> {
  return executeMetrics(planMetricsQuery(query, options(grid)), timeless(source), SIGNAL);
}

function finish(
  query: Query,
  grid: ReferenceGrid,
  partials: readonly PartialSeries[],
): ReferenceSeries {
  const combiner = new SeriesCombiner(query, options(grid));
  for (const partial of partials) combiner.add(partial);
  return new Map(
    combiner
      .finish()
      .series.map(({ labels, values }) => [
        labels.map(({ name, value }) => `${name}=${TYPE_NAMES[typeof value]}:${value}`).join(' ; '),
        Array.from(values, (value) => (Number.isNaN(value) ? undefined : value)),
      ]),
  );
}

describe('metrics engine and oracle', () => {
  it('compute the same series', async () => {
    await fc.assert(
      fc.asyncProperty(
        arbitraryData(),
        arbitraryQuery(),
        arbitraryGrid(),
        async ({ all }, { query }, grid) => {
          const wanted = await outcome(() => referenceMetrics(toPlain(all), query, grid));
          const found = await outcome(async () =>
            finish(query, grid, [await execute(query, grid, arraySource([all]))]),
          );
          expect(found).toEqual(wanted);
        },
      ),
      { numRuns: RUNS },
    );
  }, 180_000);

  it('compute the same when only traces with a candidate piece are put together', async () => {
    await fc.assert(
      fc.asyncProperty(
        arbitraryData(),
        arbitraryQuery(),
        arbitraryGrid(),
        async ({ traces, all }, { query }, grid) => {
          const wanted = await outcome(() => referenceMetrics(toPlain(all), query, grid));
          const found = await outcome(async () =>
            finish(query, grid, [await execute(query, grid, pieceSource(traces))]),
          );
          expect(found).toEqual(wanted);
        },
      ),
      { numRuns: RUNS / 4 },
    );
  }, 180_000);
});

describe('series of parts', () => {
  it('are together those of the whole, however traces are spread over jobs', async () => {
    await fc.assert(
      fc.asyncProperty(
        arbitraryData(),
        arbitraryQuery(),
        arbitraryGrid(),
        fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 6, maxLength: 6 }),
        fc.boolean(),
        async ({ traces, all }, { query }, grid, jobOf, isNested) => {
          const whole = await outcome(async () =>
            finish(query, grid, [await execute(query, grid, arraySource([all]))]),
          );
          const split = await outcome(async () => {
            const jobs = await Promise.all(
              [0, 1, 2, 3].map((job) => {
                const own = traces.filter((_, i) => jobOf[i] === job);
                return execute(query, grid, arraySource(own));
              }),
            );
            if (!isNested) return finish(query, grid, jobs);
            const inner = new PartialSum(planMetricsQuery(query, options(grid)));
            for (const job of jobs.slice(0, 3)) inner.add(job);
            return finish(query, grid, [jobs[3]!, inner.finish()]);
          });
          expect(split).toEqual(whole);
        },
      ),
      { numRuns: RUNS / 4 },
    );
  }, 180_000);

  it('are those of the whole range where the range is split at a step', async () => {
    await fc.assert(
      fc.asyncProperty(
        arbitraryData(),
        arbitraryQuery().filter(({ query }) => query.metrics?.kind !== 'metrics-compare'),
        arbitraryGrid().filter(({ start, end, step }) => end - start > step),
        fc.integer({ min: 1, max: 5 }),
        async ({ all }, { query }, grid, at) => {
          const middle = grid.start + grid.step * BigInt(at);
          fc.pre(middle < grid.end);
          const over = (part: ReferenceGrid) =>
            outcome(async () =>
              finish({ ...query, secondStages: [] }, part, [
                await execute(query, part, arraySource([all])),
              ]),
            );
          const whole = await over(grid);
          const first = await over({ ...grid, end: middle });
          const second = await over({ ...grid, start: middle });
          if (whole === 'failed' || first === 'failed' || second === 'failed') {
            expect([first, second]).toEqual([whole, whole]);
            return;
          }
          for (const [key, values] of Object.entries(whole))
            for (const [i, value] of values.entries()) {
              const part = i < at ? first[key]?.[i] : second[key]?.[i - at];
              // A series that is empty in one part has no samples there.
              expect(part ?? 0).toBe(value ?? 0);
            }
          expect(Object.keys(whole).toSorted()).toEqual(
            [...new Set([...Object.keys(first), ...Object.keys(second)])].toSorted(),
          );
        },
      ),
      { numRuns: RUNS / 4 },
    );
  }, 180_000);
});
