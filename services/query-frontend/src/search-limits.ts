/** Limits of searches from the configuration. */
import type { SearchLimits } from '@tempo-ts/http-api';
import type { QueryFrontendConfig } from './config.ts';

/** As the request parser takes them. */
export function searchLimits({ search }: QueryFrontendConfig): SearchLimits {
  return {
    defaultLimit: search.default_result_limit,
    maxLimit: search.max_result_limit,
    defaultSpansPerSpanSet: search.default_spans_per_span_set,
    maxSpansPerSpanSet: search.max_spans_per_span_set,
  };
}
