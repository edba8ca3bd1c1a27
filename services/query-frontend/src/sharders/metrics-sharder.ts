/**
 * Cuts a metrics query into jobs: one over recent data and, per block, as many as its size asks for.
 * Every job counts spans for the whole range: a span is counted where it lies, once.
 */
import type { tempopb } from '@tempo-ts/contracts';
import type { BlockCatalog, BlockRef, QueryJob, TenantId } from '@tempo-ts/ports';
import { blocksInRange, plannedIds } from './block-range.ts';
import { BLOCK_TIME_PRECISION_MS, cutRowGroups } from './search-sharder.ts';

export type MetricsJob = Extract<QueryJob, { kind: 'query-range-recent' | 'query-range-block' }>;

export interface MetricsPlan {
  /** Those over the newest data first. */
  readonly jobs: readonly MetricsJob[];
  /** For each job: when its spans start (unix ms, both inclusive). */
  readonly spanTimes: readonly { readonly startUnixMs: number; readonly endUnixMs: number }[];
  readonly totalBlocks: number;
  readonly totalBlockBytes: number;
}

const ANY_TIME = {
  startUnixMs: Number.NEGATIVE_INFINITY,
  endUnixMs: Number.POSITIVE_INFINITY,
};

/** Plans `metrics`, whose times are those of the buckets, for all of `tenants`. */
export function planMetricsJobs(
  metrics: tempopb.QueryRangeRequest,
  tenants: readonly TenantId[],
  { catalog, targetBytesPerJob }: { catalog: BlockCatalog; targetBytesPerJob: number },
): MetricsPlan {
  const range = {
    start: Number(metrics.start / 1_000_000_000n),
    end: Number(metrics.end / 1_000_000_000n) + 1,
  };
  const recent: MetricsJob[] = [];
  const stored: { job: MetricsJob; block: BlockRef }[] = [];
  const blocks: BlockRef[] = [];
  for (const tenant of tenants) {
    const read = blocksInRange(catalog, tenant, range);
    blocks.push(...read);
    recent.push({
      kind: 'query-range-recent',
      tenant,
      metrics,
      plannedBlocks: plannedIds(read),
    });
    for (const block of read)
      for (const rowGroups of cutRowGroups(block, targetBytesPerJob))
        stored.push({
          job: { kind: 'query-range-block', tenant, metrics, block, rowGroups },
          block,
        });
  }
  // Stable: blocks of one tenant are in order already.
  const ordered = stored.toSorted((a, b) => b.block.endUnixMs - a.block.endUnixMs);
  return {
    jobs: [...recent, ...ordered.map(({ job }) => job)],
    spanTimes: [
      ...recent.map(() => ANY_TIME),
      ...ordered.map(({ block: { startUnixMs, endUnixMs } }) => ({
        startUnixMs,
        endUnixMs: endUnixMs + BLOCK_TIME_PRECISION_MS,
      })),
    ],
    totalBlocks: blocks.length,
    totalBlockBytes: blocks.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
  };
}
