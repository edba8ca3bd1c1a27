/** What a search will read and do: decided once per query, then run over any number of sources. */
import type { Query } from '@tempo-ts/traceql';
import type { FetchRequest } from './spanset-source.ts';

export interface SearchOptions {
  /** Most traces to return; the newest ones win. */
  readonly limit: number;
  /** Most spans to return per spanset; 0 for all. */
  readonly spansPerSpanSet: number;
  /** Whole seconds since 1970, both or none. */
  readonly startUnixSeconds?: number;
  readonly endUnixSeconds?: number;
}

/** Immutable; may be used for several searches at once. */
export interface SearchPlan {
  readonly query: Query;
  readonly options: SearchOptions;
  readonly fetch: Omit<FetchRequest, 'signal'>;
}
