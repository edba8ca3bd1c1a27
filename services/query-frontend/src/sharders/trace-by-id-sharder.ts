/** Cuts the lookup of a trace into jobs: recent data, and groups of blocks. */
import type { TraceByIdRequest } from '@tempo-ts/http-api';
import type { BlockCatalog, QueryJob, TenantId } from '@tempo-ts/ports';
import { blocksInRange, plannedIds } from './block-range.ts';

export type FindTraceJob = Extract<
  QueryJob,
  { kind: 'find-recent-trace' | 'find-trace-in-blocks' }
>;

/** Plans a lookup in at most `maxJobs` jobs per tenant. */
export function planTraceById(
  request: TraceByIdRequest,
  tenants: readonly TenantId[],
  { catalog, maxJobs }: { catalog: BlockCatalog; maxJobs: number },
): readonly FindTraceJob[] {
  const { traceId, mode, range, blockStart, blockEnd } = request;
  return tenants.flatMap((tenant): FindTraceJob[] => {
    const blocks =
      mode === 'all' || mode === 'blocks'
        ? blocksInRange(catalog, tenant, range).filter(
            ({ blockId }) => blockId >= blockStart && blockId <= blockEnd,
          )
        : [];
    const recent: FindTraceJob[] =
      mode === 'all' || mode === 'ingesters'
        ? [{ kind: 'find-recent-trace', tenant, traceId, plannedBlocks: plannedIds(blocks) }]
        : [];
    const perJob = Math.ceil(blocks.length / Math.max(1, maxJobs - 1));
    for (let first = 0; first < blocks.length; first += perJob) {
      const group = blocks.slice(first, first + perJob);
      recent.push({ kind: 'find-trace-in-blocks', tenant, traceId, blocks: group });
    }
    return recent;
  });
}
