/** The ways in which received trace data can be wrong. */

/**
 * - `malformed`: not protobuf or not OTLP (wire types, lengths, nesting, UTF-8, JSON).
 * - `invalid_trace_id`, `invalid_span_id`: an id of the wrong length, or an all-zero span id.
 * - `too_large`: regrouping would need more bytes than the caller allows.
 */
export type InvalidOtlpCode = 'malformed' | 'invalid_trace_id' | 'invalid_span_id' | 'too_large';

/** Received bytes that are not acceptable OTLP. The message says what is wrong and where. */
export class InvalidOtlpError extends Error {
  override readonly name = 'InvalidOtlpError';
  readonly code: InvalidOtlpCode;

  constructor(code: InvalidOtlpCode, message: string, options: { readonly cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
  }
}

/** An id in a request path or query that is not an id. The message is Tempo's. */
export class InvalidIdError extends Error {
  override readonly name = 'InvalidIdError';
}
