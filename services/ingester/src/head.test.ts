import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { tempopb, trace as otlp } from '@tempo-ts/contracts';
import { HeadSet } from './head-set.ts';
import { encodePushRecord, forEachPiece } from './push-record.ts';
import { blockBatches } from './block-batches.ts';
import type { TenantId } from '@tempo-ts/ports';
import type { HeadCalls } from './head-calls.ts';
import { pieceOf, spanIdOf, traceIdOf } from './testing/trace-pieces.ts';

const TENANT = 'tenant' as TenantId;
const SIGNAL = new AbortController().signal;

function headSet(options: { chunkSpans?: number; searchBatchSpans?: number } = {}) {
  const heads = new HeadSet({
    chunkSpans: options.chunkSpans ?? 4,
    searchBatchSpans: options.searchBatchSpans ?? 3,
    seed: 1,
    pause: () => Promise.resolve(),
  });
  const handlers = heads.handlers();
  const open = (headId: number) => heads.open({ tenant: TENANT, headId, dedicatedColumns: [] });
  const push = (headId: number, ...spans: [trace: number, span: number][]) =>
    heads.append(
      headId,
      encodePushRecord(spans.map(([trace, span]) => pieceOf(trace, [span]))),
      false,
    );
  const call = async <M extends keyof HeadCalls>(method: M, request: HeadCalls[M]['request']) =>
    (await handlers[method](request, SIGNAL)).value;
  const spansOf = async (trace: number) => {
    const found = await call('find', { tenant: TENANT, traceId: traceIdOf(trace) });
    return found.trace ? spanNumbers(found.trace) : [];
  };
  const search = async (query: string, range: { start?: number; end?: number } = {}) => {
    const request = create(tempopb.SearchRequestSchema, {
      Query: query,
      Limit: 1_000,
      SpansPerSpanSet: 100,
      ...range,
    });
    const bytes = toBinary(tempopb.SearchRequestSchema, request);
    const answer = await call('search', { tenant: TENANT, request: bytes });
    return fromBinary(tempopb.SearchResponseSchema, answer);
  };
  return { heads, open, push, call, spansOf, search };
}

/** The numbers of a trace's spans, ascending. */
function spanNumbers(trace: Uint8Array): number[] {
  return fromBinary(otlp.TracesDataSchema, trace)
    .resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans))
    .map(({ spanId }) => spanId[7]!)
    .toSorted((a, b) => a - b);
}

/** Matches per trace, by the last byte of the id. */
function matchesOf(response: tempopb.SearchResponse): Record<number, number> {
  return Object.fromEntries(
    response.traces.map((trace) => [
      Number.parseInt(trace.traceID.slice(-2), 16),
      trace.spanSets[0]?.matched ?? 0,
    ]),
  );
}

describe('HeadSet', () => {
  it('finds a trace by id as soon as it is appended, over chunks', async () => {
    const { open, push, spansOf } = headSet({ chunkSpans: 2 });
    open(1);
    push(1, [1, 1], [2, 2]);
    push(1, [1, 3]);
    push(1, [1, 4], [1, 5], [2, 6]);
    expect(await spansOf(1)).toEqual([1, 3, 4, 5]);
    expect(await spansOf(2)).toEqual([2, 6]);
    expect(await spansOf(3)).toEqual([]);
  });

  it('search puts together the pieces of each trace and counts a span once', async () => {
    const { open, push, search } = headSet({ chunkSpans: 2 });
    open(1);
    push(1, [1, 1], [2, 2]);
    push(1, [1, 3], [1, 1]);
    push(1, [1, 4]);
    expect(matchesOf(await search('{ }'))).toEqual({ 1: 3, 2: 1 });
    expect(matchesOf(await search('{ name = "span 3" } && { name = "span 4" }'))).toEqual({ 1: 2 });
    expect(matchesOf(await search('{ name = "span 9" }'))).toEqual({});
  });

  it('search leaves out traces outside of the time range', async () => {
    const { open, push, search } = headSet();
    open(1);
    // Span n runs from second n to second n + 1.
    push(1, [1, 10], [2, 20], [3, 30]);
    push(1, [1, 40]);
    const at = async (start: number, end: number) =>
      Object.keys(matchesOf(await search('{ }', { start, end })))
        .map(Number)
        .toSorted((a, b) => a - b);
    expect(await at(1, 9)).toEqual([]);
    expect(await at(1, 10)).toEqual([1]);
    expect(await at(15, 20)).toEqual([1, 2]);
    expect(await at(21, 21)).toEqual([1, 2]);
    expect(await at(22, 29)).toEqual([1]);
    expect(await at(42, 50)).toEqual([]);
  });

  it('a cut carries the rows of live traces on, and every span stays found exactly once', async () => {
    const history = fc.record({
      before: fc.array(fc.tuple(fc.nat(5), fc.nat(20)), { maxLength: 25 }),
      live: fc.subarray([0, 1, 2, 3, 4, 5]),
      after: fc.array(fc.tuple(fc.nat(5), fc.nat(20)), { maxLength: 15 }),
    });
    await fc.assert(
      fc.asyncProperty(history, async ({ before, live, after }) => {
        const { open, push, call, spansOf, heads, search } = headSet();
        open(1);
        for (const span of before) push(1, span);
        open(2);
        const liveIds = Buffer.concat(live.map(traceIdOf));
        const cutting = call('cut', { headId: 1, nextHeadId: 2, liveIds });
        for (const span of after) push(2, span);
        const expected = new Map<number, Set<number>>();
        for (const [trace, span] of [...before, ...after])
          expected.set(trace, (expected.get(trace) ?? new Set()).add(span));
        const check = async () => {
          const counts = matchesOf(await search('{ }'));
          for (let trace = 0; trace <= 5; trace += 1) {
            const spans = [...(expected.get(trace) ?? [])].toSorted((a, b) => a - b);
            expect(await spansOf(trace)).toEqual(spans);
            expect(counts[trace] ?? 0).toBe(spans.length);
          }
        };
        await check();
        const carried = await cutting;
        await check();

        // The log gets exactly the rows of live traces.
        const carriedSpans = new Map<number, number[]>();
        for (const payload of carried)
          forEachPiece(payload, (piece, bytes) => {
            carriedSpans.set(piece.traceId[15]!, spanNumbers(bytes));
          });
        const expectedCarried = new Map<number, number[]>();
        for (const trace of live) {
          const spans = new Set(before.filter(([t]) => t === trace).map(([, span]) => span));
          if (spans.size > 0)
            expectedCarried.set(
              trace,
              [...spans].toSorted((a, b) => a - b),
            );
        }
        expect([...carriedSpans].toSorted(byFirst)).toEqual([...expectedCarried].toSorted(byFirst));

        // The block gets the others, each trace once and in ascending order.
        const content = await call('content', { headId: 1 });
        const inBlock: number[] = [];
        for (const batch of blockBatches(content, 4))
          for (let row = 0; row < batch.traces.count; row += 1)
            inBlock.push(batch.traces.ids[row * 16 + 15]!);
        const dead = new Set(before.map(([t]) => t).filter((t) => !live.includes(t)));
        expect(inBlock).toEqual([...dead].toSorted((a, b) => a - b));

        // Released, only what went on or came later is here.
        heads.release(1);
        for (let trace = 0; trace <= 5; trace += 1) {
          const rest = live.includes(trace) ? [...before, ...after] : after;
          const spans = new Set(rest.filter(([t]) => t === trace).map(([, span]) => span));
          expect(await spansOf(trace)).toEqual([...spans].toSorted((a, b) => a - b));
        }
      }),
      { numRuns: 60 },
    );
  });

  it('rows are carried on once only', async () => {
    const { open, push, call } = headSet();
    open(1);
    push(1, [1, 1]);
    open(2);
    await call('cut', { headId: 1, nextHeadId: 2, liveIds: traceIdOf(1) });
    push(2, [1, 2], [2, 3]);
    open(3);
    const liveIds = Buffer.concat([traceIdOf(1), traceIdOf(2)]);
    const carried = await call('cut', { headId: 2, nextHeadId: 3, liveIds });
    const ids: number[] = [];
    for (const payload of carried) forEachPiece(payload, (piece) => ids.push(piece.traceId[15]!));
    expect(ids).toEqual([2]);
  });

  it('pieces that cannot be read are counted and harm no other', async () => {
    const { open, heads, spansOf } = headSet();
    open(1);
    const broken = { ...pieceOf(1, [1]), slices: [Uint8Array.of(0x0a, 0xff)], byteLength: 2 };
    const payload = encodePushRecord([broken, pieceOf(2, [2])]);
    expect(heads.append(1, payload, false)).toMatchObject({ unreadablePieces: 1 });
    expect(await spansOf(2)).toEqual([2]);
  });

  it('I8: what a head takes is what its columns take, however few bytes its spans had', () => {
    const { heads, open } = headSet();
    open(1);
    const links = Array.from({ length: 50_000 }, () => ({}));
    const resourceSpans = [{ scopeSpans: [{ spans: [{ spanId: spanIdOf(1), links }] }] }];
    const bytes = toBinary(otlp.TracesDataSchema, create(otlp.TracesDataSchema, { resourceSpans }));
    const payload = encodePushRecord([
      { ...pieceOf(1, [1]), slices: [bytes], byteLength: bytes.length },
    ]);
    const before = heads.memoryBytes;
    heads.append(1, payload, false);
    expect(heads.memoryBytes - before).toBeGreaterThan(10 * payload.length);
    heads.release(1);
    expect(heads.memoryBytes).toBe(0);
  });
});

function byFirst(a: readonly [number, unknown], b: readonly [number, unknown]): number {
  return a[0] - b[0];
}
