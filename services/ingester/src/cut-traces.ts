/**
 * Decides when traces are no longer live and when heads become blocks: in a sweep over all tenants
 * every `flush_check_period`, and at once when told to.
 */
import type { BlockCompleter } from './complete-block.ts';
import type { TenantInstance } from './tenant-instance.ts';
import type { TenantInstances } from './tenant-instances.ts';

export interface TraceCutterOptions {
  readonly tenants: TenantInstances;
  readonly completer: BlockCompleter;
  /** What recent spans count for, in bytes. */
  readonly recentBytes: () => number;
  /** See IngesterBounds. */
  readonly maxRecentBytes: number;
}

export class TraceCutter {
  readonly #options: TraceCutterOptions;

  constructor(options: TraceCutterOptions) {
    this.#options = options;
  }

  /** Ends the lives of idle and old traces; cuts heads that are old, large, or take too much memory. */
  async sweep(): Promise<void> {
    const { tenants } = this.#options;
    for (const instance of tenants.all()) {
      instance.endLives({ all: false });
      // While a log is replayed, heads are cut between its segments only.
      if (!tenants.isReplaying(instance.tenant) && instance.isHeadDue()) await this.cut(instance);
    }
    await this.#cutLargestWhenFull();
  }

  /** Cuts the head, live traces included, once everything of the tenant is in it. */
  async cutAll(instance: TenantInstance): Promise<void> {
    await this.#options.tenants.replayOf(instance.tenant);
    instance.endLives({ all: true });
    await this.cut(instance);
  }

  /** Cuts the head now; live traces go on in the next one. Its block is written in the background. */
  async cut(instance: TenantInstance): Promise<void> {
    const cut = await instance.cut();
    if (cut) this.#options.completer.complete(cut, instance);
  }

  /** Above half of the memory for recent spans the largest head becomes a block early. */
  async #cutLargestWhenFull(): Promise<void> {
    const { tenants, recentBytes, maxRecentBytes } = this.#options;
    if (recentBytes() <= maxRecentBytes / 2) return;
    const largest = tenants
      .all()
      .filter(({ tenant }) => !tenants.isReplaying(tenant))
      .toSorted((a, b) => b.headBytes - a.headBytes)[0];
    if (largest) await this.cut(largest);
  }
}
