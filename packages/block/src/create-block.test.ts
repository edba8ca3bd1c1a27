import { describe, expect, it } from '@jest/globals';
import { DuckDBInstance } from '@duckdb/node-api';
import * as fc from 'fast-check';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MemoryObjectStore } from '@tempo-ts/object-store';
import { FaultyObjectStore } from '@tempo-ts/object-store/testing';
import { arbitraryTrace, arbitraryTraceId } from '@tempo-ts/otlp/testing';
import { SINGLE_TENANT, type BlockDedicatedColumn } from '@tempo-ts/ports';
import { systemClock } from '@tempo-ts/runtime';
import { assembleTraces, type SpanBatch } from '@tempo-ts/span-batch';
import { spanBatchOf, toPlain, type PlainTrace } from '@tempo-ts/span-batch/testing';
import { dataKey } from './block-keys.ts';
import { decodeBlockMeta } from './block-meta.ts';
import { createBlock, type BlockWriterConfig } from './create-block.ts';
import { EmptyBlockError } from './errors.ts';
import { fetchSpanBatches } from './fetch-span-batches.ts';
import { findTraceBatch } from './find-trace-by-id.ts';
import type { OpenBlock } from './open-block.ts';
import { BLOCK_ID, writeBlock } from './testing/written-block.ts';
import { ALL_BATCH_COLUMNS } from './vparquet4/column-paths.ts';

const dedicated = (scope: 'resource' | 'span', name: string): BlockDedicatedColumn => ({
  scope,
  name,
  type: 'string',
  options: [],
});
const DEDICATED = [dedicated('resource', 'a'), dedicated('span', 'b'), dedicated('span', 'a')];

const arbitraryBatch = fc
  .array(arbitraryTrace({ maxSpans: 8 }), { minLength: 1, maxLength: 8 })
  .map((traces) => spanBatchOf(traces, DEDICATED));
const [SAMPLE] = fc.sample(arbitraryBatch, { seed: 3, numRuns: 1 }) as [SpanBatch];

async function readAll(block: OpenBlock, maxSpansPerBatch = 5): Promise<PlainTrace[]> {
  const traces: PlainTrace[] = [];
  const options = { columns: ALL_BATCH_COLUMNS, maxSpansPerBatch };
  for await (const batch of fetchSpanBatches(block, options)) traces.push(...toPlain(batch));
  return traces;
}

/**
 * Traces as a block can hold them: a root span without name and service looks like no root.
 */
function asStored(batch: SpanBatch): PlainTrace[] {
  return toPlain(batch).map((trace) =>
    trace.rootSpanName === '' && trace.rootServiceName === ''
      ? { ...trace, rootSpanName: undefined, rootServiceName: undefined }
      : trace,
  );
}

/** The same traces in batches of `size`. */
function split(batch: SpanBatch, size: number): SpanBatch[] {
  const batches: SpanBatch[] = [];
  for (let start = 0; start < batch.traces.count; start += size) {
    const end = Math.min(batch.traces.count, start + size);
    const rows = Int32Array.from({ length: end - start }, (_, i) => start + i);
    batches.push(assembleTraces([{ batch, rows }]));
  }
  return batches;
}

function create(store: MemoryObjectStore | FaultyObjectStore, signal?: AbortSignal) {
  return createBlock({
    store,
    tenant: SINGLE_TENANT,
    blockId: BLOCK_ID,
    batches: [SAMPLE],
    startUnixMs: 0,
    endUnixMs: 0,
    dedicatedColumns: DEDICATED,
    ...(signal ? { signal } : {}),
  });
}

describe('createBlock', () => {
  it('any batch reads back as it was, in whatever batches and row groups it was written', async () => {
    await fc.assert(
      fc.asyncProperty(
        arbitraryBatch,
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 20 }),
        async (batch, size, maxRowGroupSpans) => {
          const written = await writeBlock(split(batch, size), {
            dedicatedColumns: DEDICATED,
            maxRowGroupSpans,
            pageSizeBytes: 100,
          });
          expect(await readAll(written.block)).toEqual(asStored(batch));
          expect(written.meta.traceCount).toBe(batch.traces.count);
        },
      ),
      { numRuns: 20 },
    );
  });

  it('every trace of any batch is found by its id, and no other', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryBatch, arbitraryTraceId(), async (batch, other) => {
        const { block } = await writeBlock([batch], {
          dedicatedColumns: DEDICATED,
          maxRowGroupSpans: 6,
        });
        const expected = asStored(batch);
        for (const trace of expected) {
          const found = await findTraceBatch(block, Buffer.from(trace.id, 'hex'));
          expect(toPlain(found!)).toEqual([trace]);
        }
        const hex = Buffer.from(other).toString('hex');
        const isThere = expected.some((trace) => trace.id === hex);
        expect((await findTraceBatch(block, other)) !== undefined).toBe(isThere);
      }),
      { numRuns: 12 },
    );
  });

  it('meta.json says exactly how long the file and its footer are', async () => {
    const { store, meta } = await writeBlock([SAMPLE], { dedicatedColumns: DEDICATED });
    const data = Buffer.from(await store.get(dataKey(meta)));
    expect(meta.sizeBytes).toBe(data.length);
    expect(data.readUInt32LE(data.length - 8)).toBe(meta.footerSizeBytes);
    const stored = await store.get(`${SINGLE_TENANT}/${BLOCK_ID}/meta.json`);
    expect(decodeBlockMeta(stored)).toEqual(meta);
    expect((await store.list('')).objects.map(({ key }) => key.split('/')[2])).toEqual([
      'bloom-0',
      'data.parquet',
      'index',
      'meta.json',
    ]);
  });

  it('names dedicated columns that vParquet4 has no room for in meta.json no more', async () => {
    const configured = [
      dedicated('span', 'http.url'),
      { scope: 'event', name: 'e', type: 'string', options: [] },
      { scope: 'span', name: 'i', type: 'int', options: [] },
      { scope: 'span', name: 'blob', type: 'string', options: ['blob'] },
      ...DEDICATED,
    ] as const;
    const written = await writeBlock([SAMPLE], { dedicatedColumns: configured });
    expect(written.meta.dedicatedColumns).toEqual(DEDICATED);
    expect(await readAll(written.block)).toEqual(asStored(SAMPLE));
  });

  it('a fault at any request leaves nothing, and the block unseen', async () => {
    for (const moment of ['before', 'after'] as const)
      for (let failAt = 1; ; failAt++) {
        const memory = new MemoryObjectStore({ clock: systemClock });
        const store = new FaultyObjectStore(memory, { failAt, moment });
        const outcome = await create(store).then(
          () => 'written',
          (error: Error) => error.name,
        );
        if (outcome === 'written') {
          expect(failAt).toBeGreaterThan(5);
          break;
        }
        expect(outcome).toBe('InjectedFaultError');
        expect((await memory.list('')).objects).toEqual([]);
      }
  });

  it('ids that do not ascend, and batches without traces, are refused', async () => {
    await expect(writeBlock([SAMPLE, SAMPLE], { dedicatedColumns: DEDICATED })).rejects.toThrow(
      'trace ids ascend',
    );
    await expect(writeBlock([])).rejects.toThrow(EmptyBlockError);
    await expect(writeBlock([SAMPLE])).rejects.toThrow('the batch has the columns');
  });

  it('an aborted signal stops the writing', async () => {
    const memory = new MemoryObjectStore({ clock: systemClock });
    await expect(create(memory, AbortSignal.abort(new Error('shutting down')))).rejects.toThrow(
      'shutting down',
    );
    expect((await memory.list('')).objects).toEqual([]);
  });
});

const ENCODINGS: readonly Partial<BlockWriterConfig>[] = [
  {},
  { compression: 'zstd' },
  { dataPageVersion: 1, maxPageTraces: 1 },
  { encoder: 'arrow' },
];

describe.each(ENCODINGS)('data.parquet written with %j', (config) => {
  it('opens in DuckDB, which counts the same traces, spans and attributes', async () => {
    const { store, meta } = await writeBlock(split(SAMPLE, 2), {
      ...config,
      dedicatedColumns: DEDICATED,
      maxRowGroupSpans: 5,
    });
    const directory = await mkdtemp(join(tmpdir(), 'block-'));
    const path = join(directory, 'data.parquet');
    await writeFile(path, await store.get(dataKey(meta)));
    const connection = await (await DuckDBInstance.create(':memory:')).connect();
    const spans = `
      WITH spans AS (
        SELECT unnest(flatten(list_transform(flatten(list_transform(rs, r -> r.ss)),
          s -> s.Spans))) AS span FROM '${path}')
      SELECT count(*), sum(len(span.Attrs)), sum(len(span.Events)), sum(span.StatusCode) FROM spans`;
    const rows = await connection.runAndReadAll(`SELECT count(*), min(TraceID) FROM '${path}'`);
    const counted = await connection.runAndReadAll(spans);
    connection.closeSync();
    await rm(directory, { recursive: true });
    expect(Number(rows.getRows()[0]![0])).toBe(SAMPLE.traces.count);
    expect(counted.getRows()[0]!.map(Number)).toEqual([
      SAMPLE.spans.count,
      SAMPLE.spans.attributes.types.length,
      SAMPLE.events.count,
      SAMPLE.spans.statusCodes.reduce((sum, code) => sum + code, 0),
    ]);
  });
});
