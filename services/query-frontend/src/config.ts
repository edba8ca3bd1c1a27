/**
 * What the query-frontend needs of the configuration and of a tenant's limits. Names are those of the
 * YAML, so `config.query_frontend` and a tenant's limits fit as they are. Durations are milliseconds.
 */
import type { TenantId } from '@tempo-ts/ports';

/** What makes a query count as one within its objective; zeros: every query does. */
export interface SloConfig {
  readonly duration_slo: number;
  readonly throughput_bytes_slo: number;
}

/** `query_frontend.search`. */
export interface SearchConfig extends SloConfig {
  /** Most jobs of one query in the queue at once. */
  readonly concurrent_jobs: number;
  readonly target_bytes_per_job: number;
  readonly default_result_limit: number;
  readonly max_result_limit: number;
  /** Longest time range; 0 for no limit. */
  readonly max_duration: number;
  /** A query without times looks at this much of the past. */
  readonly query_backend_after: number;
  readonly default_spans_per_span_set: number;
  readonly max_spans_per_span_set: number;
  readonly metadata_slo: SloConfig;
}

/** `query_frontend.trace_by_id`. */
export interface TraceByIdConfig extends SloConfig {
  /** Most jobs of one lookup, the one for recent data included. */
  readonly query_shards: number;
  /** Most of them at once; 0 for all. */
  readonly concurrent_shards: number;
}

/** `query_frontend.metrics`. */
export interface MetricsConfig extends SloConfig {
  /** Most jobs of one query in the queue at once. */
  readonly concurrent_jobs: number;
  readonly target_bytes_per_job: number;
  /** Longest time range; 0 for no limit. */
  readonly max_duration: number;
  /** Most exemplars per query, and how many there are when a query does not say. */
  readonly max_exemplars: number;
  /** Most series in an answer; 0 for no limit. */
  readonly max_response_series: number;
  /** Most steps per series; 0 for no limit. */
  readonly max_intervals: number;
}

/** The `query_frontend` block. */
export interface QueryFrontendConfig {
  readonly max_outstanding_per_tenant: number;
  /** Attempts per job, the first included. */
  readonly max_retries: number;
  readonly search: SearchConfig;
  readonly trace_by_id: TraceByIdConfig;
  readonly metrics: MetricsConfig;
  /** Longest duration of a request; 0 for no limit. */
  readonly api_timeout: number;
  /** Regular expressions: requests whose URL matches one are refused. */
  readonly url_deny_list: readonly string[];
  /** 0 for no limit. */
  readonly max_query_expression_size_bytes: number;
  readonly query_end_cutoff: number;
  /** Largest message of a streamed metrics answer; 0 for no limit. */
  readonly max_grpc_streaming_packet_size: number;
  /** Request headers put into query logs. */
  readonly log_query_request_headers: readonly string[];
}

/** Limits of a tenant that queries heed; zeros mean no limit, or the value of the configuration. */
export interface QueryLimits {
  readonly read: {
    readonly max_bytes_per_tag_values_query: number;
    readonly max_blocks_per_tag_values_query: number;
    readonly max_search_duration: number;
    readonly max_metrics_duration: number;
    readonly left_pad_trace_ids: boolean;
  };
  readonly global: { readonly max_bytes_per_trace: number };
}

/** Where the limits of a tenant come from; asked again for every query. */
export interface QueryOverrides {
  limits(tenant: TenantId): QueryLimits;
}
