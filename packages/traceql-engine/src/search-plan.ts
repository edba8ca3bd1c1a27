/** What a search will read and decide: made once per query, run over any number of sources. */
import type { tempopb } from '@tempo-ts/contracts';
import type { BatchView } from './batch-view.ts';
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

/** The traces of one batch that match. */
export interface TraceMatches {
  /** One byte per trace. */
  readonly traces: Uint8Array;
  /** The spansets of a trace that matches, ready for the answer. */
  spanSets(trace: number): tempopb.SpanSet[];
}

/** Immutable; may be used for several searches at once. */
export interface SearchPlan {
  readonly options: SearchOptions;
  readonly fetch: Omit<FetchRequest, 'signal'>;
  /** Nothing can match: there is nothing to read. */
  readonly isEmpty: boolean;
  /** Decides on a batch of whole traces. */
  readonly match: (view: BatchView) => TraceMatches;
}

/** The time range of a fetch. */
export function timeRange(options: Pick<SearchOptions, 'startUnixSeconds' | 'endUnixSeconds'>) {
  const { startUnixSeconds, endUnixSeconds } = options;
  return {
    ...(startUnixSeconds === undefined ? {} : { startUnixSeconds }),
    ...(endUnixSeconds === undefined ? {} : { endUnixSeconds }),
  };
}
