import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { ObjectNotFoundError } from '@tempo-ts/object-store';
import { arbitraryTrace } from '@tempo-ts/otlp/testing';
import { AssertionError } from '@tempo-ts/runtime';
import type { BatchColumn, SpanBatch } from '@tempo-ts/span-batch';
import { spanBatchOf, toPlain, type PlainTrace } from '@tempo-ts/span-batch/testing';
import { BlockCache } from './block-cache.ts';
import { dataKey } from './block-keys.ts';
import { toBlockRef } from './block-meta.ts';
import { blockSpansetSource } from './block-spanset-source.ts';
import { CorruptBlockError, UnsupportedBlockFormatError } from './errors.ts';
import { fetchSpanBatches } from './fetch-span-batches.ts';
import { findTraceById } from './find-trace-by-id.ts';
import { openBlock } from './open-block.ts';
import { writeBlock, type WrittenBlock } from './testing/written-block.ts';
import { ALL_BATCH_COLUMNS } from './vparquet4/column-paths.ts';

const [TRACES] = fc.sample(
  fc.array(arbitraryTrace({ maxSpans: 6 }), { minLength: 30, maxLength: 30 }),
  { seed: 11, numRuns: 1 },
);
const SAMPLE = spanBatchOf(TRACES!);
const NEVER = new AbortController().signal;

async function collect(batches: AsyncIterable<SpanBatch>): Promise<PlainTrace[]> {
  const traces: PlainTrace[] = [];
  for await (const batch of batches) traces.push(...toPlain(batch));
  return traces;
}

async function batchesOf(source: AsyncIterable<SpanBatch>): Promise<SpanBatch[]> {
  const batches: SpanBatch[] = [];
  for await (const batch of source) batches.push(batch);
  return batches;
}

const reopen = ({ meta, store }: WrittenBlock, cache = new BlockCache({ capacityBytes: 1e6 })) =>
  openBlock({ ref: toBlockRef(meta), store, cache });

describe('fetchSpanBatches', () => {
  it('a column that was not asked for must not be looked at', async () => {
    const { block } = await writeBlock([SAMPLE]);
    const columns = new Set<BatchColumn>(['span.name', 'span.column:http.url', 'event.name']);
    for await (const batch of fetchSpanBatches(block, { columns })) {
      expect(batch.spans.names.codes).toHaveLength(SAMPLE.spans.count);
      expect(batch.spans.columns.map((column) => column.name)).toEqual(['http.url']);
      expect(batch.resources.columns).toEqual([]);
      expect(batch.spans.eventOffsets.at(-1)).toBe(batch.events.count);
      expect(batch.spanTraces).toEqual(SAMPLE.spanTraces);
      const looks: (() => unknown)[] = [
        () => batch.spans.kinds,
        () => batch.spans.attributes,
        () => batch.resources.serviceNames,
        () => batch.traces.startUnixNanos,
        () => batch.traces.rootSpanNames,
        () => batch.events.attributes,
        () => batch.links,
        () => batch.spans.linkOffsets,
      ];
      for (const look of looks) expect(look).toThrow(AssertionError);
    }
  });

  it('every column alone is what it is among all', async () => {
    const { block } = await writeBlock([SAMPLE], { maxRowGroupSpans: 1000 });
    const [whole] = await batchesOf(fetchSpanBatches(block, { columns: ALL_BATCH_COLUMNS }));
    const [names] = await batchesOf(
      fetchSpanBatches(block, { columns: new Set<BatchColumn>(['span.name', 'span.start']) }),
    );
    expect(names!.spans.names).toEqual(whole!.spans.names);
    expect(names!.spans.startUnixNanos).toEqual(whole!.spans.startUnixNanos);
    expect(names!.spanResources).toEqual(whole!.spanResources);
  });

  it('reads the row groups that were asked for, and few bytes for few columns', async () => {
    const written = await writeBlock([SAMPLE], { maxRowGroupSpans: 20 });
    const groups = written.meta.rowGroupCount;
    expect(groups).toBeGreaterThan(2);
    const parts: PlainTrace[] = [];
    for (let first = 0; first < groups; first += 2) {
      const rowGroups = { first, count: 2 };
      const options = { columns: ALL_BATCH_COLUMNS, rowGroups };
      parts.push(...(await collect(fetchSpanBatches(written.block, options))));
    }
    expect(parts.map(({ id }) => id)).toEqual(toPlain(SAMPLE).map(({ id }) => id));
    const block = await reopen(written);
    const opened = block.inspected.bytes;
    expect(opened).toBe(written.meta.footerSizeBytes + 8);
    for await (const _ of fetchSpanBatches(block, { columns: new Set() }));
    expect(block.inspected.bytes).toBeGreaterThan(opened);
  });

  it('stops when the signal is aborted', async () => {
    const { block } = await writeBlock([SAMPLE], { maxRowGroupSpans: 20 });
    const controller = new AbortController();
    const options = { columns: ALL_BATCH_COLUMNS, signal: controller.signal };
    const batches = fetchSpanBatches(block, options);
    await batches.next();
    controller.abort(new Error('enough'));
    await expect(batches.next()).rejects.toThrow('enough');
  });
});

describe('openBlock', () => {
  it('reads a footer once per cache', async () => {
    const written = await writeBlock([SAMPLE]);
    const cache = new BlockCache({ capacityBytes: 1e6 });
    expect((await reopen(written, cache)).inspected.bytes).toBeGreaterThan(0);
    expect((await reopen(written, cache)).inspected.bytes).toBe(0);
  });

  it('other versions are refused by name', async () => {
    const { meta, store } = await writeBlock([SAMPLE]);
    const cache = new BlockCache({ capacityBytes: 1 });
    for (const format of ['vParquet3', 'vParquet5', 'v2', 'vParquet5-preview5']) {
      const opening = openBlock({ ref: { ...toBlockRef(meta), format }, store, cache });
      await expect(opening).rejects.toThrow(UnsupportedBlockFormatError);
      await expect(opening).rejects.toThrow(format);
    }
  });

  it('a block that is gone or not what meta.json says is reported by name', async () => {
    const written = await writeBlock([SAMPLE]);
    const { meta, store } = written;
    for (const wrong of [
      { sizeBytes: meta.sizeBytes + 1 },
      { sizeBytes: meta.sizeBytes - 1 },
      { sizeBytes: 5 },
      { footerSizeBytes: meta.footerSizeBytes - 1 },
      { footerSizeBytes: 2 ** 31 },
    ])
      await expect(reopen({ ...written, meta: { ...meta, ...wrong } })).rejects.toThrow(
        CorruptBlockError,
      );
    await store.delete(dataKey(meta));
    await expect(reopen(written)).rejects.toThrow(ObjectNotFoundError);
  });
});

describe('a damaged block', () => {
  it('gives named errors or other values, whichever bit is wrong', async () => {
    const written = await writeBlock([SAMPLE], { maxRowGroupSpans: 40 });
    const { meta, store } = written;
    const data = await store.get(dataKey(meta));
    const id = SAMPLE.traces.ids.subarray(16, 32);
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: data.length * 8 - 1 }), async (bit) => {
        const changed = data.slice();
        changed[bit >> 3]! ^= 1 << (bit & 7);
        await store.put(dataKey(meta), changed);
        for (const read of [
          async () =>
            collect(fetchSpanBatches(await reopen(written), { columns: ALL_BATCH_COLUMNS })),
          async () => findTraceById(await reopen(written), id),
        ])
          try {
            await read();
          } catch (error) {
            if (!(error instanceof CorruptBlockError)) throw error;
          }
      }),
      { numRuns: 250 },
    );
  });
});

describe('blockSpansetSource', () => {
  const ids = toPlain(SAMPLE).map(({ id }) => id);

  it('gives the candidates, whole, each once, and nobody outside the time range', async () => {
    const { block } = await writeBlock([SAMPLE], { maxRowGroupSpans: 30, pageSizeBytes: 200 });
    const plain = await collect(fetchSpanBatches(block, { columns: ALL_BATCH_COLUMNS }));
    const seconds = plain.flatMap(({ startUnixNanos, endUnixNanos }) =>
      [startUnixNanos, endUnixNanos].map((nanos) => Number(nanos / 1_000_000_000n)),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.subarray(ids),
        fc.option(fc.tuple(fc.constantFrom(...seconds), fc.constantFrom(...seconds))),
        async (wanted, range) => {
          const isWanted = new Set(wanted);
          const [start, end] = range ?? [0, 0];
          const request = {
            columns: ALL_BATCH_COLUMNS,
            ...(range ? { startUnixSeconds: start, endUnixSeconds: end } : {}),
            candidates: (batch: SpanBatch) =>
              Uint8Array.from(toPlain(batch), ({ id }) => (isWanted.has(id) ? 1 : 0)),
            signal: NEVER,
          };
          const source = blockSpansetSource(block, { maxSpansPerBatch: 12 });
          const found = await collect(source.fetch(request));
          const inRange = plain.filter(
            (trace) =>
              !range ||
              (trace.startUnixNanos < BigInt(end + 1) * 1_000_000_000n &&
                trace.endUnixNanos >= BigInt(start) * 1_000_000_000n),
          );
          const foundIds = new Set(found.map(({ id }) => id));
          expect(foundIds.size).toBe(found.length);
          for (const { id } of inRange) if (isWanted.has(id)) expect(foundIds).toContain(id);
          expect(found).toEqual(inRange.filter(({ id }) => foundIds.has(id)));
        },
      ),
      { numRuns: 40 },
    );
  });

  it('leaves out what cannot match when that is most of it', async () => {
    const { block } = await writeBlock([SAMPLE]);
    const request = {
      columns: ALL_BATCH_COLUMNS,
      candidates: (batch: SpanBatch) =>
        Uint8Array.from(toPlain(batch), ({ id }) => (id === ids[7] ? 1 : 0)),
      signal: NEVER,
    };
    const found = await collect(blockSpansetSource(block).fetch(request));
    expect(found.map(({ id }) => id)).toEqual([ids[7]]);
  });
});

describe('BlockCache', () => {
  it('gives up what was used longest ago, and keeps within its bytes', async () => {
    const cache = new BlockCache({ capacityBytes: 100 });
    const loads: string[] = [];
    const get = (key: string, sizeBytes = 40) =>
      cache.get(key, async () => {
        loads.push(key);
        return { value: key.toUpperCase(), sizeBytes };
      });
    for (const key of ['a', 'b', 'a', 'c', 'a', 'b'])
      expect(await get(key)).toBe(key.toUpperCase());
    expect(loads).toEqual(['a', 'b', 'c', 'b']);
    await get('large', 101);
    await get('large', 101);
    expect(loads.slice(-2)).toEqual(['large', 'large']);
    expect(cache.sizeBytes).toBe(80);
  });
});
