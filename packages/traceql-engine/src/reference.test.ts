import { describe, expect, it } from '@jest/globals';
import type { tempopb } from '@tempo-ts/contracts';
import { arbitraryTrace, traceBytes } from '@tempo-ts/otlp/testing';
import { assembleTraces, type SpanBatch } from '@tempo-ts/span-batch';
import { arrivalBatchOf, toPlain } from '@tempo-ts/span-batch/testing';
import { parseQuery, type Query } from '@tempo-ts/traceql';
import fc from 'fast-check';
import { executeSearch } from './execute-search.ts';
import { planSearch } from './plan-search.ts';
import type { SpansetSource } from './spanset-source.ts';
import {
  arbitraryQueryText,
  arraySource,
  pieceSource,
  plainReference,
  plainResponse,
  referenceSearch,
  type PlainResult,
} from './testing/index.ts';

const RUNS = 2000;
const SIGNAL = new AbortController().signal;

/** Two arrival-order batches with pieces of a few traces; ids recur. */
interface Data {
  readonly pieces: readonly SpanBatch[];
  readonly assembled: SpanBatch;
  readonly [fc.toStringMethod]: () => string;
}

function arbitraryData(): fc.Arbitrary<Data> {
  const dedicated = [{ scope: 'span', name: 'a', type: 'string', options: [] }] as const;
  const traces = fc.array(arbitraryTrace({ maxSpans: 7, hasRareFields: false }), {
    minLength: 1,
    maxLength: 6,
  });
  return fc.tuple(traces, fc.boolean()).map(([list, isDedicated]) => {
    const bytes = list.map((trace) => ({ traceId: traceIdOf(trace), bytes: traceBytes(trace) }));
    const pieces = [bytes.slice(0, 3), bytes.slice(3)]
      .filter((part) => part.length > 0)
      .map((part) => arrivalBatchOf(part, isDedicated ? dedicated : []));
    const assembled = assembleTraces(pieces.map((batch) => ({ batch, rows: 'all' })));
    return { pieces, assembled, [fc.toStringMethod]: () => fc.stringify(toPlain(assembled)) };
  });
}

function traceIdOf(trace: tempopb.Trace): Uint8Array {
  const spans = trace.resourceSpans.flatMap(({ scopeSpans }) =>
    scopeSpans.flatMap((scope) => scope.spans),
  );
  return spans[0]!.traceId;
}

interface QueryText {
  readonly query: Query;
  readonly [fc.toStringMethod]: () => string;
}

function arbitraryQuery(): fc.Arbitrary<QueryText> {
  return arbitraryQueryText()
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

type Outcome = readonly PlainResult[] | 'failed';

async function outcome(run: () => Promise<PlainResult[]> | PlainResult[]): Promise<Outcome> {
  try {
    return await run();
  } catch (error) {
    if ((error as Error).name !== 'QueryError') throw error;
    return 'failed';
  }
}

async function search(query: Query, source: SpansetSource, limit: number): Promise<PlainResult[]> {
  const plan = planSearch(query, { limit, spansPerSpanSet: 0 });
  return plainResponse(await executeSearch(plan, source, SIGNAL));
}

describe('engine and oracle', () => {
  it('find the same spans and show the same of them', async () => {
    await fc.assert(
      fc.asyncProperty(
        arbitraryData(),
        arbitraryQuery(),
        fc.integer({ min: 1, max: 5 }),
        async ({ assembled }, { query }, limit) => {
          const wanted = await outcome(() =>
            plainReference(referenceSearch(toPlain(assembled), query, limit)),
          );
          const found = await outcome(() => search(query, arraySource([assembled]), limit));
          expect(found).toEqual(wanted);
        },
      ),
      { numRuns: RUNS },
    );
  }, 120_000);

  it('find the same when only traces with a candidate piece are put together', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryData(), arbitraryQuery(), async ({ pieces }, { query }) => {
        const all = pieceSource(pieces, { isEveryTraceWanted: true });
        const wanted = await outcome(() => search(query, all, 10));
        const found = await outcome(() => search(query, pieceSource(pieces), 10));
        expect(found).toEqual(wanted);
      }),
      { numRuns: RUNS / 4 },
    );
  }, 120_000);
});
