/** Why spans were not taken, in terms of what the sender may do about it. */

/**
 * - `invalid`: the sender's mistake; sending it again cannot help.
 * - `exhausted`: over a limit of the tenant; retry later when `retryAfterMs` is given.
 * - `unavailable`: our fault or our state; retry.
 */
export type IngestErrorCode = 'invalid' | 'exhausted' | 'unavailable';

/** An expected refusal of spans. The text names the value, the limit and the knob. */
export class IngestError extends Error {
  override readonly name = 'IngestError';
  readonly code: IngestErrorCode;
  /** When to try again; absent when the sender should not, or may at once. */
  readonly retryAfterMs: number | undefined;

  constructor(
    code: IngestErrorCode,
    message: string,
    options: { readonly retryAfterMs?: number; readonly cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryAfterMs = options.retryAfterMs;
  }
}
