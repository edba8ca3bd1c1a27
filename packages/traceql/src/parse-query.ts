/** The front door: a text becomes a query that can be run, or an error that says why not. */
import type { Field } from './ast/field-expression.ts';
import type { Query } from './ast/query.ts';
import { MAX_QUERY_BYTES } from './limits.ts';
import { parseFieldSyntax, parseSyntax } from './parser.ts';
import { TraceQlError } from './traceql-error.ts';
import { validate } from './validate.ts';

/**
 * Parses and validates `text`.
 *
 * @param options.maxBytes longest accepted text (UTF-8); 131072 unless told otherwise.
 * @throws TraceQlError with Tempo's text, without the prefix that each endpoint puts before it.
 */
export function parseQuery(text: string, options: { readonly maxBytes?: number } = {}): Query {
  checkQuerySize(text, options);
  const query = parseSyntax(text);
  validate(query);
  return query;
}

/** Throws `too_large` when `text` is longer than `maxBytes`. */
export function checkQuerySize(text: string, options: { readonly maxBytes?: number } = {}): void {
  const maxBytes = options.maxBytes ?? MAX_QUERY_BYTES;
  const bytes = Buffer.byteLength(text);
  if (bytes > maxBytes)
    throw new TraceQlError(
      'too_large',
      `TraceQL expression exceeds the configured maximum size of ${maxBytes} bytes`,
    );
}

/**
 * Parses one attribute or intrinsic: `.foo`, `span."a b"`, `name`, `event:name`.
 *
 * @throws TraceQlError `syntax` when `text` is anything else.
 */
export function parseIdentifier(text: string): Field {
  try {
    return parseFieldSyntax(text);
  } catch (error) {
    if (!(error instanceof TraceQlError)) throw error;
    throw new TraceQlError(error.code, `failed to parse identifier ${text}: ${error.message}`);
  }
}
