/** A search from its request to its answer. */
import { create } from '@bufbuild/protobuf';
import { tempopb } from '@tempo-ts/contracts';
import { searchQueryError } from '@tempo-ts/http-api';
import { parseQuery } from '@tempo-ts/traceql';
import { SearchCombiner } from '../combiners/search-combiner.ts';
import type { QueryScope, QueryServices } from '../query-services.ts';
import { planSearch, type SearchJob } from '../sharders/search-sharder.ts';
import { matchesNothing } from './matches-nothing.ts';
import { observeQuery } from './observe-query.ts';
import { resolveRange } from './resolve-range.ts';
import { runJobs } from './run-jobs.ts';

export interface SearchOptions {
  /** Length of the range that ends now, for a request without times. */
  readonly sinceMs?: number | undefined;
  /** Called after each job with the way to ask what is certain so far. */
  readonly onProgress?: (settled: () => tempopb.SearchResponse) => void;
}

/**
 * Answers `request`, whose limits are checked.
 *
 * @throws QueryError with the text for the client.
 */
export function runSearch(
  services: QueryServices,
  scope: QueryScope,
  request: tempopb.SearchRequest,
  options: SearchOptions = {},
): Promise<tempopb.SearchResponse> {
  const { Query: query, start, end } = request;
  const fields = {
    query,
    ...(Object.keys(request.Tags).length > 0 ? { tags: request.Tags } : {}),
    range_seconds: end - start,
    limit: request.Limit,
    spans_per_spanset: request.SpansPerSpanSet,
  };
  return observeQuery(
    services,
    scope,
    { name: 'search', operation: 'search', fields },
    () => search(services, scope, request, options),
    ({ metrics, traces }) => ({
      inspectedBytes: metrics?.inspectedBytes ?? 0n,
      fields: {
        traces: traces.length,
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

async function search(
  services: QueryServices,
  scope: QueryScope,
  request: tempopb.SearchRequest,
  { sinceMs, onProgress }: SearchOptions,
): Promise<tempopb.SearchResponse> {
  const { config, catalog } = services;
  if (isNoop(request.Query, config.max_query_expression_size_bytes))
    return create(tempopb.SearchResponseSchema, { metrics: {} });
  const range = resolveRange(services, scope, { start: request.start, end: request.end, sinceMs });
  const plan = planSearch({ ...request, ...range }, scope.tenants, {
    catalog,
    targetBytesPerJob: config.search.target_bytes_per_job,
  });
  const combiner = new SearchCombiner(plan, { limit: request.Limit });
  const padded = (response: tempopb.SearchResponse) => padTraceIds(services, scope, response);
  await runJobs<SearchJob['kind']>(services, plan.jobs, {
    concurrency: config.search.concurrent_jobs,
    signal: scope.signal,
    onResult: (response, index) => {
      const isDone = combiner.add(response, index);
      onProgress?.(() => padded(combiner.settled()));
      return isDone;
    },
  });
  return padded(combiner.result());
}

/** Refuses what is no TraceQL; true for a query that nothing can satisfy. */
function isNoop(text: string, maxQueryBytes: number): boolean {
  if (text === '') return false;
  try {
    return matchesNothing(parseQuery(text, { maxBytes: maxQueryBytes || Number.MAX_SAFE_INTEGER }));
  } catch (error) {
    throw searchQueryError(error);
  }
}

/** Writes ids with their leading zeros for tenants that want them. */
function padTraceIds(
  { overrides }: QueryServices,
  { tenants }: QueryScope,
  response: tempopb.SearchResponse,
): tempopb.SearchResponse {
  if (!tenants.some((tenant) => overrides.limits(tenant).read.left_pad_trace_ids)) return response;
  const traces = response.traces.map((trace) => ({
    ...trace,
    traceID: trace.traceID.padStart(32, '0'),
  }));
  return { ...response, traces };
}
