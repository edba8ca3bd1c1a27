/** Which blocks a query reads. */
import type { SecondsRange } from '@tempo-ts/http-api';
import type { BlockCatalog, BlockRef, TenantId } from '@tempo-ts/ports';

/** The blocks of `tenant` that overlap `range` (whole seconds, both inclusive), latest end first. */
export function blocksInRange(
  catalog: BlockCatalog,
  tenant: TenantId,
  { start, end }: SecondsRange,
): readonly BlockRef[] {
  const range = {
    ...(start > 0 ? { startUnixMs: start * 1000 } : {}),
    ...(end > 0 ? { endUnixMs: end * 1000 + 999 } : {}),
  };
  return catalog
    .blocks(tenant, range)
    .toSorted((a, b) => b.endUnixMs - a.endUnixMs || (a.blockId < b.blockId ? -1 : 1));
}

/** The ids of `blocks`, for the job over recent data to leave out. */
export function plannedIds(blocks: readonly BlockRef[]): ReadonlySet<string> {
  return new Set(blocks.map(({ blockId }) => blockId));
}
