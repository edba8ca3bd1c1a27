/** Trace ids: 16 bytes, written as hex. */
import { InvalidIdError } from './errors.ts';
import type { TraceId } from './trace-piece.ts';

/** Length of a trace id. */
export const TRACE_ID_BYTES = 16;

/**
 * The id that a user wrote: hex of either case, odd lengths allowed, shorter ids padded on the left
 * with zeros.
 *
 * @throws InvalidIdError with Tempo's text.
 */
export function parseTraceId(text: string): TraceId {
  return padTraceId(parseHexId(text, 'trace IDs', TRACE_ID_BYTES));
}

/** `id` as 16 bytes: zeros added on the left, or the last 16 bytes of a longer one. */
export function padTraceId(id: Uint8Array): TraceId {
  const padded = new Uint8Array(TRACE_ID_BYTES);
  const source = id.subarray(Math.max(0, id.length - TRACE_ID_BYTES));
  padded.set(source, TRACE_ID_BYTES - source.length);
  return padded;
}

/** 32 lower-case hex digits. */
export function traceIdToHex(id: TraceId): string {
  return bytesToHex(id);
}

/** Lower-case hex without leading zeros, as search results and the block's text column have it. */
export function traceIdToShortHex(id: TraceId): string {
  return bytesToHex(id).replace(/^0+/, '');
}

/** Order of ids: as unsigned bytes. Negative, zero or positive. */
export function compareTraceIds(left: TraceId, right: TraceId): number {
  const shared = Math.min(left.length, right.length);
  for (let index = 0; index < shared; index++) {
    const difference = left[index]! - right[index]!;
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

/** Lower-case hex of any bytes. */
export function bytesToHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}

/** Parses hex of any length up to `maxBytes`; `what` begins the messages (`trace IDs`). */
export function parseHexId(text: string, what: string, maxBytes: number): Uint8Array {
  const bad = /[^0-9a-fA-F]/u.exec(text);
  if (bad)
    throw new InvalidIdError(
      `${what} can only contain hex characters: invalid character '${bad[0]}' at position ${bad.index + 1}`,
    );
  const even = text.length % 2 === 0 ? text : `0${text}`;
  if (even.length > maxBytes * 2)
    throw new InvalidIdError(`${what} can't be larger than ${maxBytes * 8} bits`);
  return new Uint8Array(Buffer.from(even, 'hex'));
}
