/** TraceQL searches: plan once, run over a source, answer with the newest matching traces. */
import type { tempopb } from '@tempo-ts/contracts';
import { unreachable } from '@tempo-ts/runtime';
import type { Query } from '@tempo-ts/traceql';
import type { SearchOptions, SearchPlan } from './search-plan.ts';
import type { SpansetSource } from './spanset-source.ts';

/** @throws QueryError when the query holds something that cannot be run, naming it. */
export function planSearch(_query: Query, _options: SearchOptions): SearchPlan {
  return unreachable(undefined as never);
}

/** The newest matching traces, newest first, then by trace id. `inspectedBytes` is left 0. */
export function executeSearch(
  _plan: SearchPlan,
  _source: SpansetSource,
  _signal: AbortSignal,
): Promise<tempopb.SearchResponse> {
  return unreachable(undefined as never);
}
