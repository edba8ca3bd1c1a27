/** Blocks as the blocklist knows them. */
import type { BlockMeta } from '@tempo-ts/block';

/** A block that was replaced or retired; its objects are deleted some time after `compactedUnixMs`. */
export interface CompactedBlock {
  readonly meta: BlockMeta;
  readonly compactedUnixMs: number;
}

/** All blocks of one tenant. */
export interface TenantBlocks {
  readonly live: readonly BlockMeta[];
  readonly compacted: readonly CompactedBlock[];
}
