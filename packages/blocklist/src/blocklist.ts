/**
 * The blocks of each tenant, in memory. Polls bring what the object store holds; between polls,
 * announcements add blocks and compaction or retention takes them out at once. A poll that began
 * before such a change may not undo it: what it read may be older.
 */
import { toBlockRef, type BlockMeta } from '@tempo-ts/block';
import type { BlockAnnouncements, BlockCatalog, BlockRef, TenantId } from '@tempo-ts/ports';
import type { CompactedBlock, TenantBlocks } from './stored-block.ts';

/** Times in meta.json are whole seconds in practice: a block may hold spans up to the next one. */
const TIME_RESOLUTION_MS = 1000;

interface LiveBlock {
  readonly ref: BlockRef;
  /** Undefined for a block that was announced and not polled yet. */
  readonly meta: BlockMeta | undefined;
  /** The poll that was the latest when it was announced; -1 for blocks that a poll brought. */
  readonly announcedDuring: number;
}

interface TenantList {
  readonly live: Map<string, LiveBlock>;
  readonly compacted: Map<string, CompactedBlock>;
  /** Blocks taken out since, and the poll that was the latest then. */
  readonly removed: Map<string, number>;
  /** Newest first; undefined when it must be made again. */
  ordered: readonly BlockRef[] | undefined;
}

/** An {@link BlockCatalog} that polls and announcements keep up to date. */
export class Blocklist implements BlockCatalog, BlockAnnouncements {
  readonly #tenants = new Map<TenantId, TenantList>();
  #poll = 0;

  /** Blocks that overlap the range, newest first, then by id. */
  blocks(
    tenant: TenantId,
    range: { readonly startUnixMs?: number; readonly endUnixMs?: number } = {},
  ): readonly BlockRef[] {
    const list = this.#tenants.get(tenant);
    if (!list) return [];
    list.ordered ??= [...list.live.values()].map((block) => block.ref).toSorted(compareNewest);
    const { startUnixMs, endUnixMs } = range;
    if (startUnixMs === undefined && endUnixMs === undefined) return list.ordered;
    const start = startUnixMs ?? -Infinity;
    const end = endUnixMs ?? Infinity;
    return list.ordered.filter(
      (block) => block.startUnixMs <= end && block.endUnixMs + TIME_RESOLUTION_MS > start,
    );
  }

  async announce(block: BlockRef): Promise<void> {
    const list = this.#list(block.tenant);
    list.live.set(block.blockId, { ref: block, meta: undefined, announcedDuring: this.#poll });
    list.removed.delete(block.blockId);
    list.ordered = undefined;
  }

  /** Tenants that have blocks, live or compacted. */
  tenants(): readonly TenantId[] {
    return [...this.#tenants.keys()].toSorted();
  }

  /** How many live blocks a tenant has. */
  length(tenant: TenantId): number {
    return this.#tenants.get(tenant)?.live.size ?? 0;
  }

  /** What polls know of a tenant: blocks that were only announced are not among them. */
  tenantBlocks(tenant: TenantId): TenantBlocks {
    const list = this.#tenants.get(tenant);
    if (!list) return { live: [], compacted: [] };
    const live = [...list.live.values()].flatMap((block) => block.meta ?? []);
    return { live, compacted: [...list.compacted.values()] };
  }

  /** Tells the list that a poll begins; give the number to {@link applyPoll}. */
  beginPoll(): number {
    this.#poll += 1;
    return this.#poll;
  }

  /**
   * Takes over what poll number `poll` read of a tenant. Blocks announced since it began stay, blocks
   * taken out since stay out.
   */
  applyPoll(tenant: TenantId, poll: number, blocks: TenantBlocks): void {
    const list = this.#list(tenant);
    const live = new Map<string, LiveBlock>();
    for (const meta of blocks.live)
      if ((list.removed.get(meta.blockId) ?? -1) < poll)
        live.set(meta.blockId, { ref: toBlockRef(meta), meta, announcedDuring: -1 });
    for (const [blockId, block] of list.live)
      if (block.announcedDuring >= poll && !live.has(blockId)) live.set(blockId, block);
    const compacted = new Map(blocks.compacted.map((block) => [block.meta.blockId, block]));
    for (const [blockId, during] of list.removed) {
      if (during < poll) continue;
      const known = list.compacted.get(blockId);
      if (known) compacted.set(blockId, known);
      else compacted.delete(blockId);
    }
    const removed = new Map([...list.removed].filter(([, during]) => during >= poll));
    if (live.size + compacted.size + removed.size === 0) this.#tenants.delete(tenant);
    else this.#tenants.set(tenant, { live, compacted, removed, ordered: undefined });
  }

  /** A block was replaced or retired: queries planned from now on leave it out. */
  markCompacted(block: CompactedBlock): void {
    const { tenant, blockId } = block.meta;
    const list = this.#list(tenant);
    list.live.delete(blockId);
    list.compacted.set(blockId, block);
    list.removed.set(blockId, this.#poll);
    list.ordered = undefined;
  }

  /** The objects of a compacted block are gone. */
  forget(tenant: TenantId, blockId: string): void {
    const list = this.#list(tenant);
    list.live.delete(blockId);
    list.compacted.delete(blockId);
    list.removed.set(blockId, this.#poll);
    list.ordered = undefined;
  }

  #list(tenant: TenantId): TenantList {
    const known = this.#tenants.get(tenant);
    if (known) return known;
    const list: TenantList = {
      live: new Map(),
      compacted: new Map(),
      removed: new Map(),
      ordered: undefined,
    };
    this.#tenants.set(tenant, list);
    return list;
  }
}

function compareNewest(a: BlockRef, b: BlockRef): number {
  return b.endUnixMs - a.endUnixMs || (a.blockId < b.blockId ? -1 : 1);
}
