/** `/api/metrics/query_range` and `/api/metrics/query`. */
import { parseMetricsQuery } from '@tempo-ts/http-api';
import { QueryError } from '@tempo-ts/ports';
import { printMetricsStage } from '@tempo-ts/traceql';
import type { RequestHandler } from '@tempo-ts/server';
import { queryRoute, type RouteContext } from './query-route.ts';

/** Checks the query; the engine of this version does not compute series. */
export function metricsRoute(context: RouteContext): RequestHandler {
  const { config } = context.services;
  const maxBytes = config.max_query_expression_size_bytes || Number.MAX_SAFE_INTEGER;
  return queryRoute(context, ({ parameters }) => {
    const query = parseMetricsQuery(parameters, maxBytes);
    return Promise.reject(unsupportedMetrics(printMetricsStage(query.metrics!)));
  });
}

/** Says that a valid metrics query cannot be answered. */
export function unsupportedMetrics(stage: string): QueryError {
  return new QueryError(
    'unsupported',
    `TraceQL metrics are not supported by this version: ${stage}`,
  );
}
