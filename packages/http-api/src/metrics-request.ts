/** Metrics endpoints: which query they are asked. */
import { parseQuery, type Query } from '@tempo-ts/traceql';
import { badRequest, textParameter } from './parameters.ts';
import { metricsQueryError } from './trace-ql-error.ts';

/**
 * The parsed metrics query of `q` or `query` (the first counts).
 *
 * @throws QueryError `invalid` with Tempo's text.
 */
export function parseMetricsQuery(parameters: URLSearchParams, maxQueryBytes: number): Query {
  const text = textParameter(parameters, 'q') ?? textParameter(parameters, 'query') ?? '';
  return compileMetricsQuery(text, maxQueryBytes);
}

/**
 * The parsed metrics query of a text.
 *
 * @throws QueryError `invalid` with Tempo's text.
 */
export function compileMetricsQuery(text: string, maxQueryBytes: number): Query {
  let query: Query;
  try {
    query = parseQuery(text, { maxBytes: maxQueryBytes });
  } catch (error) {
    throw metricsQueryError(error);
  }
  if (!query.metrics) throw badRequest('not a metrics query');
  return query;
}
