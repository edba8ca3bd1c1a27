/** `/api/metrics/query_range` and `/api/metrics/query`. */
import {
  encodeQueryInstant,
  encodeQueryRange,
  parseMetricsLimits,
  parseMetricsRange,
  textParameter,
} from '@tempo-ts/http-api';
import type { RequestHandler } from '@tempo-ts/server';
import { runQueryInstant, runQueryRange, type MetricsRequest } from '../pipeline/metrics-query.ts';
import { queryRoute, type RouteContext } from './query-route.ts';

/** Series over time. */
export function queryRangeRoute(context: RouteContext): RequestHandler {
  return queryRoute(context, async ({ parameters }, scope) =>
    encodeQueryRange(await runQueryRange(context.services, scope, requestOf(parameters))),
  );
}

/** One value per series. */
export function queryInstantRoute(context: RouteContext): RequestHandler {
  return queryRoute(context, async ({ parameters }, scope) =>
    encodeQueryInstant(await runQueryInstant(context.services, scope, requestOf(parameters))),
  );
}

/** `q` counts before `query`. */
function requestOf(parameters: URLSearchParams): MetricsRequest {
  return {
    query: textParameter(parameters, 'q') ?? textParameter(parameters, 'query') ?? '',
    ...parseMetricsRange(parameters),
    ...parseMetricsLimits(parameters),
  };
}
