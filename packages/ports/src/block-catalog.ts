/** Which blocks exist; kept by the blocklist, read by the query-frontend, told by the ingester. */
import type { BlockRef } from './block-ref.ts';
import type { TenantId } from './tenant.ts';

export interface BlockCatalog {
  /** The blocks of `tenant` that overlap the range; all when it is open-ended. */
  blocks(
    tenant: TenantId,
    range: { readonly startUnixMs?: number; readonly endUnixMs?: number },
  ): readonly BlockRef[];
}

/** Where an ingester announces a block that the object store holds completely. */
export interface BlockAnnouncements {
  /** When it resolves, queries planned from now on include the block. */
  announce(block: BlockRef): Promise<void>;
}
