/** Errors of queries keep their class on their way out of a worker. */
import { QueryError } from '@tempo-ts/ports';
import type { CallFailure } from '@tempo-ts/runtime';

/** The QueryError that a worker threw; undefined for any other error. */
export function restoreQueryError({ name, code, message }: CallFailure): QueryError | undefined {
  return name === 'QueryError' ? new QueryError(code as QueryError['code'], message) : undefined;
}
