/** `/api/search`. */
import {
  acceptedFormat,
  durationParameter,
  encodeSearch,
  parseSearchRequest,
} from '@tempo-ts/http-api';
import type { RequestHandler } from '@tempo-ts/server';
import { runSearch } from '../pipeline/search-query.ts';
import { searchLimits } from '../search-limits.ts';
import { queryRoute, type RouteContext } from './query-route.ts';

/** TraceQL (`q`), or the legacy tags and durations. */
export function searchRoute(context: RouteContext): RequestHandler {
  const { services } = context;
  const limits = searchLimits(services.config);
  return queryRoute(context, async ({ parameters, accept }, scope) => {
    const request = parseSearchRequest(parameters, limits);
    const sinceMs = durationParameter(parameters, 'since', { days: true });
    const response = await runSearch(services, scope, request, { sinceMs });
    return encodeSearch(response, acceptedFormat(accept));
  });
}
