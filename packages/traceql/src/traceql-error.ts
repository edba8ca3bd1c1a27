/**
 * Why a query was refused. The texts are the ones that Tempo prints, since clients show them and
 * some tools match them; the HTTP layer adds the prefix of its endpoint.
 */

/**
 * - `too_large`: longer than the limit; not looked at.
 * - `syntax`: not TraceQL; the message starts with `parse error at line`.
 * - `invalid`: TraceQL, but it cannot mean anything (types, ranges).
 * - `unsupported`: reserved by the language, answered by no version.
 */
export type TraceQlErrorCode = 'too_large' | 'syntax' | 'invalid' | 'unsupported';

/** A query that is at fault. */
export class TraceQlError extends Error {
  override readonly name = 'TraceQlError';
  readonly code: TraceQlErrorCode;

  constructor(code: TraceQlErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** A place in the query text; both numbers count from 1, columns in characters. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** A `syntax` error at `position`. */
export function syntaxError(position: Position, detail: string): TraceQlError {
  const { line, column } = position;
  return new TraceQlError('syntax', `parse error at line ${line}, col ${column}: ${detail}`);
}
