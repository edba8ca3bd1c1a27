/** Search requests as they come over the wire: TraceQL, or the legacy tags and durations. */
import type { tempopb } from '@tempo-ts/contracts';
import { unreachable } from '@tempo-ts/runtime';
import type { SearchPlan } from './search-plan.ts';

/**
 * The plan of a request: its `Query`, or its `Tags`, `MinDurationMs` and `MaxDurationMs`.
 *
 * @throws QueryError `invalid` for a query that does not parse or validate.
 */
export function planFromRequest(_request: tempopb.SearchRequest): SearchPlan {
  return unreachable(undefined as never);
}
