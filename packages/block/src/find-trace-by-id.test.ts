import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MemoryObjectStore } from '@tempo-ts/object-store';
import { systemClock } from '@tempo-ts/runtime';
import { arrivalBatchOf, toPlain } from '@tempo-ts/span-batch/testing';
import { BlockCache } from './block-cache.ts';
import { indexKey } from './block-keys.ts';
import { toBlockRef } from './block-meta.ts';
import { createBlock, DEFAULT_BLOCK_WRITER_CONFIG } from './create-block.ts';
import { fetchSpanBatches } from './fetch-span-batches.ts';
import { findTraceById } from './find-trace-by-id.ts';
import { openBlock, type OpenBlock } from './open-block.ts';
import { haveTempoBlocks, openTempoBlock } from './testing/tempo-blocks.ts';
import { ALL_BATCH_COLUMNS } from './vparquet4/column-paths.ts';

interface Truth {
  readonly traces: number;
  readonly sample: readonly { traceId: string; spanIds: readonly string[] }[];
}

const cache = () => new BlockCache({ capacityBytes: 1e7 });

async function openShop(): Promise<{ block: OpenBlock; truth: Truth }> {
  const { meta, store, directory } = await openTempoBlock('shop-20k-vparquet4');
  const truth = JSON.parse(readFileSync(join(directory, 'truth.json')).toString()) as Truth;
  return { block: await openBlock({ ref: toBlockRef(meta), store, cache: cache() }), truth };
}

/** The same traces in small row groups written by this package. */
async function rewrite(block: OpenBlock): Promise<OpenBlock> {
  const store = new MemoryObjectStore({ clock: systemClock });
  const { ref } = block;
  const meta = await createBlock({
    store,
    tenant: ref.tenant,
    blockId: ref.blockId,
    batches: fetchSpanBatches(block, { columns: ALL_BATCH_COLUMNS }),
    startUnixMs: ref.startUnixMs,
    endUnixMs: ref.endUnixMs,
    dedicatedColumns: ref.dedicatedColumns,
    config: { ...DEFAULT_BLOCK_WRITER_CONFIG, maxRowGroupSpans: 3000, pageSizeBytes: 4096 },
  });
  expect(meta.rowGroupCount).toBeGreaterThan(5);
  return openBlock({ ref: toBlockRef(meta), store, cache: cache() });
}

async function expectTruth(block: OpenBlock, truth: Truth): Promise<void> {
  expect(block.ref.traceCount).toBe(truth.traces);
  for (const { traceId, spanIds } of truth.sample) {
    const id = Buffer.from(traceId, 'hex');
    const { trace, inspectedBytes } = await findTraceById(block, id);
    expect(inspectedBytes).toBeGreaterThan(0);
    const [found] = toPlain(arrivalBatchOf([{ traceId: id, bytes: trace! }]));
    const spans = found!.resources.flatMap((resource) => resource.scopes.flatMap((s) => s.spans));
    expect(spans.map((span) => span.id).toSorted()).toEqual(spanIds.toSorted());
  }
}

(haveTempoBlocks() ? describe : describe.skip)('findTraceById', () => {
  it('finds the sampled traces of a block made by Tempo, each with exactly its spans', async () => {
    const { block, truth } = await openShop();
    await expectTruth(block, { ...truth, sample: truth.sample.filter((_, i) => i % 8 === 0) });
  });

  it('finds them in many small row groups, with and without the index object', async () => {
    const { block, truth } = await openShop();
    const own = await rewrite(block);
    await expectTruth(own, { ...truth, sample: truth.sample.filter((_, i) => i % 8 === 1) });
    await own.store.delete(indexKey(own.ref));
    await expectTruth({ ...own, cache: cache() }, { ...truth, sample: truth.sample.slice(0, 10) });
  });

  it('finds every trace of the TraceQL data set, equal to the one read with its neighbours', async () => {
    const { meta, store } = await openTempoBlock('traceql-dataset-vparquet4');
    const block = await openBlock({ ref: toBlockRef(meta), store, cache: cache() });
    for await (const batch of fetchSpanBatches(block, { columns: ALL_BATCH_COLUMNS }))
      for (const expected of toPlain(batch)) {
        const id = Buffer.from(expected.id, 'hex');
        const { trace } = await findTraceById(block, id);
        const pieces = [{ traceId: id, bytes: trace! }];
        const [found] = toPlain(arrivalBatchOf(pieces, block.ref.dedicatedColumns));
        const withoutNumbers = (resource: (typeof expected)['resources'][0]) => ({
          ...resource,
          scopes: resource.scopes.map((scope) => ({
            ...scope,
            spans: scope.spans.map((span) => ({ ...span, nestedSet: undefined })),
          })),
        });
        expect(found!.resources.map(withoutNumbers)).toEqual(
          expected.resources.map(withoutNumbers),
        );
      }
  });

  it('an id that is not there is not found, whatever the bloom filter says', async () => {
    const { block } = await openShop();
    for (let i = 0; i < 500; i++) {
      const id = new Uint8Array(16).fill(i & 0xff);
      id[3] = i >> 8;
      expect((await findTraceById(block, id)).trace).toBeUndefined();
    }
  });
});
