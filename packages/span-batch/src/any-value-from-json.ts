/** Turns the protobuf JSON of an AnyValue, as it is kept for unsupported values, back into protobuf. */
import type { ReverseWireWriter } from './reverse-wire-writer.ts';

/** Deeper values were never accepted. */
const MAX_DEPTH = 200;

const encoder = new TextEncoder();
const double = new Float64Array(1);
const doubleWords = new Int32Array(double.buffer);

/** Writes the content of the AnyValue that `json` stands for; nothing if it stands for none. */
export function writeAnyValueFromJson(writer: ReverseWireWriter, json: string): void {
  const mark = writer.length;
  let parsed: unknown;
  try {
    parsed = JSON.parse(json);
  } catch {
    return;
  }
  if (!writeValue(writer, parsed, 1)) writer.truncate(mark);
}

/** False if `value` is not the JSON of an AnyValue. */
function writeValue(writer: ReverseWireWriter, value: unknown, depth: number): boolean {
  if (!isObject(value) || depth > MAX_DEPTH) return false;
  const entries = Object.entries(value);
  if (entries.length === 0) return true;
  if (entries.length > 1) return false;
  const [name, content] = entries[0]!;
  switch (name) {
    case 'stringValue':
      return writeText(writer, 0x0a, content);
    case 'boolValue':
      if (typeof content !== 'boolean') return false;
      writer.varint(content ? 1 : 0, 0);
      writer.tag(0x10);
      return true;
    case 'intValue':
      return writeInt(writer, content);
    case 'doubleValue':
      return writeDouble(writer, content);
    case 'arrayValue':
      return writeList(writer, 0x2a, content, depth, writeElement);
    case 'kvlistValue':
      return writeList(writer, 0x32, content, depth, writeKeyValue);
    case 'bytesValue': {
      if (typeof content !== 'string') return false;
      const bytes = Buffer.from(content, 'base64');
      writer.field(0x3a, bytes, 0, bytes.length);
      return true;
    }
    default:
      return false;
  }
}

function writeList(
  writer: ReverseWireWriter,
  tag: number,
  content: unknown,
  depth: number,
  write: (writer: ReverseWireWriter, element: unknown, depth: number) => boolean,
): boolean {
  if (!isObject(content)) return false;
  const mark = writer.length;
  const values = content['values'] ?? [];
  if (!Array.isArray(values)) return false;
  for (const element of (values as unknown[]).toReversed())
    if (!write(writer, element, depth + 1)) return false;
  writer.message(tag, mark);
  return true;
}

function writeElement(writer: ReverseWireWriter, element: unknown, depth: number): boolean {
  const mark = writer.length;
  if (!writeValue(writer, element, depth)) return false;
  writer.message(0x0a, mark);
  return true;
}

function writeKeyValue(writer: ReverseWireWriter, element: unknown, depth: number): boolean {
  if (!isObject(element)) return false;
  const { key = '', value } = element as { readonly key?: unknown; readonly value?: unknown };
  const mark = writer.length;
  if (value !== undefined) {
    const valueMark = writer.length;
    if (!writeValue(writer, value, depth)) return false;
    writer.message(0x12, valueMark);
  }
  if (key !== '' && !writeText(writer, 0x0a, key)) return false;
  writer.message(0x0a, mark);
  return true;
}

function writeText(writer: ReverseWireWriter, tag: number, content: unknown): boolean {
  if (typeof content !== 'string') return false;
  const bytes = encoder.encode(content);
  writer.field(tag, bytes, 0, bytes.length);
  return true;
}

function writeInt(writer: ReverseWireWriter, content: unknown): boolean {
  if (typeof content !== 'string' && typeof content !== 'number') return false;
  const text = String(content);
  if (!/^-?\d{1,19}$/.test(text)) return false;
  const value = BigInt.asIntN(64, BigInt(text));
  writer.varint(Number(BigInt.asIntN(32, value)), Number(BigInt.asIntN(32, value >> 32n)));
  writer.tag(0x18);
  return true;
}

function writeDouble(writer: ReverseWireWriter, content: unknown): boolean {
  if (typeof content === 'number') double[0] = content;
  else if (content === 'NaN') double[0] = Number.NaN;
  else if (content === 'Infinity') double[0] = Infinity;
  else if (content === '-Infinity') double[0] = -Infinity;
  else return false;
  writer.fixed64(doubleWords[0]!, doubleWords[1]!);
  writer.tag(0x21);
  return true;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
