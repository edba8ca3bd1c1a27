/** Blocks written into memory, for tests. */
import { MemoryObjectStore } from '@tempo-ts/object-store';
import { SINGLE_TENANT, type BlockDedicatedColumn } from '@tempo-ts/ports';
import { countRowsByWasm } from '@tempo-ts/parquet/testing';
import { assert, systemClock } from '@tempo-ts/runtime';
import type { SpanBatch } from '@tempo-ts/span-batch';
import { BlockCache } from '../block-cache.ts';
import { dataKey } from '../block-keys.ts';
import { toBlockRef, type BlockMeta } from '../block-meta.ts';
import {
  createBlock,
  DEFAULT_BLOCK_WRITER_CONFIG,
  type BlockWriterConfig,
} from '../create-block.ts';
import { openBlock, type OpenBlock } from '../open-block.ts';

/** A block id for tests that need one only. */
export const BLOCK_ID = '00000000-0000-4000-8000-000000000001';

/** A block in memory, open. */
export interface WrittenBlock {
  readonly meta: BlockMeta;
  readonly store: MemoryObjectStore;
  readonly block: OpenBlock;
}

/** Writes assembled, ascending batches as a block, which parquet-wasm MUST be able to read as well. */
export async function writeBlock(
  batches: Iterable<SpanBatch>,
  options: {
    readonly dedicatedColumns?: readonly BlockDedicatedColumn[];
  } & Partial<BlockWriterConfig> = {},
): Promise<WrittenBlock> {
  const { dedicatedColumns = [], ...config } = options;
  const store = new MemoryObjectStore({ clock: systemClock });
  const meta = await createBlock({
    store,
    tenant: SINGLE_TENANT,
    blockId: BLOCK_ID,
    batches,
    startUnixMs: 1_700_000_000_000,
    endUnixMs: 1_700_000_060_000,
    dedicatedColumns,
    config: { ...DEFAULT_BLOCK_WRITER_CONFIG, ...config },
  });
  const found = countRowsByWasm(await store.get(dataKey(meta)));
  assert(found === meta.traceCount, `parquet-wasm finds ${found} of ${meta.traceCount} traces`);
  const cache = new BlockCache({ capacityBytes: 1e6 });
  return { meta, store, block: await openBlock({ ref: toBlockRef(meta), store, cache }) };
}
