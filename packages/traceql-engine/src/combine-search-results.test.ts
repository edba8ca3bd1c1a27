import { describe, expect, it } from '@jest/globals';
import { create, equals } from '@bufbuild/protobuf';
import { tempopb } from '@tempo-ts/contracts';
import fc from 'fast-check';
import { keyValue } from './any-value.ts';
import { combineSearchResponses } from './combine-search-results.ts';
import { ROOT_SPAN_NOT_YET_RECEIVED } from './search-result.ts';

const spanSet = fc
  .record({
    matched: fc.integer({ min: 1, max: 3 }),
    groups: fc.array(fc.constantFrom('ok', 'error'), { maxLength: 1 }),
    count: fc.integer({ min: 1, max: 3 }),
    ids: fc.array(fc.constantFrom('a1', 'a2'), { maxLength: 2 }),
  })
  .map(({ matched, groups, count, ids }) =>
    create(tempopb.SpanSetSchema, {
      matched,
      attributes: [
        ...groups.map((value) => keyValue('by(status)', { type: 'string', value })),
        keyValue('count()', { type: 'int', value: BigInt(count) }),
      ],
      spans: ids.map((spanID) => ({ spanID })),
    }),
  );

/** What one place may say of a trace. */
const trace = fc
  .record({
    traceID: fc.constantFrom('1', '2', 'a0', 'ff'),
    rootServiceName: fc.constantFrom(ROOT_SPAN_NOT_YET_RECEIVED, 'shop', 'pay'),
    rootTraceName: fc.constantFrom('', 'GET /'),
    startTimeUnixNano: fc.bigInt({ min: 0n, max: 3n }),
    durationMs: fc.integer({ min: 0, max: 3 }),
    sets: fc.array(spanSet, { maxLength: 2 }),
    spanCount: fc.integer({ min: 0, max: 3 }),
  })
  .map(({ sets, spanCount, ...fields }) =>
    create(tempopb.TraceSearchMetadataSchema, {
      ...fields,
      spanSets: sets,
      serviceStats: { shop: { spanCount, errorCount: 0 } },
    }),
  );

const response = fc
  .uniqueArray(trace, { maxLength: 3, selector: ({ traceID }) => traceID })
  .map((traces) =>
    // As every part comes from the engine, it is itself an answer in order.
    combineSearchResponses([
      create(tempopb.SearchResponseSchema, {
        traces,
        metrics: { inspectedTraces: traces.length, inspectedSpans: 7n },
      }),
    ]),
  );

const same = (left: tempopb.SearchResponse, right: tempopb.SearchResponse) =>
  equals(tempopb.SearchResponseSchema, left, right);

/** What one place says of the trace 1. */
function part(fields: object): tempopb.SearchResponse {
  return create(tempopb.SearchResponseSchema, { traces: [{ traceID: '1', ...fields }] });
}

describe('combineSearchResponses', () => {
  it('gives one answer in whatever order and grouping the parts come', () => {
    fc.assert(
      fc.property(response, response, response, (a, b, c) => {
        const all = combineSearchResponses([a, b, c]);
        expect(same(combineSearchResponses([c, a, b]), all)).toBe(true);
        expect(same(combineSearchResponses([combineSearchResponses([a, b]), c]), all)).toBe(true);
        expect(same(combineSearchResponses([a, combineSearchResponses([b, c])]), all)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  }, 30_000);

  it('orders by start, newest first, then by id, and keeps the newest', () => {
    const traces = [
      { traceID: 'a', startTimeUnixNano: 5n },
      { traceID: 'b0', startTimeUnixNano: 9n },
      { traceID: 'c', startTimeUnixNano: 9n },
    ];
    const combined = combineSearchResponses([create(tempopb.SearchResponseSchema, { traces })]);
    expect(combined.traces.map(({ traceID }) => traceID)).toEqual(['c', 'b0', 'a']);
    const cut = combineSearchResponses([combined], { limit: 2 });
    expect(cut.traces.map(({ traceID }) => traceID)).toEqual(['c', 'b0']);
  });

  it('keeps, of two parts of a trace, root, earliest start, longest duration and the larger set', () => {
    const { traces } = combineSearchResponses([
      part({
        rootServiceName: ROOT_SPAN_NOT_YET_RECEIVED,
        startTimeUnixNano: 4n,
        durationMs: 8,
        spanSets: [{ matched: 1 }],
      }),
      part({
        rootServiceName: 'shop',
        rootTraceName: 'GET /',
        startTimeUnixNano: 3n,
        durationMs: 2,
        spanSets: [{ matched: 2 }],
      }),
    ]);
    expect(traces).toHaveLength(1);
    expect(traces[0]).toMatchObject({
      rootServiceName: 'shop',
      rootTraceName: 'GET /',
      startTimeUnixNano: 3n,
      durationMs: 8,
      spanSet: { matched: 2 },
    });
    expect(traces[0]!.spanSets.map(({ matched }) => matched)).toEqual([2]);
  });
});
