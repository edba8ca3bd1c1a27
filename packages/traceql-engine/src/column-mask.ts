/** Tests of whole columns: one byte per row, 1 where the value passes. */
import {
  ABSENT,
  type AttributeTable,
  AttributeType,
  type BytesColumn,
  findCode,
  type Int64Column,
  type NamedColumn,
  type StringColumn,
  type StringDictionary,
} from '@tempo-ts/span-batch';
import type { StringTest, ValueTest } from './condition.ts';
import { isInRange, type Int64Range } from './int64.ts';
import { encodeUtf8, hexText, trimLeadingZeros } from './hex-text.ts';

/** Decides per code of a dictionary, each code once. */
export type CodeTest = (code: number) => boolean;

const UNKNOWN = 0;
const PASSES = 1;
const FAILS = 2;

/** The test on codes; undefined when no string of the dictionary passes. */
export function codeTest(dictionary: StringDictionary, test: StringTest): CodeTest | undefined {
  if (test.kind === 'equal') {
    const target = findCode(dictionary, test.text);
    if (test.isNegated) return (code) => code !== target;
    return target === ABSENT ? undefined : (code) => code === target;
  }
  const { bytes, offsets, count } = dictionary;
  const decided = new Uint8Array(count);
  return (code) => {
    const known = decided[code]!;
    if (known !== UNKNOWN) return known === PASSES;
    const passes = test.passes(bytes, offsets[code]!, offsets[code + 1]!);
    decided[code] = passes ? PASSES : FAILS;
    return passes;
  };
}

/** Rows of a string column; a row without a string counts as the empty string. */
export function stringColumnMask(column: StringColumn, rows: number, test: StringTest): Uint8Array {
  const mask = new Uint8Array(rows);
  const absent = passesText(test, new Uint8Array(0)) ? 1 : 0;
  const passes = codeTest(column.dictionary, test);
  if (!passes && absent === 0) return mask;
  const { codes } = column;
  for (let row = 0; row < rows; row += 1) {
    const code = codes[row]!;
    mask[row] = code < 0 ? absent : passes?.(code) ? 1 : 0;
  }
  return mask;
}

function passesText(test: StringTest, text: Uint8Array): boolean {
  if (test.kind === 'bytes') return test.passes(text, 0, text.length);
  return (Buffer.compare(test.text, text) === 0) !== test.isNegated;
}

/** Rows of a 64-bit column, taken as signed. */
export function int64ColumnMask(column: Int64Column, rows: number, range: Int64Range): Uint8Array {
  const mask = new Uint8Array(rows);
  const { words } = column;
  for (let row = 0; row < rows; row += 1)
    if (isInRange(range, words[2 * row]! >>> 0, words[2 * row + 1]!)) mask[row] = 1;
  return mask;
}

/** Rows of a 32-bit column. */
export function int32ColumnMask(column: Int32Array, rows: number, range: Int64Range): Uint8Array {
  const mask = new Uint8Array(rows);
  for (let row = 0; row < rows; row += 1) {
    const value = column[row]!;
    if (isInRange(range, value >>> 0, value >> 31)) mask[row] = 1;
  }
  return mask;
}

/** Rows of a column of small numbers that stand for keywords. */
export function keywordColumnMask(
  column: Int32Array,
  rows: number,
  passes: (value: number) => boolean,
): Uint8Array {
  const mask = new Uint8Array(rows);
  const decided = Uint8Array.from({ length: 8 }, (_, value) => (passes(value) ? 1 : 0));
  for (let row = 0; row < rows; row += 1) {
    const value = column[row]!;
    mask[row] = value >= 0 && value < 8 ? decided[value]! : passes(value) ? 1 : 0;
  }
  return mask;
}

/** How ids of one kind are printed. */
export interface IdFormat {
  /** Without leading zeros. */
  readonly isTrimmed: boolean;
  /** Bytes of an id, that of a row without one included (all zeros). */
  readonly byteLength: number;
}

/** Rows of ids, tested as the hex text they are printed as. */
export function idColumnMask(
  column: BytesColumn,
  rows: number,
  format: IdFormat,
  test: StringTest,
): Uint8Array {
  const mask = new Uint8Array(rows);
  const { bytes, offsets } = column;
  const wanted = test.kind === 'equal' ? idOfText(test.text, format) : undefined;
  for (let row = 0; row < rows; row += 1) {
    const start = offsets[row]!;
    const end = offsets[row + 1]!;
    if (wanted && end - start === format.byteLength)
      mask[row] =
        hasBytesAt(bytes, start, wanted) !== (test as { isNegated: boolean }).isNegated ? 1 : 0;
    else mask[row] = passesText(test, encodeUtf8(idText(bytes, start, end, format))) ? 1 : 0;
  }
  return mask;
}

/** The text of an id. */
export function idText(bytes: Uint8Array, start: number, end: number, format: IdFormat): string {
  const text = start === end ? '00'.repeat(format.byteLength) : hexText(bytes, start, end);
  return format.isTrimmed ? trimLeadingZeros(text) : text;
}

/** The id whose text is `text`; undefined when no id of that length prints so. */
function idOfText(text: Uint8Array, format: IdFormat): Uint8Array | undefined {
  const hex = new TextDecoder().decode(text);
  const digits = 2 * format.byteLength;
  const isPrinted = format.isTrimmed ? /^(?!0)[0-9a-f]*$/ : /^[0-9a-f]*$/;
  if (!isPrinted.test(hex) || hex.length > digits) return undefined;
  if (!format.isTrimmed && hex.length !== digits) return undefined;
  return Uint8Array.from(Buffer.from(hex.padStart(digits, '0'), 'hex'));
}

function hasBytesAt(bytes: Uint8Array, start: number, wanted: Uint8Array): boolean {
  for (let i = 0; i < wanted.length; i += 1) if (bytes[start + i] !== wanted[i]) return false;
  return true;
}

/** Where an attribute of one name lies: in a column of its own, in the table, or in both. */
export interface AttributeHome {
  readonly table: AttributeTable;
  readonly column: NamedColumn | undefined;
  readonly rows: number;
  readonly key: Uint8Array;
}

/** Parents whose attribute passes. The column comes first, then the first attribute of the name. */
export function attributeMask(home: AttributeHome, test: ValueTest): Uint8Array {
  const mask = new Uint8Array(home.rows);
  const { column, table } = home;
  // Dictionaries alone may decide: columns of a block are decoded when they are looked at.
  const keyCode = findCode(table.keys.dictionary, home.key);
  const passes = keyCode === ABSENT ? undefined : attributeTest(table, test);
  if (!passes && (!column || !mayPass(column, test))) return mask;
  const taken = column && namedColumnMask(column, home.rows, test, mask);
  if (!passes) return mask;
  if (table.parents) markParents(table.parents(), keyCode, { table, passes, taken }, mask);
  else markRows(home, keyCode, { table, passes, taken }, mask);
  return mask;
}

interface AttributePick {
  readonly table: AttributeTable;
  readonly passes: (i: number) => boolean;
  /** Parents whose column has a value, which comes first. */
  readonly taken: Uint8Array | undefined;
}

/** Marks the parents whose first value of the key passes. */
function markParents(
  parents: Int32Array,
  keyCode: number,
  { table, passes, taken }: AttributePick,
  mask: Uint8Array,
): void {
  const { types } = table;
  const keys = table.keys.codes;
  let decidedParent = -1;
  for (let i = 0; i < parents.length; i += 1) {
    const parent = parents[i]!;
    if (keys[i] !== keyCode || parent === decidedParent) continue;
    if (taken?.[parent] === 1 || !isValue(types[i]!)) continue;
    decidedParent = parent;
    if (passes(i)) mask[parent] = 1;
  }
}

function markRows(
  home: AttributeHome,
  keyCode: number,
  { table, passes, taken }: AttributePick,
  mask: Uint8Array,
): void {
  const { offsets, types } = table;
  const keys = table.keys.codes;
  const total = offsets[home.rows]!;
  let parent = 0;
  let decidedParent = -1;
  for (let i = offsets[0]!; i < total; i += 1) {
    if (keys[i] !== keyCode) continue;
    while (offsets[parent + 1]! <= i) parent += 1;
    if (parent === decidedParent || taken?.[parent] === 1 || !isValue(types[i]!)) continue;
    decidedParent = parent;
    if (passes(i)) mask[parent] = 1;
  }
}

/** Whether the column may hold a value that passes. */
function mayPass(column: NamedColumn, test: ValueTest): boolean {
  if (column.type === 'int') return test.int !== undefined;
  return !!test.string && codeTest(column.strings.dictionary, test.string) !== undefined;
}

/** Kinds of values that the language has; others count as missing. */
export function isValue(type: number): boolean {
  return type !== AttributeType.Unsupported && type !== AttributeType.EmptyArray;
}

/** Marks in `mask` the rows that pass; returns the rows that have a value. */
export function namedColumnMask(
  column: NamedColumn,
  rows: number,
  test: ValueTest,
  mask: Uint8Array,
): Uint8Array {
  if (column.type === 'int') {
    const { words } = column.ints;
    const { present } = column;
    const range = test.int;
    if (range)
      for (let row = 0; row < rows; row += 1)
        if (present[row] === 1 && isInRange(range, words[2 * row]! >>> 0, words[2 * row + 1]!))
          mask[row] = 1;
    return present;
  }
  const taken = new Uint8Array(rows);
  const passes = test.string && codeTest(column.strings.dictionary, test.string);
  const { codes } = column.strings;
  for (let row = 0; row < rows; row += 1) {
    const code = codes[row]!;
    if (code < 0) continue;
    taken[row] = 1;
    if (passes?.(code)) mask[row] = 1;
  }
  return taken;
}

/** The test of attribute `i` of a table; undefined when nothing can pass. */
function attributeTest(
  table: AttributeTable,
  test: ValueTest,
): ((i: number) => boolean) | undefined {
  const passesString = test.string && codeTest(table.strings.dictionary, test.string);
  const { int, double, bool } = test;
  if (!passesString && !int && !double && !bool) return undefined;
  const { types, positions } = table;
  const passesAt = (type: number, position: number): boolean => {
    switch (type) {
      case AttributeType.String:
        return passesString ? passesString(table.strings.codes[position]!) : false;
      case AttributeType.Int: {
        const { words } = table.ints;
        return int ? isInRange(int, words[2 * position]! >>> 0, words[2 * position + 1]!) : false;
      }
      case AttributeType.Double:
        return double ? double(table.doubles[position]!) : false;
      case AttributeType.Bool:
        return bool ? bool(table.bools[position] === 1) : false;
      default:
        return false;
    }
  };
  return (i) => {
    const type = types[i]!;
    if (type < AttributeType.StringArray) return passesAt(type, positions[i]!);
    const array = positions[i]!;
    const start = table.arrays.starts[array]!;
    const end = start + table.arrays.counts[array]!;
    const elementType = type - AttributeType.StringArray;
    if (!test.takesArrays && end - start !== 1) return false;
    for (let position = start; position < end; position += 1)
      if (passesAt(elementType, position) !== test.isNegative) return !test.isNegative;
    return test.isNegative;
  };
}
