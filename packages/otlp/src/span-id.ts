/** Span ids: 8 bytes, written as hex. */
import { bytesToHex, parseHexId } from './trace-id.ts';

/** A span id: 8 bytes, not all zero. */
export type SpanId = Uint8Array;

/** Length of a span id. */
export const SPAN_ID_BYTES = 8;

/**
 * The id that a user wrote: hex of either case, shorter ids padded on the left with zeros.
 *
 * @throws InvalidIdError when it is not hex or longer than 64 bits.
 */
export function parseSpanId(text: string): SpanId {
  const parsed = parseHexId(text, 'span IDs', SPAN_ID_BYTES);
  const padded = new Uint8Array(SPAN_ID_BYTES);
  padded.set(parsed, SPAN_ID_BYTES - parsed.length);
  return padded;
}

/** Lower-case hex, two digits per byte. */
export function spanIdToHex(id: SpanId): string {
  return bytesToHex(id);
}
