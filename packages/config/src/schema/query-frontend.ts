/** `query_frontend`: the query API, its limits, and how queries are cut into jobs. */
import {
  bool,
  commaList,
  duration,
  float,
  int,
  regularExpression,
  text,
} from '../scalar-fields.ts';
import { list, section } from '../composite-fields.ts';

const byRecency = {
  noEffect: 'ingesters answer for everything that no stored block holds',
} as const;

function sloShape() {
  return {
    duration_slo: duration('0s', 'A query this fast is within its objective; 0 means none.'),
    throughput_bytes_slo: float(
      0,
      'A query reading this many bytes per second is within its objective; 0 means none.',
    ),
  };
}

const searchSchema = section('Search.', {
  timeout: duration('0s', 'Longest duration of a search.', {
    deprecated: 'use query_frontend.api_timeout; this key does nothing',
  }),
  concurrent_jobs: int(1000, 'Most jobs of one search in the queue at once.', { min: 1 }),
  target_bytes_per_job: int(104_857_600, 'Bytes of block data one job reads.', { min: 1 }),
  default_result_limit: int(20, 'Traces found when the request does not say how many.', { min: 1 }),
  max_result_limit: int(262_144, 'Most traces a request may ask for; 0 means no limit.'),
  max_duration: duration('168h', 'Longest time range of a search; 0 means no limit.'),
  query_backend_after: duration(
    '15m',
    'A search without times looks at this much of the past. Stored blocks are searched whatever their age.',
  ),
  query_ingesters_until: duration(
    '30m',
    'Ingesters are asked for data younger than this.',
    byRecency,
  ),
  ingester_shards: int(3, 'Pieces the recent time range is cut into.', { min: 1, ...byRecency }),
  most_recent_shards: int(200, 'Groups of blocks a most_recent search is cut into.', {
    min: 1,
    noEffect: 'every search answers the newest traces first',
  }),
  default_spans_per_span_set: int(3, 'Spans shown per spanset when the request does not say.'),
  max_spans_per_span_set: int(
    100,
    'Most spans per spanset a request may ask for; 0 means no limit.',
  ),
  ...sloShape(),
  metadata_slo: section('Objective of tag look-ups.', sloShape()),
});

const traceByIdSchema = section('Trace look-ups.', {
  query_shards: int(50, 'Jobs a look-up is cut into.', { min: 2, max: 100_000 }),
  concurrent_shards: int(0, 'Most of them at once; 0 means all.'),
  external_enabled: bool(false, 'Ask querier.trace_by_id.external too.', {
    later: 'externalTraces',
  }),
  ...sloShape(),
});

const metricsSchema = section('TraceQL metrics queries.', {
  concurrent_jobs: int(1000, 'Most jobs of one query in the queue at once.'),
  target_bytes_per_job: int(104_857_600, 'Bytes of block data one job reads.'),
  max_duration: duration('3h', 'Longest time range; 0 means no limit.'),
  query_backend_after: duration('30m', 'Blocks are read for data older than this.', byRecency),
  interval: duration('5m', 'Time ranges are aligned to this.', {
    noEffect: 'ranges are aligned to the step of the query',
  }),
  max_exemplars: int(100, 'Most exemplars per query.'),
  max_response_series: int(0, 'Most series in an answer; 0 means no limit.'),
  streaming_shards: int(200, 'Pieces a streamed query is cut into.', {
    noEffect: 'streamed and other queries are cut alike',
  }),
  max_intervals: int(10_000, 'Most steps per series; 0 means no limit.'),
  ...sloShape(),
});

/** `query_frontend`. */
export const queryFrontendSchema = section('Answers queries.', {
  max_outstanding_per_tenant: int(2000, 'Most jobs of a tenant waiting; more answer 429.'),
  max_batch_size: int(7, 'Most jobs a querier takes at once.', {
    min: 1,
    noEffect: 'a querier takes a job whenever it has room for one',
  }),
  log_query_request_headers: commaList([], 'Request headers put into query logs.'),
  max_retries: int(2, 'Attempts per job.'),
  search: searchSchema,
  trace_by_id: traceByIdSchema,
  metrics: metricsSchema,
  multi_tenant_queries_enabled: bool(true, 'A query may name several tenants: `a|b`.'),
  response_consumers: int(10, 'Goroutines joining partial answers.', {
    noEffect: 'partial answers are joined as they arrive',
  }),
  weights: section(
    'How much of a batch a job counts for.',
    {
      request_with_weights: bool(true, 'Count heavy queries as several jobs.'),
      retry_with_weights: bool(true, 'Count repeated jobs as several.'),
      max_traceql_conditions: int(4, 'Conditions from which a query is heavy.'),
      max_regex_conditions: int(1, 'Regular expressions from which a query is heavy.'),
    },
    { later: 'jobWeights' },
  ),
  mcp_server: section('MCP server for language models.', {
    enabled: bool(false, 'Serve /api/mcp.', { later: 'mcp' }),
  }),
  api_timeout: duration('0s', 'Longest duration of a request, then 503; 0 means no limit.'),
  url_deny_list: list(
    regularExpression('', 'Regular expression.'),
    [],
    'Requests whose URL matches answer 400.',
  ),
  max_query_expression_size_bytes: int(
    131_072,
    'Longest TraceQL query, in bytes; 0 means no limit.',
  ),
  allowed_headers: list(text('', 'Header name.'), [], 'Request headers passed on to queriers.', {
    later: 'separateProcesses',
  }),
  rf1_after: text(
    '0001-01-01T00:00:00Z',
    'Time from which only blocks with one replica are read.',
    {
      noEffect: 'all blocks are read and spans de-duplicated',
      check: (value) =>
        Number.isNaN(Date.parse(value)) ? 'a time such as 2026-01-31T00:00:00Z' : undefined,
    },
  ),
  query_end_cutoff: duration(
    '0s',
    'Queries end at least this long ago; 0 means now, less means in the future.',
    { min: Number.MIN_SAFE_INTEGER },
  ),
  max_grpc_streaming_packet_size: int(
    2_097_152,
    'Largest message of a streamed metrics answer, in bytes; 0 means no limit (Tempo 3.0).',
  ),
  skip_ast_transformations: list(
    text('', 'Name of a transformation.'),
    [],
    'Query rewritings that are not done (Tempo 3.0).',
    { noEffect: 'queries are not rewritten' },
  ),
});
