/** Why the log did not take or could not read a record. */

/**
 * - `disk_full`: no space, no quota or no inode left; try again when there is room.
 * - `io`: the disk failed; the log goes on in a new segment, so trying again may succeed.
 * - `overloaded`: more bytes wait for the disk than the log may hold.
 * - `record_too_large`: the record can never be stored.
 * - `closed`: the log was closed.
 */
export type WalErrorCode = 'disk_full' | 'io' | 'overloaded' | 'record_too_large' | 'closed';

/** An expected failure of the write-ahead log: the record is not stored. */
export class WalError extends Error {
  override readonly name = 'WalError';
  readonly code: WalErrorCode;

  constructor(code: WalErrorCode, message: string, options: { readonly cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
  }
}

const DISK_FULL_CODES: ReadonlySet<unknown> = new Set(['ENOSPC', 'EDQUOT']);

/** The error of the operating system `cause` as an error of the log; `doing` says what failed. */
export function walErrorOf(cause: unknown, doing: string): WalError {
  const code = (cause as { readonly code?: unknown } | undefined)?.code;
  const reason = (cause as { readonly message?: unknown } | undefined)?.message;
  if (DISK_FULL_CODES.has(code))
    return new WalError(
      'disk_full',
      `no space left for the write-ahead log: ${doing}: ${String(reason)}; free space below storage.trace.wal.path`,
      { cause },
    );
  return new WalError('io', `write-ahead log failed: ${doing}: ${String(reason)}`, { cause });
}
