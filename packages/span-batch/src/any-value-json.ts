/**
 * The protobuf JSON of an AnyValue, as Tempo keeps values that have no column: written from the wire
 * form byte by byte, the way Go's jsonpb and encoding/json print it (no spaces, fields in order,
 * 64-bit integers as strings, base64, HTML characters escaped, one `\ufffd` per invalid byte).
 */
import { MAX_VALUE_DEPTH } from '@tempo-ts/otlp';
import type { WireReader } from '@tempo-ts/otlp';
import type { GrowableUint8 } from './growable-columns.ts';
import { locateAnyValue, located } from './any-value.ts';

const HEX = '0123456789abcdef';

/** Appends the JSON of the AnyValue `reader.bytes[start … end)` to `out`; moves the reader. */
export function writeAnyValueJson(
  reader: WireReader,
  start: number,
  end: number,
  out: GrowableUint8,
  depth = 1,
): void {
  if (depth > MAX_VALUE_DEPTH) reader.fail(`values nest deeper than ${MAX_VALUE_DEPTH}`, start);
  locateAnyValue(reader, start, end);
  const { tag, start: valueStart, end: valueEnd } = located;
  switch (tag) {
    case 0x0a:
      writeText(out, '{"stringValue":');
      writeJsonString(reader.bytes, valueStart, valueEnd, out);
      break;
    case 0x10:
      writeText(out, `{"boolValue":${located.isTrue}`);
      break;
    case 0x18:
      writeText(out, `{"intValue":"${located.bigint}"`);
      break;
    case 0x21:
      writeText(out, `{"doubleValue":${formatDouble(reader.view.getFloat64(valueStart, true))}`);
      break;
    case 0x2a:
      writeText(out, '{"arrayValue":{');
      writeElements(reader, valueStart, valueEnd, out, depth, writeAnyValueJson);
      writeText(out, '}');
      break;
    case 0x32:
      writeText(out, '{"kvlistValue":{');
      writeElements(reader, valueStart, valueEnd, out, depth, writeKeyValueJson);
      writeText(out, '}');
      break;
    case 0x3a: {
      const bytes = Buffer.from(reader.bytes.subarray(valueStart, valueEnd));
      writeText(out, `{"bytesValue":"${bytes.toString('base64')}"`);
      break;
    }
    default:
      writeText(out, '{');
  }
  writeText(out, '}');
}

/** `"values":[…]` of an ArrayValue or KeyValueList; nothing when there are none. */
function writeElements(
  reader: WireReader,
  start: number,
  end: number,
  out: GrowableUint8,
  depth: number,
  writeElement: typeof writeAnyValueJson,
): void {
  let count = 0;
  let position = start;
  while (position < end) {
    reader.position = position;
    reader.limit = end;
    const tag = reader.readTag();
    if (tag !== 0x0a) {
      reader.skip(tag);
      position = reader.position;
      continue;
    }
    const elementEnd = reader.readDelimitedEnd();
    writeText(out, count === 0 ? '"values":[' : ',');
    count += 1;
    writeElement(reader, reader.position, elementEnd, out, depth + 1);
    position = elementEnd;
  }
  if (count > 0) writeText(out, ']');
}

function writeKeyValueJson(
  reader: WireReader,
  start: number,
  end: number,
  out: GrowableUint8,
  depth = 1,
): void {
  let keyStart = 0;
  let keyEnd = 0;
  let valueStart = -1;
  let valueEnd = 0;
  reader.position = start;
  reader.limit = end;
  while (reader.position < end) {
    const tag = reader.readTag();
    if (tag !== 0x0a && tag !== 0x12) {
      reader.skip(tag);
      continue;
    }
    const fieldEnd = reader.readDelimitedEnd();
    if (tag === 0x0a) {
      keyStart = reader.position;
      keyEnd = fieldEnd;
    } else {
      valueStart = reader.position;
      valueEnd = fieldEnd;
    }
    reader.position = fieldEnd;
  }
  writeText(out, '{');
  if (keyEnd > keyStart) {
    writeText(out, '"key":');
    writeJsonString(reader.bytes, keyStart, keyEnd, out);
  }
  if (valueStart >= 0) {
    writeText(out, keyEnd > keyStart ? ',"value":' : '"value":');
    writeAnyValueJson(reader, valueStart, valueEnd, out, depth);
  }
  writeText(out, '}');
}

/** Go prints doubles as JavaScript does, except for these. */
function formatDouble(value: number): string {
  if (Number.isFinite(value)) return Object.is(value, -0) ? '-0' : String(value);
  return Number.isNaN(value) ? '"NaN"' : value > 0 ? '"Infinity"' : '"-Infinity"';
}

function writeText(out: GrowableUint8, text: string): void {
  for (let i = 0; i < text.length; i++) out.push(text.charCodeAt(i));
}

/** A JSON string literal of UTF-8 bytes, escaped as Go's encoding/json does. */
export function writeJsonString(
  bytes: Uint8Array,
  start: number,
  end: number,
  out: GrowableUint8,
): void {
  out.push(0x22);
  let position = start;
  while (position < end) {
    const byte = bytes[position]!;
    if (byte < 0x80) {
      writeAscii(byte, out);
      position += 1;
      continue;
    }
    const length = utf8Length(bytes, position, end);
    if (length === 0) {
      writeText(out, '\\ufffd');
      position += 1;
      continue;
    }
    // The line separators U+2028 and U+2029 are E2 80 A8 and E2 80 A9.
    const last = bytes[position + 2]!;
    if (byte === 0xe2 && bytes[position + 1] === 0x80 && (last & 0xfe) === 0xa8)
      writeText(out, last === 0xa8 ? '\\u2028' : '\\u2029');
    else out.append(bytes, position, position + length);
    position += length;
  }
  out.push(0x22);
}

function writeAscii(byte: number, out: GrowableUint8): void {
  if (byte === 0x22 || byte === 0x5c) {
    out.push(0x5c);
    out.push(byte);
  } else if (byte >= 0x20 && byte !== 0x3c && byte !== 0x3e && byte !== 0x26) out.push(byte);
  else if (byte === 0x0a) writeText(out, '\\n');
  else if (byte === 0x0d) writeText(out, '\\r');
  else if (byte === 0x09) writeText(out, '\\t');
  else if (byte === 0x08) writeText(out, '\\b');
  else if (byte === 0x0c) writeText(out, '\\f');
  else writeText(out, `\\u00${HEX[byte >> 4]}${HEX[byte & 15]}`);
}

/** Length of the valid UTF-8 sequence of two to four bytes at `position`, or 0. */
function utf8Length(bytes: Uint8Array, position: number, end: number): number {
  const first = bytes[position]!;
  const length = first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
  if (length === 0 || position + length > end) return 0;
  const second = bytes[position + 1]!;
  // Overlong forms, surrogates and code points above U+10FFFF are told by the second byte.
  const low = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  const high = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  if (second < low || second > high) return 0;
  for (let i = 2; i < length; i++) if ((bytes[position + i]! & 0xc0) !== 0x80) return 0;
  return length;
}
