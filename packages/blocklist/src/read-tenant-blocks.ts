/** Reads a tenant's blocks out of the object store by listing them. */
import {
  compactedMetaKey,
  decodeBlockMeta,
  InvalidBlockMetaError,
  isBlockId,
  metaKey,
  type BlockMeta,
} from '@tempo-ts/block';
import { ObjectNotFoundError, type ObjectStore } from '@tempo-ts/object-store';
import type { TenantId } from '@tempo-ts/ports';
import { Semaphore } from '@tempo-ts/runtime';
import type { CompactedBlock, TenantBlocks } from './stored-block.ts';

/** A listing, and what could not be read of it. */
export interface TenantListing extends TenantBlocks {
  /** Blocks whose description is damaged; they are left out. */
  readonly broken: readonly { readonly blockId: string; readonly error: unknown }[];
}

/**
 * Lists `tenant`'s blocks. Descriptions known from `previous` are not read again: blocks do not
 * change. A block that is deleted while it is read is left out.
 *
 * Rejects when the listing or a read fails for another reason: an incomplete list must not pass for
 * a complete one.
 */
export async function readTenantBlocks(options: {
  readonly store: ObjectStore;
  readonly tenant: TenantId;
  readonly previous: TenantBlocks;
  /** Descriptions read at once. */
  readonly concurrency: number;
  readonly signal?: AbortSignal;
}): Promise<TenantListing> {
  const { store, tenant, previous, signal } = options;
  const listed = await store.list(`${tenant}/`, signal ? { signal } : {});
  const places = placesOf(
    tenant,
    listed.objects.map(({ key, modifiedUnixMs }) => ({ key, modifiedUnixMs })),
  );
  const known = new Map<string, BlockMeta>();
  for (const { meta } of previous.compacted) known.set(meta.blockId, meta);
  for (const meta of previous.live) known.set(meta.blockId, meta);
  const permits = new Semaphore({ permits: Math.max(1, options.concurrency) });
  const live: BlockMeta[] = [];
  const compacted: CompactedBlock[] = [];
  const broken: { blockId: string; error: unknown }[] = [];
  await Promise.all(
    places.map(({ blockId, compactedUnixMs }) =>
      permits.run(async () => {
        const key = compactedUnixMs === undefined ? metaKey : compactedMetaKey;
        const name = key({ tenant, blockId });
        const meta = known.get(blockId) ?? (await readMeta(store, name, blockId, broken, signal));
        if (!meta) return;
        if (compactedUnixMs === undefined) live.push(meta);
        else compacted.push({ meta, compactedUnixMs });
      }),
    ),
  );
  return { live, compacted, broken };
}

interface BlockListing {
  readonly blockId: string;
  /** Undefined for a live block. */
  readonly compactedUnixMs: number | undefined;
}

/** Keys `<tenant>/<block>/meta.json` and `meta.compacted.json`; where both exist the block is compacted. */
function placesOf(
  tenant: TenantId,
  objects: readonly { readonly key: string; readonly modifiedUnixMs: number }[],
): BlockListing[] {
  const places = new Map<string, BlockListing>();
  for (const { key, modifiedUnixMs } of objects) {
    const [, blockId = '', name] = key.slice(tenant.length).split('/');
    if (!isBlockId(blockId)) continue;
    if (key === compactedMetaKey({ tenant, blockId }))
      places.set(blockId, { blockId, compactedUnixMs: modifiedUnixMs });
    else if (name === 'meta.json' && key === metaKey({ tenant, blockId }) && !places.has(blockId))
      places.set(blockId, { blockId, compactedUnixMs: undefined });
  }
  return [...places.values()];
}

async function readMeta(
  store: ObjectStore,
  key: string,
  blockId: string,
  broken: { blockId: string; error: unknown }[],
  signal: AbortSignal | undefined,
): Promise<BlockMeta | undefined> {
  try {
    const meta = decodeBlockMeta(await store.get(key, signal));
    const [tenant] = key.split('/');
    if (meta.blockId !== blockId || meta.tenant !== tenant)
      throw new InvalidBlockMetaError(`meta.json describes ${meta.tenant}/${meta.blockId}`);
    return meta;
  } catch (error) {
    if (error instanceof ObjectNotFoundError) return undefined;
    if (!(error instanceof InvalidBlockMetaError)) throw error;
    broken.push({ blockId, error });
    return undefined;
  }
}
