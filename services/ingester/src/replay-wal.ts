/**
 * Brings back what the log holds: at start, and again when the head worker was lost. Records go the
 * way of pushed ones. A head is cut only between segments, so that a segment never belongs to two
 * blocks.
 */
import { join } from 'node:path';
import type { TenantId } from '@tempo-ts/ports';
import type { Logger } from '@tempo-ts/telemetry';
import {
  keepDamagedSegment,
  replaySegment,
  type SegmentReport,
  type WalFileSystem,
  type WalRecord,
} from '@tempo-ts/wal';
import type { IngesterMetrics } from './metrics.ts';

/** A tenant id may not contain `~`, so this cannot be one. */
const TENANT_NAMED_BLOCKS = 'blocks~';

/** The directory of a tenant's log; local blocks lie in `<wal path>/blocks`. */
export function walDirectory(walPath: string, tenant: TenantId): string {
  return join(walPath, tenant === 'blocks' ? TENANT_NAMED_BLOCKS : tenant);
}

/** The tenant of a name below the wal path; undefined when it is something else. */
export function tenantOfDirectory(name: string): TenantId | undefined {
  if (name === 'blocks' || name.includes('+') || name.startsWith('.')) return undefined;
  return (name === TENANT_NAMED_BLOCKS ? 'blocks' : name) as TenantId;
}

/** Where replayed records go. */
export interface ReplayTarget {
  readonly tenant: TenantId;
  replay(record: WalRecord): Promise<void>;
  replayed(segment: number): void;
}

export interface ReplayOptions {
  readonly target: ReplayTarget;
  readonly fileSystem: WalFileSystem;
  readonly directory: string;
  readonly segments: readonly number[];
  readonly logger: Logger;
  readonly metrics: IngesterMetrics;
  /** Removes segments that hold nothing. */
  readonly deleteSegments: (segments: readonly number[]) => Promise<void>;
  /** Called between segments. */
  readonly onBoundary: () => Promise<void>;
  readonly signal: AbortSignal;
}

/** Replays segments in order. One that cannot be read does not keep the others from being read. */
export async function replayTenant(options: ReplayOptions): Promise<void> {
  const { target, metrics, logger, signal } = options;
  for (const sequence of options.segments) {
    if (signal.aborted) return;
    try {
      await replayOne(sequence, options);
    } catch (error) {
      metrics.replayErrors.inc({ tenant: target.tenant });
      logger.error('log segment cannot be read; left alone', {
        tenant: target.tenant,
        segment: sequence,
        error,
      });
    }
    await options.onBoundary();
  }
}

async function replayOne(sequence: number, options: ReplayOptions): Promise<void> {
  const { target, fileSystem, directory, metrics, logger, signal } = options;
  const { tenant } = target;
  const records = replaySegment({ fileSystem, directory, sequence });
  let taken = 0;
  let report: SegmentReport | undefined;
  try {
    while (!report) {
      const step = await records.next();
      if (step.done) report = step.value;
      else {
        if (signal.aborted) return;
        taken += await take(target, step.value, options);
      }
    }
  } finally {
    // Not marked as replayed: a block must not take the place of records that were not read.
    if (!report) await records.return(undefined as never);
  }
  if (taken > 0) target.replayed(sequence);
  if (report.damagedRanges > 0) {
    metrics.replayErrors.inc({ tenant }, report.damagedRanges);
    const keptAs = await keepDamagedSegment({ fileSystem, directory, sequence });
    logger.error('log segment is damaged; a copy was kept', { tenant, ...report, keptAs });
  }
  if (taken === 0) await options.deleteSegments([sequence]);
}

/** 1 when the record was taken, 0 when it is not a record of ours. */
async function take(
  target: ReplayTarget,
  record: WalRecord,
  options: ReplayOptions,
): Promise<number> {
  try {
    await target.replay(record);
    return 1;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    options.metrics.replayErrors.inc({ tenant: target.tenant });
    options.logger.error('log record cannot be read', { tenant: target.tenant, error });
    return 0;
  }
}
