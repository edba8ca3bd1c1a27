/**
 * Is a string on the wire UTF-8? Protobuf demands it of every `string` field. Most strings of traces
 * are ASCII, which is decided four bytes at a time; only others are given to the native check.
 */
import { isUtf8 } from 'node:buffer';

/** From this length on the native check costs less than the loop, call included. */
const NATIVE_FROM_BYTES = 1024;

/** True when `bytes[start … end)` is valid UTF-8. `view` MUST cover the same bytes. */
export function isUtf8Range(
  bytes: Uint8Array,
  view: DataView,
  start: number,
  end: number,
): boolean {
  if (end - start >= NATIVE_FROM_BYTES) return isUtf8(bytes.subarray(start, end));
  return isAscii(view, bytes, start, end) || isUtf8(bytes.subarray(start, end));
}

/** True when every byte of `bytes[start … end)` is below 128. `view` MUST cover the same bytes. */
export function isAscii(view: DataView, bytes: Uint8Array, start: number, end: number): boolean {
  let position = start;
  let seen = 0;
  for (const lastWord = end - 3; position < lastWord; position += 4)
    seen |= view.getInt32(position, true);
  let tail = 0;
  for (; position < end; position++) tail |= bytes[position]!;
  return ((seen & 0x80808080) | (tail & 0x80)) === 0;
}

/**
 * The largest end `≤ start + maxBytes` at which `bytes[start …)` can be cut without dividing a code
 * point. The bytes MUST be valid UTF-8 and longer than `maxBytes`.
 */
export function utf8CutEnd(bytes: Uint8Array, start: number, maxBytes: number): number {
  let end = start + maxBytes;
  while (end > start && (bytes[end]! & 0xc0) === 0x80) end -= 1;
  return end;
}
