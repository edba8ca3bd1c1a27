/** Adds up what the jobs of a tag query cost. */
import { create } from '@bufbuild/protobuf';
import { tempopb } from '@tempo-ts/contracts';
import type { TagPlan } from '../sharders/tag-sharder.ts';

/** The `metrics` of an answer, growing. */
export class MetadataCost {
  readonly #plan: TagPlan<unknown>;
  #completedJobs = 0;
  #inspectedBytes = 0n;

  constructor(plan: TagPlan<unknown>) {
    this.#plan = plan;
  }

  /** One more job is done. */
  add(metrics: tempopb.MetadataMetrics | undefined): void {
    this.#completedJobs += 1;
    this.#inspectedBytes += metrics?.inspectedBytes ?? 0n;
  }

  metrics(): tempopb.MetadataMetrics {
    const { jobs, totalBlocks, totalBlockBytes } = this.#plan;
    return create(tempopb.MetadataMetricsSchema, {
      inspectedBytes: this.#inspectedBytes,
      totalJobs: jobs.length,
      completedJobs: this.#completedJobs,
      totalBlocks,
      totalBlockBytes: BigInt(totalBlockBytes),
    });
  }
}
