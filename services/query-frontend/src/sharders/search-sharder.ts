/** Cuts a search into jobs: one over recent data and, per block, as many as its size asks for. */
import type { tempopb } from '@tempo-ts/contracts';
import type { BlockCatalog, BlockRef, QueryJob, RowGroupRange, TenantId } from '@tempo-ts/ports';
import { blocksInRange, plannedIds } from './block-range.ts';

export type SearchJob = Extract<QueryJob, { kind: 'search-recent' | 'search-block' }>;

export interface SearchPlan {
  /** Those that may find the newest traces first. */
  readonly jobs: readonly SearchJob[];
  /** For each job: no trace that it finds starts later than this (unix ms). Never increases. */
  readonly newestUnixMs: readonly number[];
  readonly totalBlocks: number;
  readonly totalBlockBytes: number;
}

/** Times of blocks are whole seconds in Tempo's metadata: a trace may start within the last one. */
export const BLOCK_TIME_PRECISION_MS = 1000;

/** Plans `search`, whose time range is resolved, for all of `tenants`. */
export function planSearch(
  search: tempopb.SearchRequest,
  tenants: readonly TenantId[],
  { catalog, targetBytesPerJob }: { catalog: BlockCatalog; targetBytesPerJob: number },
): SearchPlan {
  const recent: SearchJob[] = [];
  const stored: { job: SearchJob; newestUnixMs: number }[] = [];
  const blocks: BlockRef[] = [];
  for (const tenant of tenants) {
    const read = blocksInRange(catalog, tenant, search);
    blocks.push(...read);
    recent.push({ kind: 'search-recent', tenant, search, plannedBlocks: plannedIds(read) });
    for (const block of read) {
      const newestUnixMs = block.endUnixMs + BLOCK_TIME_PRECISION_MS;
      for (const rowGroups of cutRowGroups(block, targetBytesPerJob))
        stored.push({
          job: { kind: 'search-block', tenant, search, block, rowGroups },
          newestUnixMs,
        });
    }
  }
  // Stable: blocks of one tenant are in order already.
  const ordered = stored.toSorted((a, b) => b.newestUnixMs - a.newestUnixMs);
  return {
    jobs: [...recent, ...ordered.map(({ job }) => job)],
    newestUnixMs: [
      ...recent.map(() => Number.POSITIVE_INFINITY),
      ...ordered.map(({ newestUnixMs }) => newestUnixMs),
    ],
    totalBlocks: blocks.length,
    totalBlockBytes: blocks.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
  };
}

/** Consecutive row groups of about `targetBytes` together; at least one per job. */
export function cutRowGroups(block: BlockRef, targetBytes: number): readonly RowGroupRange[] {
  const total = Math.max(1, block.rowGroupCount);
  const perJob = Math.max(1, Math.floor(targetBytes / Math.max(1, block.sizeBytes / total)));
  const ranges: RowGroupRange[] = [];
  for (let first = 0; first < total; first += perJob)
    ranges.push({ first, count: Math.min(perJob, total - first) });
  return ranges;
}
