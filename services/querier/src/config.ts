/**
 * What the querier needs of the configuration, by the names of the YAML, so that the whole
 * configuration fits. Durations are milliseconds.
 */
import type { ObjectStoreConfig } from '@tempo-ts/object-store';

export interface QuerierConfig {
  readonly querier: {
    readonly max_concurrent_queries: number;
    readonly search: { readonly query_timeout: number };
    readonly trace_by_id: { readonly query_timeout: number };
  };
  readonly storage: {
    readonly trace: ObjectStoreConfig & {
      readonly pool: {
        /** Most jobs that wait for a worker. */
        readonly queue_depth: number;
      };
    };
  };
}

/** Limits of a tenant that jobs heed; 0 for none. */
export interface QuerierOverrides {
  limits(tenant: string): { readonly read: { readonly max_bytes_per_tag_values_query: number } };
}
