/**
 * What the distributor needs of the configuration and of the tenant's limits. Names are those of the
 * YAML, so `config.distributor` and a tenant's limits fit as they are. Durations are milliseconds.
 */
import type { TenantId } from '@tempo-ts/ports';

/** `log_received_spans` and `log_discarded_spans`. */
export interface SpanLogConfig {
  readonly enabled: boolean;
  /** Adds name, kind, status, duration and all attributes of resource and span. */
  readonly include_all_attributes: boolean;
  /** Only spans with status error. */
  readonly filter_by_status_error: boolean;
  /** Part of the traces that is logged, 0 to 1. */
  readonly log_sampling_fraction: number;
}

/** The `distributor` block. */
export interface DistributorConfig {
  readonly log_received_spans: SpanLogConfig;
  readonly log_discarded_spans: SpanLogConfig;
  readonly metric_received_spans: { readonly enabled: boolean; readonly root_only: boolean };
  /** What senders over their rate are told to wait; 0 tells them nothing. */
  readonly retry_after_on_resource_exhausted: number;
  /** Attribute keys and string values are cut to this length; 0 means never. */
  readonly max_attribute_bytes: number;
  /** Answers take at least this long; 0 means no delay. */
  readonly artificial_delay: number;
  /** Bytes of requests that may be on their way to ingesters; more are refused as unavailable. */
  readonly max_inflight_push_bytes: number;
}

/** The `ingestion` limits of a tenant. */
export interface IngestionLimits {
  readonly rate_strategy: string;
  /** Bytes per second. */
  readonly rate_limit_bytes: number;
  readonly burst_size_bytes: number;
  /** 0: the distributor's own value. */
  readonly max_attribute_bytes: number;
  /** Undefined: the distributor's own value. */
  readonly artificial_delay?: number | undefined;
  readonly retry_info_enabled: boolean;
}

/** Where the limits of a tenant come from; asked again for every request. */
export interface IngestionOverrides {
  limits(tenant: TenantId): { readonly ingestion: IngestionLimits };
}
