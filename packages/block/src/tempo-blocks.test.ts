import { describe, expect, it } from '@jest/globals';
import { isDeepStrictEqual } from 'node:util';
import { describeColumns } from '@tempo-ts/parquet';
import { countRowsByWasm } from '@tempo-ts/parquet/testing';
import { MemoryObjectStore } from '@tempo-ts/object-store';
import { systemClock } from '@tempo-ts/runtime';
import type { SpanBatch } from '@tempo-ts/span-batch';
import { toPlain, type PlainTrace } from '@tempo-ts/span-batch/testing';
import { BlockCache } from './block-cache.ts';
import { bloomKey, dataKey, indexKey, metaKey } from './block-keys.ts';
import { encodeBlockMeta, toBlockRef } from './block-meta.ts';
import { createBlock, DEFAULT_BLOCK_WRITER_CONFIG } from './create-block.ts';
import { fetchSpanBatches } from './fetch-span-batches.ts';
import { openBlock, type OpenBlock } from './open-block.ts';
import { haveTempoBlocks, openTempoBlock, type TempoBlock } from './testing/tempo-blocks.ts';
import { buildTraceIdBloom } from './trace-id-bloom.ts';
import { decodeTraceIdIndex, encodeTraceIdIndex } from './trace-id-index.ts';
import { ALL_BATCH_COLUMNS } from './vparquet4/column-paths.ts';
import { TRACE_SCHEMA } from './vparquet4/trace-schema.ts';

/** Blocks, and a size of batches that cuts each into several. */
const BLOCKS = [
  { name: 'traceql-dataset-vparquet4', maxSpans: 3 },
  { name: 'shop-20k-vparquet4', maxSpans: 4000 },
] as const;

function open(block: Pick<TempoBlock, 'meta' | 'store'>): Promise<OpenBlock> {
  const cache = new BlockCache({ capacityBytes: 1e7 });
  return openBlock({ ref: toBlockRef(block.meta), store: block.store, cache });
}

async function readAll(block: OpenBlock, maxSpansPerBatch?: number): Promise<SpanBatch[]> {
  const batches: SpanBatch[] = [];
  const options = { columns: ALL_BATCH_COLUMNS, ...(maxSpansPerBatch ? { maxSpansPerBatch } : {}) };
  for await (const batch of fetchSpanBatches(block, options)) batches.push(batch);
  return batches;
}

const plain = (batches: readonly SpanBatch[]): PlainTrace[] => batches.flatMap(toPlain);

/** As toEqual, which takes seconds for so many spans, but for the first difference. */
function expectSame(actual: readonly PlainTrace[], expected: readonly PlainTrace[]): void {
  const differs = expected.findIndex((trace, row) => !isDeepStrictEqual(actual[row], trace));
  expect(actual[differs]).toEqual(expected[differs]);
  expect(actual).toHaveLength(expected.length);
}

async function rewrite(block: TempoBlock, batches: readonly SpanBatch[], maxRowGroupSpans: number) {
  const store = new MemoryObjectStore({ clock: systemClock });
  const meta = await createBlock({
    store,
    tenant: block.meta.tenant,
    blockId: block.meta.blockId,
    batches,
    startUnixMs: block.meta.startUnixMs,
    endUnixMs: block.meta.endUnixMs,
    dedicatedColumns: block.meta.dedicatedColumns,
    config: { ...DEFAULT_BLOCK_WRITER_CONFIG, maxRowGroupSpans },
  });
  expect(countRowsByWasm(await store.get(dataKey(meta)))).toBe(meta.traceCount);
  return { store, meta };
}

(haveTempoBlocks() ? describe : describe.skip).each(BLOCKS)(
  'block $name made by Tempo',
  ({ name, maxSpans }) => {
    it('has the schema that this package writes, leaf by leaf', async () => {
      const { file } = await open(await openTempoBlock(name));
      const actual = describeColumns(file.metadata.schema);
      const shape = ({
        path,
        leaf,
        maxRepetitionLevel,
        maxDefinitionLevel,
      }: (typeof actual)[0]) => [
        path,
        leaf.physical,
        leaf.repetition,
        leaf.annotation,
        maxRepetitionLevel,
        maxDefinitionLevel,
      ];
      expect(describeColumns(TRACE_SCHEMA).map(shape)).toEqual(actual.map(shape));
    });

    it('has the meta.json, bloom filter and index that this package writes', async () => {
      const block = await openTempoBlock(name);
      const batches = await readAll(await open(block));
      const ids = Buffer.concat(batches.map((batch) => batch.traces.ids));
      expect(Buffer.from(encodeBlockMeta(block.meta)).toString()).toBe(
        Buffer.from(await block.store.get(metaKey(block.meta))).toString(),
      );
      const config = { falsePositive: 0.01, shardSizeBytes: 102_400 };
      const shards = buildTraceIdBloom(ids, config).map((shard) => Buffer.from(shard));
      expect(shards).toHaveLength(block.meta.bloomShardCount);
      expect(shards[0]!.equals(await block.store.get(bloomKey(block.meta, 0)))).toBe(true);
      const index = await block.store.get(indexKey(block.meta));
      expect(decodeTraceIdIndex('b', index)).toEqual(new Uint8Array(ids.subarray(-16)));
      expect(Buffer.from(encodeTraceIdIndex(ids.subarray(-16)))).toEqual(Buffer.from(index));
    });

    it('reads the same in one batch and in many', async () => {
      const block = await open(await openTempoBlock(name));
      const whole = plain(await readAll(block));
      expect(whole).toHaveLength(block.ref.traceCount);
      const cut = await readAll(block, maxSpans);
      expect(cut.length).toBeGreaterThan(1);
      expectSame(plain(cut), whole);
    });

    it('is the same after it was written by this package and read again', async () => {
      const block = await openTempoBlock(name);
      const batches = await readAll(await open(block));
      const written = await rewrite(block, batches, 5000);
      expect(written.meta.traceCount).toBe(block.meta.traceCount);
      const again = await readAll(await open(written));
      expectSame(plain(again), plain(batches));
      const tempoBloom = await block.store.get(bloomKey(block.meta, 0));
      expect(Buffer.from(await written.store.get(bloomKey(block.meta, 0))).equals(tempoBloom)).toBe(
        true,
      );
    });
  },
);
