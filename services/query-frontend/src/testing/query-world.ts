/** A query-frontend's surroundings under the control of a test. */
import type { BlockRef, JobExecutor, QueryJob, TenantId } from '@tempo-ts/ports';
import { VirtualClock } from '@tempo-ts/runtime/testing';
import { createMetricsRegistry, type LogFields, type Logger } from '@tempo-ts/telemetry';
import type { QueryFrontendConfig, QueryLimits } from '../config.ts';
import { JobQueue } from '../job-queue.ts';
import { createQueryFrontendMetrics } from '../metrics.ts';
import type { QueryServices } from '../query-services.ts';

const noSlo = { duration_slo: 0, throughput_bytes_slo: 0 };

/** The defaults of the configuration. */
export const testConfig: QueryFrontendConfig = {
  max_outstanding_per_tenant: 2000,
  max_retries: 2,
  search: {
    concurrent_jobs: 1000,
    target_bytes_per_job: 100 * 1024 * 1024,
    default_result_limit: 20,
    max_result_limit: 262_144,
    max_duration: 168 * 3_600_000,
    query_backend_after: 900_000,
    default_spans_per_span_set: 3,
    max_spans_per_span_set: 100,
    metadata_slo: noSlo,
    ...noSlo,
  },
  trace_by_id: { query_shards: 50, concurrent_shards: 0, ...noSlo },
  metrics: {
    concurrent_jobs: 1000,
    target_bytes_per_job: 100 * 1024 * 1024,
    max_duration: 3 * 3_600_000,
    max_exemplars: 100,
    max_response_series: 0,
    max_intervals: 10_000,
    ...noSlo,
  },
  api_timeout: 0,
  url_deny_list: [],
  max_query_expression_size_bytes: 131_072,
  query_end_cutoff: 0,
  max_grpc_streaming_packet_size: 2 * 1024 * 1024,
  log_query_request_headers: [],
};

/** The limits of a tenant without overrides. */
export const testLimits: QueryLimits = {
  read: {
    max_bytes_per_tag_values_query: 1_000_000,
    max_blocks_per_tag_values_query: 0,
    max_search_duration: 0,
    max_metrics_duration: 0,
    left_pad_trace_ids: false,
  },
  global: { max_bytes_per_trace: 5_000_000 },
};

/** A block; its times are unix milliseconds. */
export function testBlock(
  blockId: string,
  fields: Partial<BlockRef> & { readonly endUnixMs: number },
): BlockRef {
  return {
    tenant: 'single-tenant' as TenantId,
    blockId,
    format: 'vParquet4',
    sizeBytes: 1000,
    footerSizeBytes: 0,
    rowGroupCount: 1,
    traceCount: 1,
    bloomShardCount: 1,
    dedicatedColumns: [],
    startUnixMs: fields.endUnixMs - 1000,
    ...fields,
  };
}

export interface TestWorldOptions {
  readonly config?: Partial<QueryFrontendConfig>;
  readonly limits?: QueryLimits;
  readonly blocks?: readonly BlockRef[];
  readonly maxConcurrentJobs?: number;
  /** Runs a job. */
  readonly execute: (job: QueryJob, signal: AbortSignal) => unknown;
}

/** Everything a query-frontend is made with, and what can be seen of it from outside. */
export function testWorld(options: TestWorldOptions) {
  const clock = new VirtualClock();
  const registry = createMetricsRegistry();
  const lines: { message: string; fields: LogFields | undefined }[] = [];
  const write = (message: string, fields?: LogFields) => void lines.push({ message, fields });
  const logger: Logger = {
    debug: write,
    info: write,
    warn: write,
    error: write,
    child: () => logger,
  };
  const jobs: QueryJob[] = [];
  const executor: JobExecutor = {
    execute: async (job, signal) => {
      jobs.push(job);
      return (await options.execute(job, signal)) as never;
    },
  };
  const metrics = createQueryFrontendMetrics(registry);
  const config = { ...testConfig, ...options.config };
  const services: QueryServices = {
    config,
    overrides: { limits: () => options.limits ?? testLimits },
    executor,
    catalog: {
      blocks: (tenant, { startUnixMs = 0, endUnixMs = Number.MAX_SAFE_INTEGER }) =>
        (options.blocks ?? []).filter(
          (block) =>
            block.tenant === tenant &&
            block.startUnixMs <= endUnixMs &&
            block.endUnixMs >= startUnixMs,
        ),
    },
    queue: new JobQueue({
      capacityPerTenant: config.max_outstanding_per_tenant,
      concurrency: options.maxConcurrentJobs ?? 20,
      clock,
      metrics,
    }),
    clock,
    timers: clock,
    logger,
    metrics,
  };
  return { services, clock, registry, lines, jobs };
}
