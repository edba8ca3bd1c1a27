/** A metrics query from its request to its answer. */
import { create } from '@bufbuild/protobuf';
import { tempopb } from '@tempo-ts/contracts';
import {
  compileMetricsQuery,
  resolveInstantRange,
  resolveMetricsRange,
  type MetricsRange,
  type MetricsRangeRules,
  type RequestedMetricsRange,
} from '@tempo-ts/http-api';
import type { Query } from '@tempo-ts/traceql';
import { MetricsCombiner } from '../combiners/metrics-combiner.ts';
import { smallestLimit, type QueryScope, type QueryServices } from '../query-services.ts';
import { planMetricsJobs, type MetricsJob } from '../sharders/metrics-sharder.ts';
import { matchesNothing } from './matches-nothing.ts';
import { observeQuery } from './observe-query.ts';
import { runJobs } from './run-jobs.ts';

/** What a client asked for. */
export interface MetricsRequest extends RequestedMetricsRange {
  readonly query: string;
  /** Most exemplars; 0 for the usual number. */
  readonly exemplars?: number;
  /** Most series; 0 for no limit of the client's. */
  readonly maxSeries?: number;
}

/** Called after each job; the combiner tells what is known so far. */
export type OnMetricsProgress = (combiner: MetricsCombiner) => void;

/**
 * Answers a range query.
 *
 * @throws QueryError with the text for the client.
 */
export async function runQueryRange(
  services: QueryServices,
  scope: QueryScope,
  request: MetricsRequest,
  onProgress?: OnMetricsProgress,
): Promise<tempopb.QueryRangeResponse> {
  const resolve = (rules: MetricsRangeRules) => resolveMetricsRange(request, rules);
  return run(services, scope, {
    request,
    name: 'query range',
    resolve,
    exemplars: (query) => exemplarLimit(query, request, services.config.metrics.max_exemplars),
    none: () => create(tempopb.QueryRangeResponseSchema, { metrics: {} }),
    answer: (combiner) => combiner.result(),
    ...(onProgress ? { onProgress } : {}),
  });
}

/**
 * Answers an instant query: one value per series, over the whole range.
 *
 * @throws QueryError with the text for the client.
 */
export async function runQueryInstant(
  services: QueryServices,
  scope: QueryScope,
  request: MetricsRequest,
  onProgress?: OnMetricsProgress,
): Promise<tempopb.QueryInstantResponse> {
  return run(services, scope, {
    request,
    name: 'query instant',
    resolve: (rules) => resolveInstantRange(request, rules),
    exemplars: () => 0,
    none: () => create(tempopb.QueryInstantResponseSchema, { metrics: {} }),
    answer: (combiner) => combiner.instantResult(),
    ...(onProgress ? { onProgress } : {}),
  });
}

interface MetricsRun<A> {
  readonly request: MetricsRequest;
  /** As logs call it. */
  readonly name: string;
  readonly resolve: (rules: MetricsRangeRules) => MetricsRange;
  readonly exemplars: (query: Query) => number;
  /** The answer of a query that nothing can satisfy. */
  readonly none: () => A;
  readonly answer: (combiner: MetricsCombiner) => A;
  readonly onProgress?: OnMetricsProgress;
}

type MetricsAnswer = tempopb.QueryRangeResponse | tempopb.QueryInstantResponse;

function run<A extends MetricsAnswer>(
  services: QueryServices,
  scope: QueryScope,
  metricsRun: MetricsRun<A>,
): Promise<A> {
  const { name, request } = metricsRun;
  const { query, start, end, step } = request;
  const fields = {
    query,
    ...(start !== undefined && end !== undefined ? { range_nanos: Number(end - start) } : {}),
    ...(step === undefined ? {} : { step: Number(step) }),
  };
  return observeQuery(
    services,
    scope,
    { name, operation: 'metrics', fields },
    () => execute(services, scope, metricsRun),
    ({ metrics, series }) => ({
      inspectedBytes: metrics?.inspectedBytes ?? 0n,
      fields: {
        series: series.length,
        total_requests: metrics?.totalJobs ?? 0,
        completed_requests: metrics?.completedJobs ?? 0,
        total_blocks: metrics?.totalBlocks ?? 0,
        total_block_bytes: metrics?.totalBlockBytes ?? 0n,
        inspected_traces: metrics?.inspectedTraces ?? 0,
        inspected_spans: metrics?.inspectedSpans ?? 0n,
      },
    }),
  );
}

async function execute<A extends MetricsAnswer>(
  services: QueryServices,
  scope: QueryScope,
  { request, resolve, exemplars, none, answer, onProgress }: MetricsRun<A>,
): Promise<A> {
  const { config, catalog } = services;
  const maxBytes = config.max_query_expression_size_bytes || Number.MAX_SAFE_INTEGER;
  const query = compileMetricsQuery(request.query, maxBytes);
  const range = resolve(rangeRules(services, scope));
  if (matchesNothing(query)) return none();
  const metrics = create(tempopb.QueryRangeRequestSchema, {
    query: request.query,
    ...range,
    exemplars: exemplars(query),
    maxSeries: smallestLimit([request.maxSeries ?? 0, config.metrics.max_response_series]),
  });
  const plan = planMetricsJobs(metrics, scope.tenants, {
    catalog,
    targetBytesPerJob: config.metrics.target_bytes_per_job,
  });
  const combiner = new MetricsCombiner(query, metrics, plan);
  await runJobs<MetricsJob['kind']>(services, plan.jobs, {
    concurrency: config.metrics.concurrent_jobs,
    signal: scope.signal,
    onResult: (partial, index) => {
      combiner.add(partial, index);
      onProgress?.(combiner);
      return false;
    },
  });
  return answer(combiner);
}

function rangeRules(
  { config, overrides, clock }: QueryServices,
  { tenants }: QueryScope,
): MetricsRangeRules {
  const ofTenants = smallestLimit(
    tenants.map((tenant) => overrides.limits(tenant).read.max_metrics_duration),
  );
  return {
    nowUnixMs: clock.nowUnixMs(),
    endCutoffMs: config.query_end_cutoff,
    maxDurationMs: ofTenants || config.metrics.max_duration,
    maxIntervals: config.metrics.max_intervals,
  };
}

/** The hint `exemplars` goes before the parameter; neither goes beyond the limit. */
function exemplarLimit(query: Query, { exemplars = 0 }: MetricsRequest, limit: number): number {
  const hint = query.hints.find(({ name }) => name === 'exemplars')?.value;
  if (hint?.type === 'bool') return hint.value ? limit : 0;
  if (hint?.type === 'int') return Math.max(0, Math.min(Number(hint.value), limit));
  return Math.min(exemplars || limit, limit);
}
