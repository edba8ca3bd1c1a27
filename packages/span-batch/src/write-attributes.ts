/** Writes attributes of a batch as KeyValue messages, last byte first. */
import { writeAnyValueFromJson } from './any-value-from-json.ts';
import type { ReverseWireWriter } from './reverse-wire-writer.ts';
import { ABSENT, AttributeType } from './span-batch.ts';
import type { AttributeTable, NamedColumn, StringColumn } from './span-batch.ts';
import { textOf } from './string-dictionary.ts';

const encoder = new TextEncoder();
const double = new Float64Array(1);
const doubleWords = new Int32Array(double.buffer);
/** The names of columns, encoded once; as many as configurations have dedicated columns. */
const encodedNames = new Map<string, Uint8Array>();
const MAX_ENCODED_NAMES = 1000;

/** The generic attributes of parent `row`; `tag` is that of the field they are in. */
export function writeAttributes(
  writer: ReverseWireWriter,
  tag: number,
  table: AttributeTable,
  row: number,
): void {
  const { bytes, offsets } = table.keys.dictionary;
  const start = table.offsets[row]!;
  for (let i = table.offsets[row + 1]! - 1; i >= start; i--) {
    const mark = writer.length;
    writeAttributeValue(writer, table, i);
    writer.message(0x12, mark);
    const key = table.keys.codes[i]!;
    if (offsets[key + 1]! > offsets[key]!)
      writer.field(0x0a, bytes, offsets[key]!, offsets[key + 1]!);
    writer.message(tag, mark);
  }
}

/** The attribute in a column of its own, if the row has it. */
export function writeNamedAttribute(
  writer: ReverseWireWriter,
  tag: number,
  column: NamedColumn,
  row: number,
): void {
  if (column.type === 'string') {
    if (column.strings.codes[row] !== ABSENT)
      writeStringAttribute(writer, tag, encodedName(column.name), column.strings, row);
    return;
  }
  if (column.present[row] !== 1) return;
  const mark = writer.length;
  const { words } = column.ints;
  writer.varint(words[row * 2]!, words[row * 2 + 1]!);
  writer.tag(0x18);
  writer.message(0x12, mark);
  const name = encodedName(column.name);
  writer.field(0x0a, name, 0, name.length);
  writer.message(tag, mark);
}

/** An attribute with the string of a row, which has one. */
export function writeStringAttribute(
  writer: ReverseWireWriter,
  tag: number,
  name: Uint8Array,
  { dictionary, codes }: StringColumn,
  row: number,
): void {
  const mark = writer.length;
  const { bytes, offsets } = dictionary;
  const code = codes[row]!;
  writer.field(0x0a, bytes, offsets[code]!, offsets[code + 1]!);
  writer.message(0x12, mark);
  writer.field(0x0a, name, 0, name.length);
  writer.message(tag, mark);
}

/** The content of the AnyValue of attribute `i`. */
function writeAttributeValue(writer: ReverseWireWriter, table: AttributeTable, i: number): void {
  const type = table.types[i]!;
  const position = table.positions[i]!;
  if (type === AttributeType.Unsupported) {
    const { bytes, offsets } = table.unsupported;
    writeAnyValueFromJson(writer, textOf(bytes, offsets[position]!, offsets[position + 1]!));
  } else if (type < AttributeType.StringArray) writeScalar(writer, table, type, position);
  else {
    const mark = writer.length;
    if (type !== AttributeType.EmptyArray) {
      const start = table.arrays.starts[position]!;
      for (let at = start + table.arrays.counts[position]! - 1; at >= start; at--) {
        const elementMark = writer.length;
        writeScalar(writer, table, type - AttributeType.StringArray, at);
        writer.message(0x0a, elementMark);
      }
    }
    writer.message(0x2a, mark);
  }
}

/** The content of the AnyValue of the scalar at `position` in the pool of its type. */
function writeScalar(
  writer: ReverseWireWriter,
  table: AttributeTable,
  type: number,
  position: number,
): void {
  switch (type) {
    case AttributeType.String: {
      const { bytes, offsets } = table.strings.dictionary;
      const code = table.strings.codes[position]!;
      writer.field(0x0a, bytes, offsets[code]!, offsets[code + 1]!);
      break;
    }
    case AttributeType.Int:
      writer.varint(table.ints.words[position * 2]!, table.ints.words[position * 2 + 1]!);
      writer.tag(0x18);
      break;
    case AttributeType.Double:
      double[0] = table.doubles[position]!;
      writer.fixed64(doubleWords[0]!, doubleWords[1]!);
      writer.tag(0x21);
      break;
    default:
      writer.varint(table.bools[position]!, 0);
      writer.tag(0x10);
  }
}

function encodedName(name: string): Uint8Array {
  let encoded = encodedNames.get(name);
  if (encoded === undefined) {
    encoded = encoder.encode(name);
    if (encodedNames.size < MAX_ENCODED_NAMES) encodedNames.set(name, encoded);
  }
  return encoded;
}
