/** What a query-frontend asks of queriers, and queriers of ingesters. */
import type { tempopb } from '@tempo-ts/contracts';
import type { BlockRef } from './block-ref.ts';
import type { PartialSeries } from './partial-series.ts';
import type { TenantId } from './tenant.ts';

/** Blocks the query reads itself: the ingester leaves out those, and only those, of its own. */
export type PlannedBlocks = ReadonlySet<string>;

/** Row groups `first … first + count - 1` of a block. */
export interface RowGroupRange {
  readonly first: number;
  readonly count: number;
}

/** A trace as found in one place. */
export interface FoundTrace {
  /** A serialized Trace, or undefined when the trace is not there. */
  readonly trace: Uint8Array | undefined;
  readonly inspectedBytes: number;
}

/** Recent data of one tenant: everything acknowledged that is not yet in a planned block. */
export interface RecentTraces {
  findTrace(request: FindRecentTrace, signal: AbortSignal): Promise<FoundTrace>;
  search(request: SearchRecent, signal: AbortSignal): Promise<tempopb.SearchResponse>;
  searchTags(request: TagsRecent, signal: AbortSignal): Promise<tempopb.SearchTagsV2Response>;
  searchTagValues(
    request: TagValuesRecent,
    signal: AbortSignal,
  ): Promise<tempopb.SearchTagValuesV2Response>;
  queryRange(request: QueryRangeRecent, signal: AbortSignal): Promise<PartialSeries>;
}

interface OverRecent {
  readonly tenant: TenantId;
  readonly plannedBlocks: PlannedBlocks;
}
export interface FindRecentTrace extends OverRecent {
  readonly traceId: Uint8Array;
}
export interface SearchRecent extends OverRecent {
  readonly search: tempopb.SearchRequest;
}
export interface TagsRecent extends OverRecent {
  readonly tags: tempopb.SearchTagsRequest;
}
export interface TagValuesRecent extends OverRecent {
  readonly tagValues: tempopb.SearchTagValuesRequest;
}

/** `metrics`: its times are those of the buckets, in nanoseconds; the query is checked. */
export interface QueryRangeRecent extends OverRecent {
  readonly metrics: tempopb.QueryRangeRequest;
}

interface OverBlock {
  readonly tenant: TenantId;
  readonly block: BlockRef;
}
/** One unit of work of a query; its result is one partial answer. */
export type QueryJob =
  | ({ readonly kind: 'find-recent-trace' } & FindRecentTrace)
  | ({ readonly kind: 'search-recent' } & SearchRecent)
  | ({ readonly kind: 'tags-recent' } & TagsRecent)
  | ({ readonly kind: 'tag-values-recent' } & TagValuesRecent)
  | ({ readonly kind: 'query-range-recent' } & QueryRangeRecent)
  | {
      readonly kind: 'find-trace-in-blocks';
      readonly tenant: TenantId;
      readonly traceId: Uint8Array;
      readonly blocks: readonly BlockRef[];
    }
  | ({
      readonly kind: 'search-block';
      readonly search: tempopb.SearchRequest;
      readonly rowGroups: RowGroupRange;
    } & OverBlock)
  | ({ readonly kind: 'tags-block'; readonly tags: tempopb.SearchTagsRequest } & OverBlock)
  | ({
      readonly kind: 'tag-values-block';
      readonly tagValues: tempopb.SearchTagValuesRequest;
    } & OverBlock)
  | ({
      readonly kind: 'query-range-block';
      readonly metrics: tempopb.QueryRangeRequest;
      readonly rowGroups: RowGroupRange;
    } & OverBlock);

/** The answer to each kind of job. */
export interface QueryJobResults {
  readonly 'find-recent-trace': FoundTrace;
  readonly 'find-trace-in-blocks': FoundTrace;
  readonly 'search-recent': tempopb.SearchResponse;
  readonly 'search-block': tempopb.SearchResponse;
  readonly 'tags-recent': tempopb.SearchTagsV2Response;
  readonly 'tags-block': tempopb.SearchTagsV2Response;
  readonly 'tag-values-recent': tempopb.SearchTagValuesV2Response;
  readonly 'tag-values-block': tempopb.SearchTagValuesV2Response;
  readonly 'query-range-recent': PartialSeries;
  readonly 'query-range-block': PartialSeries;
}

/** Runs jobs; implemented by the querier, called by the query-frontend. */
export interface JobExecutor {
  /**
   * Runs one job. Rejects with `QueryError` when the query itself is at fault, with any other error
   * when this attempt failed and another one may succeed.
   */
  execute<K extends QueryJob['kind']>(
    job: Extract<QueryJob, { kind: K }>,
    signal: AbortSignal,
  ): Promise<QueryJobResults[K]>;
}

/**
 * A query that cannot be answered however often it is tried. `failed`: it is valid, but an operator in
 * it is not defined for the data it met (a division by zero, `!` of a string).
 */
export class QueryError extends Error {
  override readonly name = 'QueryError';
  readonly code: 'invalid' | 'not_found' | 'unprocessable' | 'exhausted' | 'unsupported' | 'failed';

  constructor(code: QueryError['code'], message: string) {
    super(message);
    this.code = code;
  }
}
