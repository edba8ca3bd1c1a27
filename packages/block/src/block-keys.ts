/** Names of a block's objects: `<tenant>/<block>/…`, as Tempo lays them out. */
import type { TenantId } from '@tempo-ts/ports';

/** Where a block lies. */
export interface BlockPlace {
  readonly tenant: TenantId;
  /** Lower-case UUID. */
  readonly blockId: string;
}

const key = (block: BlockPlace, name: string) => `${block.tenant}/${block.blockId}/${name}`;

/** All traces. */
export const dataKey = (block: BlockPlace): string => key(block, 'data.parquet');
/** The description; a block exists while this object does. */
export const metaKey = (block: BlockPlace): string => key(block, 'meta.json');
/** What meta.json becomes when the block has been replaced or retired. */
export const compactedMetaKey = (block: BlockPlace): string => key(block, 'meta.compacted.json');
/** A shard of the bloom filter over trace ids. */
export const bloomKey = (block: BlockPlace, shard: number): string => key(block, `bloom-${shard}`);
/** The last trace id of each row group. */
export const indexKey = (block: BlockPlace): string => key(block, 'index');
/** While present, compactors leave the block alone. */
export const noCompactKey = (block: BlockPlace): string => key(block, 'nocompact.flg');
/** Prefix of all objects of a block. */
export const blockPrefix = (block: BlockPlace): string => key(block, '');

const BLOCK_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Whether `text` is a block id: a lower-case UUID. */
export function isBlockId(text: string): boolean {
  return BLOCK_ID.test(text);
}
