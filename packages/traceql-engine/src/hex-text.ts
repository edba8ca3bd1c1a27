/** Ids as text, and text as bytes. */

const encoder = new TextEncoder();

export function encodeUtf8(text: string): Uint8Array {
  return encoder.encode(text);
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
