/** The ways in which making a span batch can fail. */

/**
 * - `malformed_trace`: the bytes are not a serialized Trace.
 * - `invalid_trace_id`: the id given with the bytes is not 16 bytes long.
 * - `batch_full`: a column would exceed what a 32-bit offset can address; cut the batch.
 */
export type SpanBatchErrorCode = 'malformed_trace' | 'invalid_trace_id' | 'batch_full';

/** A trace that could not be appended. The batch is as it was before. */
export class SpanBatchError extends Error {
  override readonly name = 'SpanBatchError';
  readonly code: SpanBatchErrorCode;

  constructor(
    code: SpanBatchErrorCode,
    message: string,
    options: { readonly cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
  }
}
