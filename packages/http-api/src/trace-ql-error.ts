/** What an endpoint says about a query that it cannot run. */
import { QueryError } from '@tempo-ts/ports';
import { TraceQlError } from '@tempo-ts/traceql';

/** Search and tag endpoints: `invalid TraceQL query: …`. Other errors are thrown on. */
export function searchQueryError(error: unknown): QueryError {
  if (!(error instanceof TraceQlError)) throw error;
  const prefix = error.code === 'too_large' ? '' : 'invalid TraceQL query: ';
  return new QueryError('invalid', prefix + error.message);
}

/** Metrics endpoints: a syntax error bare, the others with `compiling query: `. */
export function metricsQueryError(error: unknown): QueryError {
  if (!(error instanceof TraceQlError)) throw error;
  const bare = error.code === 'too_large' || error.code === 'syntax';
  return new QueryError('invalid', (bare ? '' : 'compiling query: ') + error.message);
}
