import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { plainFooter, rowsByWasm, type PlainThriftStruct } from '@tempo-ts/parquet/testing';
import { arbitraryTrace } from '@tempo-ts/otlp/testing';
import { spanBatchOf } from '@tempo-ts/span-batch/testing';
import { BlockCache } from './block-cache.ts';
import { dataKey } from './block-keys.ts';
import { toBlockRef } from './block-meta.ts';
import type { BlockWriterConfig } from './create-block.ts';
import { fetchSpanBatches } from './fetch-span-batches.ts';
import { openBlock } from './open-block.ts';
import { haveTempoBlocks, openTempoBlock } from './testing/tempo-blocks.ts';
import { writeBlock } from './testing/written-block.ts';
import { ALL_BATCH_COLUMNS } from './vparquet4/column-paths.ts';

/** Fields of a footer, of a row group, a chunk and its metadata, by their numbers in parquet.thrift. */
const schemaOf = (footer: PlainThriftStruct) =>
  // Field 2 is the length of fixed-length byte arrays, of which there are none; parquet-go writes it.
  (footer[2] as readonly PlainThriftStruct[]).map((element) => ({ ...element, 2: 0 }));
const rowGroupsOf = (footer: PlainThriftStruct) => footer[4] as readonly PlainThriftStruct[];
const chunksOf = (group: PlainThriftStruct) =>
  (group[1] as readonly PlainThriftStruct[]).map((chunk) => chunk[3] as PlainThriftStruct);
const pathOf = (chunk: PlainThriftStruct) => (chunk[3] as readonly string[]).join('.');

const RLE = 3;
/** Physical type and encodings of values; that levels are RLE goes without saying. */
function encodingsOf(chunk: PlainThriftStruct): readonly unknown[] {
  const encodings = chunk[2] as readonly number[];
  return [
    pathOf(chunk),
    chunk[1],
    encodings.filter((each) => each !== RLE).toSorted((a, b) => a - b),
  ];
}

const VARIANTS: readonly Partial<BlockWriterConfig>[] = [
  {},
  { compression: 'zstd' },
  { compression: 'zstd', dataPageVersion: 2 },
  { dataPageVersion: 1, maxPageTraces: 2 },
  { maxPageSpans: 1 },
];

(haveTempoBlocks() ? describe : describe.skip).each([
  'traceql-dataset-vparquet4',
  'shop-20k-vparquet4',
])('data.parquet next to the one of %s, made by Tempo', (name) => {
  it('has the same schema, element for element, and the same encodings, column by column', async () => {
    const tempo = await openTempoBlock(name);
    const cache = new BlockCache({ capacityBytes: 1e7 });
    const block = await openBlock({ ref: toBlockRef(tempo.meta), store: tempo.store, cache });
    const batches = [];
    for await (const batch of fetchSpanBatches(block, { columns: ALL_BATCH_COLUMNS }))
      batches.push(batch);
    const { dedicatedColumns } = tempo.meta;
    const ours = await writeBlock(batches, { dedicatedColumns });
    const theirFooter = plainFooter(await tempo.store.get(dataKey(tempo.meta)));
    const ourFooter = plainFooter(await ours.store.get(dataKey(ours.meta)));
    expect(schemaOf(ourFooter)).toEqual(schemaOf(theirFooter));
    const theirs = chunksOf(rowGroupsOf(theirFooter)[0]!).map(encodingsOf);
    for (const group of rowGroupsOf(ourFooter))
      expect(chunksOf(group).map(encodingsOf)).toEqual(theirs);
    // What has an order says so, or bounds of values are ignored.
    expect(ourFooter[7]).toEqual(theirs.map(() => ({ 1: {} })));
  });
});

describe('data.parquet of the native encoder', () => {
  it('is read by parquet-wasm as that of the Arrow encoder, whatever the options', async () => {
    const batches = fc
      .array(arbitraryTrace({ maxSpans: 6 }), { minLength: 1, maxLength: 6 })
      .map((traces) => spanBatchOf(traces, []));
    await fc.assert(
      fc.asyncProperty(batches, fc.constantFrom(...VARIANTS), async (batch, variant) => {
        const read = async (config: Partial<BlockWriterConfig>) => {
          const { store, meta } = await writeBlock([batch], { ...config, maxRowGroupSpans: 12 });
          return rowsByWasm(await store.get(dataKey(meta)));
        };
        const native = await read(variant);
        expect(native).toEqual(await read({ encoder: 'arrow' }));
        expect(native).toHaveLength(batch.traces.count);
      }),
      { numRuns: 25 },
    );
  });
});
