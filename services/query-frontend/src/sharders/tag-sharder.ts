/** Cuts the collection of tag names or tag values into jobs: recent data, and each block. */
import type { tempopb } from '@tempo-ts/contracts';
import type { BlockCatalog, BlockRef, QueryJob, TenantId } from '@tempo-ts/ports';
import { blocksInRange, plannedIds } from './block-range.ts';

export type TagsJob = Extract<QueryJob, { kind: 'tags-recent' | 'tags-block' }>;
export type TagValuesJob = Extract<QueryJob, { kind: 'tag-values-recent' | 'tag-values-block' }>;

export interface TagPlan<J> {
  readonly jobs: readonly J[];
  readonly totalBlocks: number;
  readonly totalBlockBytes: number;
}

/** Plans the collection of names. */
export function planTags(
  tags: tempopb.SearchTagsRequest,
  tenants: readonly TenantId[],
  catalog: BlockCatalog,
): TagPlan<TagsJob> {
  return plan<TagsJob>(tenants, {
    read: (tenant) => blocksInRange(catalog, tenant, tags),
    recent: (tenant, plannedBlocks) => ({ kind: 'tags-recent', tenant, tags, plannedBlocks }),
    stored: (tenant, block) => ({ kind: 'tags-block', tenant, tags, block }),
  });
}

/** Plans the collection of values; of a tenant with a limit the latest blocks are read. */
export function planTagValues(
  tagValues: tempopb.SearchTagValuesRequest,
  tenants: readonly TenantId[],
  catalog: BlockCatalog,
  maxBlocks: (tenant: TenantId) => number,
): TagPlan<TagValuesJob> {
  return plan<TagValuesJob>(tenants, {
    read: (tenant) =>
      blocksInRange(catalog, tenant, tagValues).slice(0, maxBlocks(tenant) || undefined),
    recent: (tenant, plannedBlocks) => ({
      kind: 'tag-values-recent',
      tenant,
      tagValues,
      plannedBlocks,
    }),
    stored: (tenant, block) => ({ kind: 'tag-values-block', tenant, tagValues, block }),
  });
}

interface JobMakers<J> {
  readonly read: (tenant: TenantId) => readonly BlockRef[];
  readonly recent: (tenant: TenantId, plannedBlocks: ReadonlySet<string>) => J;
  readonly stored: (tenant: TenantId, block: BlockRef) => J;
}

function plan<J>(tenants: readonly TenantId[], { read, recent, stored }: JobMakers<J>): TagPlan<J> {
  const jobs: J[] = [];
  const blocks: BlockRef[] = [];
  for (const tenant of tenants) {
    const planned = read(tenant);
    blocks.push(...planned);
    jobs.push(recent(tenant, plannedIds(planned)));
    jobs.push(...planned.map((block) => stored(tenant, block)));
  }
  return {
    jobs,
    totalBlocks: blocks.length,
    totalBlockBytes: blocks.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
  };
}
