/** Block descriptions for tests. */
import { encodeBlockMeta, metaKey, type BlockMeta } from '@tempo-ts/block';
import type { ObjectStore } from '@tempo-ts/object-store';
import type { TenantId } from '@tempo-ts/ports';

/** The tenant of {@link blockMetaOf}. */
export const TENANT = 't1' as TenantId;

/** Block number `number` of {@link TENANT}, from minute `number` to the next. */
export function blockMetaOf(number: number, fields: Partial<BlockMeta> = {}): BlockMeta {
  return {
    format: 'vParquet4',
    blockId: `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`,
    tenant: TENANT,
    startUnixMs: number * 60_000,
    endUnixMs: (number + 1) * 60_000,
    traceCount: 10 + number,
    sizeBytes: 1000 + number,
    compactionLevel: 0,
    rowGroupCount: 1,
    bloomShardCount: 1,
    footerSizeBytes: 100,
    dedicatedColumns: [],
    replicationFactor: 0,
    ...fields,
  };
}

/** Writes meta.json of a block whose other objects do not matter. */
export function putMeta(store: ObjectStore, meta: BlockMeta): Promise<void> {
  return store.put(metaKey(meta), encodeBlockMeta(meta));
}
