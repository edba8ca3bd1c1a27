/** What every query of the query-frontend works with. */
import type { BlockCatalog, JobExecutor, TenantId } from '@tempo-ts/ports';
import type { Clock, Timers } from '@tempo-ts/runtime';
import type { Logger } from '@tempo-ts/telemetry';
import type { QueryFrontendConfig, QueryOverrides } from './config.ts';
import type { JobQueue } from './job-queue.ts';
import type { QueryFrontendMetrics } from './metrics.ts';

export interface QueryServices {
  readonly config: QueryFrontendConfig;
  readonly overrides: QueryOverrides;
  readonly executor: JobExecutor;
  readonly catalog: BlockCatalog;
  readonly queue: JobQueue;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
  readonly metrics: QueryFrontendMetrics;
}

/** Who asks, and until when they wait. */
export interface QueryScope {
  /** Sorted; at least one. */
  readonly tenants: readonly TenantId[];
  readonly signal: AbortSignal;
  /** Of `log_query_request_headers`, those that the request has. */
  readonly headers: Readonly<Record<string, string>>;
}

/** The tenants as metrics and logs name them: `a|b`. */
export function tenantLabel({ tenants }: QueryScope): string {
  return tenants.join('|');
}

/** The smallest of the limits that are set; 0 when none is. */
export function smallestLimit(limits: readonly number[]): number {
  return limits.filter((limit) => limit > 0).reduce((a, b) => (a === 0 ? b : Math.min(a, b)), 0);
}
