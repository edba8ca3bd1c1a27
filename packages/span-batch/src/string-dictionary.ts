/** Reading dictionaries and byte columns: by code, by bytes, as text. */
import { sharedInt32Array, sharedUint8Array } from './shared-memory.ts';
import type { BytesColumn, StringColumn, StringDictionary } from './span-batch.ts';
import { ABSENT } from './span-batch.ts';

/** Without `ignoreBOM` a leading byte-order mark would be lost. */
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const encoder = new TextEncoder();

/** Up to this length joining characters is faster than the decoder. */
const SHORT_TEXT_BYTES = 24;

/** A dictionary without strings. */
export const EMPTY_DICTIONARY: StringDictionary = {
  count: 0,
  bytes: sharedUint8Array(0),
  offsets: sharedInt32Array(1),
};

/** The text of `bytes[start … end)`; invalid UTF-8 becomes U+FFFD. */
export function textOf(bytes: Uint8Array, start: number, end: number): string {
  if (end - start <= SHORT_TEXT_BYTES) {
    let text = '';
    for (let i = start; i < end; i++) {
      const byte = bytes[i]!;
      if (byte >= 0x80) return decoder.decode(bytes.subarray(start, end));
      text += String.fromCharCode(byte);
    }
    return text;
  }
  return decoder.decode(bytes.subarray(start, end));
}

/** The text of string `code`; the empty text for {@link ABSENT}. */
export function stringOf(dictionary: StringDictionary, code: number): string {
  if (code === ABSENT) return '';
  return textOf(dictionary.bytes, dictionary.offsets[code]!, dictionary.offsets[code + 1]!);
}

/** The bytes of string `code`, a view. */
export function bytesOf(dictionary: StringDictionary, code: number): Uint8Array {
  return dictionary.bytes.subarray(dictionary.offsets[code], dictionary.offsets[code + 1]);
}

/** The text of a row, or undefined where it has none. */
export function stringAt(column: StringColumn, row: number): string | undefined {
  const code = column.codes[row]!;
  return code === ABSENT ? undefined : stringOf(column.dictionary, code);
}

/** The bytes of a row, a view. */
export function bytesAt(column: BytesColumn, row: number): Uint8Array {
  return column.bytes.subarray(column.offsets[row], column.offsets[row + 1]);
}

/** The code of a string, or {@link ABSENT}. Looks at the lengths of all, at the bytes of few. */
export function findCode(dictionary: StringDictionary, wanted: Uint8Array | string): number {
  const sought = typeof wanted === 'string' ? encoder.encode(wanted) : wanted;
  const { bytes, offsets, count } = dictionary;
  const length = sought.length;
  let start = offsets[0]!;
  for (let code = 0; code < count; code++) {
    const end = offsets[code + 1]!;
    if (end - start === length) {
      let i = 0;
      while (i < length && bytes[start + i] === sought[i]) i++;
      if (i === length) return code;
    }
    start = end;
  }
  return ABSENT;
}

/** Negative, 0 or positive as `a[aStart … aEnd)` is before, equal to or behind `b[…]` by bytes. */
export function compareBytes(
  a: Uint8Array,
  aStart: number,
  aEnd: number,
  b: Uint8Array,
  bStart: number,
  bEnd: number,
): number {
  const length = Math.min(aEnd - aStart, bEnd - bStart);
  for (let i = 0; i < length; i++) {
    const difference = a[aStart + i]! - b[bStart + i]!;
    if (difference !== 0) return difference;
  }
  return aEnd - aStart - (bEnd - bStart);
}
