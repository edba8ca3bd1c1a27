/** Strings of dictionaries: byte comparison without decoding, decoding where text is needed. */
import { ABSENT, type StringDictionary } from '@tempo-ts/span-batch';

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function encodeUtf8(text: string): Uint8Array {
  return encoder.encode(text);
}

/** The text of a byte range; bytes that are not UTF-8 become U+FFFD. */
export function decodeUtf8(bytes: Uint8Array, start: number, end: number): string {
  const length = end - start;
  if (length > 64 || !isAscii(bytes, start, end)) return decodeLong(bytes, start, end);
  let text = '';
  for (let i = start; i < end; i += 1) text += String.fromCharCode(bytes[i]!);
  return text;
}

function isAscii(bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i += 1) if (bytes[i]! > 127) return false;
  return true;
}

/** TextDecoder refuses shared memory, so such bytes are copied first. */
function decodeLong(bytes: Uint8Array, start: number, end: number): string {
  return decoder.decode(bytes.slice(start, end));
}

/** String `code` of the dictionary. */
export function dictionaryText(dictionary: StringDictionary, code: number): string {
  return decodeUtf8(dictionary.bytes, dictionary.offsets[code]!, dictionary.offsets[code + 1]!);
}

/** The code of `text`, or {@link ABSENT} when the dictionary does not have it. */
export function findCode(dictionary: StringDictionary, text: Uint8Array): number {
  const { count, bytes, offsets } = dictionary;
  const length = text.length;
  const first = length > 0 ? text[0]! : -1;
  for (let code = 0; code < count; code += 1) {
    const start = offsets[code]!;
    if (offsets[code + 1]! - start !== length) continue;
    if (length > 0 && bytes[start] !== first) continue;
    let i = 1;
    while (i < length && bytes[start + i] === text[i]) i += 1;
    if (i >= length) return code;
  }
  return ABSENT;
}

/** Negative, 0 or positive as `bytes[start … end)` is below, equal to or above `text`. */
export function compareBytes(
  bytes: Uint8Array,
  start: number,
  end: number,
  text: Uint8Array,
): number {
  const length = Math.min(end - start, text.length);
  for (let i = 0; i < length; i += 1) {
    const difference = bytes[start + i]! - text[i]!;
    if (difference !== 0) return difference;
  }
  return end - start - text.length;
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** Lower-case hex of `bytes[start … end)`. */
export function hexText(bytes: Uint8Array, start: number, end: number): string {
  let text = '';
  for (let i = start; i < end; i += 1) text += HEX[bytes[i]!]!;
  return text;
}

/** A trace id as Tempo prints it: lower-case hex without leading zeros. */
export function traceIdText(bytes: Uint8Array, start: number, end: number): string {
  return trimLeadingZeros(hexText(bytes, start, end));
}

/** Without the zeros at the start. */
export function trimLeadingZeros(text: string): string {
  let zeros = 0;
  while (zeros < text.length && text.charCodeAt(zeros) === 48) zeros += 1;
  return text.slice(zeros);
}
