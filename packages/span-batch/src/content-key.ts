/**
 * What makes two resources, or two scopes, the same: everything but their dropped counts, written as
 * bytes that are equal exactly when the contents are. Independent of dictionaries, so that rows of
 * different batches can be compared.
 */
import type { GrowableUint8 } from './growable-columns.ts';
import type {
  AttributeTable,
  BatchColumn,
  NamedColumn,
  ResourceTable,
  ScopeTable,
  StringColumn,
} from './span-batch.ts';
import { ABSENT, AttributeType } from './span-batch.ts';

/** Which columns a batch has; undefined: all. */
export type PresentColumns = ReadonlySet<BatchColumn> | undefined;

export function hasColumn(columns: PresentColumns, column: BatchColumn): boolean {
  return columns === undefined || columns.has(column);
}

/** Appends the content of resource `row`, as far as the batch has it. */
export function writeResourceContent(
  out: GrowableUint8,
  table: ResourceTable,
  row: number,
  present?: PresentColumns,
): void {
  if (hasColumn(present, 'resource.serviceName')) writeString(out, table.serviceNames, row);
  const hasEveryColumn = hasColumn(present, 'resource.column:*');
  for (const column of table.columns)
    if (hasEveryColumn || hasColumn(present, `resource.column:${column.name}`))
      writeNamed(out, column, row);
  if (hasColumn(present, 'resource.attributes')) writeAttributes(out, table.attributes, row);
}

/** Appends the content of scope `row`, as far as the batch has it. */
export function writeScopeContent(
  out: GrowableUint8,
  table: ScopeTable,
  row: number,
  present?: PresentColumns,
): void {
  if (hasColumn(present, 'scope.name')) writeString(out, table.names, row);
  if (hasColumn(present, 'scope.version')) writeString(out, table.versions, row);
  if (hasColumn(present, 'scope.attributes')) writeAttributes(out, table.attributes, row);
}

/** Appends a dropped count: part of a row, though not of its content. */
export function writeDroppedCount(out: GrowableUint8, count: number): void {
  writeNumber(out, count);
}

function writeNamed(out: GrowableUint8, column: NamedColumn, row: number): void {
  if (column.type === 'string') writeString(out, column.strings, row);
  else {
    out.push(column.present[row]!);
    if (column.present[row] === 1) writeWords(out, column.ints.words, row);
  }
}

function writeAttributes(out: GrowableUint8, table: AttributeTable, row: number): void {
  const end = table.offsets[row + 1]!;
  for (let i = table.offsets[row]!; i < end; i++) {
    writeString(out, table.keys, i);
    const type = table.types[i]!;
    out.push(type);
    const position = table.positions[i]!;
    if (type < AttributeType.StringArray) writeValue(out, table, type, position);
    else if (type !== AttributeType.EmptyArray) {
      const start = table.arrays.starts[position]!;
      const count = table.arrays.counts[position]!;
      writeNumber(out, count);
      for (let k = 0; k < count; k++)
        writeValue(out, table, type - AttributeType.StringArray, start + k);
    }
  }
}

const double = new Float64Array(1);
const doubleWords = new Int32Array(double.buffer);

/** The value at `position` in the pool of scalar `type`. */
function writeValue(
  out: GrowableUint8,
  table: AttributeTable,
  type: number,
  position: number,
): void {
  if (type === AttributeType.String) writeString(out, table.strings, position);
  else if (type === AttributeType.Int) writeWords(out, table.ints.words, position);
  else if (type === AttributeType.Double) {
    double[0] = table.doubles[position]!;
    writeWords(out, doubleWords, 0);
  } else if (type === AttributeType.Bool) out.push(table.bools[position]!);
  else {
    const { bytes, offsets } = table.unsupported;
    writeBytes(out, bytes, offsets[position]!, offsets[position + 1]!);
  }
}

function writeString(out: GrowableUint8, column: StringColumn, row: number): void {
  const code = column.codes[row]!;
  if (code === ABSENT) writeNumber(out, -1);
  else {
    const { bytes, offsets } = column.dictionary;
    writeBytes(out, bytes, offsets[code]!, offsets[code + 1]!);
  }
}

function writeBytes(out: GrowableUint8, bytes: Uint8Array, start: number, end: number): void {
  writeNumber(out, end - start);
  out.append(bytes, start, end);
}

function writeWords(out: GrowableUint8, words: Int32Array, row: number): void {
  writeNumber(out, words[row * 2]!);
  writeNumber(out, words[row * 2 + 1]!);
}

function writeNumber(out: GrowableUint8, value: number): void {
  out.push(value & 0xff);
  out.push((value >>> 8) & 0xff);
  out.push((value >>> 16) & 0xff);
  out.push(value >>> 24);
}
