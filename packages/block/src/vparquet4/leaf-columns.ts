/** Decoded leaves as columns of a span batch; each checks that it has as many rows as it should. */
import type { ColumnValues, DecodedColumn } from '@tempo-ts/parquet';
import {
  ABSENT,
  ByteDictionary,
  viewOf,
  type BytesColumn,
  type Int64Column,
  type StringColumn,
} from '@tempo-ts/span-batch';
import { CorruptBlockError } from '../errors.ts';

/** Turns leaves of one block into columns. */
export class LeafColumns {
  readonly #blockId: string;

  constructor(blockId: string) {
    this.#blockId = blockId;
  }

  /** A required string leaf of `count` rows. */
  strings(column: DecodedColumn, count: number): StringColumn {
    return this.#stringValues(column, count);
  }

  /** An optional string leaf of `count` rows. */
  optionalStrings(column: DecodedColumn, count: number): StringColumn {
    const { dictionary, codes } = this.#stringValues(column, undefined);
    if (column.valueCount === 0) return { dictionary, codes: new Int32Array(count).fill(ABSENT) };
    if (codes.length === count && column.entryCount === count) return { dictionary, codes };
    const spread = new Int32Array(count).fill(ABSENT);
    this.#forEachRow(column, count, (row, value) => {
      if (value >= 0) spread[row] = codes[value]!;
    });
    return { dictionary, codes: spread };
  }

  bytes(column: DecodedColumn, count: number): BytesColumn {
    const { values } = column;
    if (values.kind === 'bytes') {
      this.#check(column, values.offsets.length - 1, count);
      return { bytes: values.bytes, offsets: values.offsets };
    }
    const { dictionary, codes } = this.#stringValues(column, count);
    return expand(dictionary, codes);
  }

  int64(column: DecodedColumn, count: number): Int64Column {
    const values = this.#ofKind(column, 'int64');
    this.#check(column, values.words.length / 2, count);
    return { words: values.words };
  }

  /** 64-bit numbers that fit 32 bits. */
  int64AsInt32(column: DecodedColumn, count: number): Int32Array {
    const { words } = this.int64(column, count);
    const values = new Int32Array(count);
    for (let i = 0; i < count; i++) values[i] = words[i * 2]!;
    return values;
  }

  optionalInt64(
    column: DecodedColumn,
    count: number,
  ): { readonly ints: Int64Column; readonly present: Uint8Array } {
    const source = this.#ofKind(column, 'int64').words;
    const words = new Int32Array(count * 2);
    const present = new Uint8Array(count);
    if (column.valueCount === 0) return { ints: { words }, present };
    this.#forEachRow(column, count, (row, value) => {
      if (value < 0) return;
      present[row] = 1;
      words[row * 2] = source[value * 2]!;
      words[row * 2 + 1] = source[value * 2 + 1]!;
    });
    return { ints: { words }, present };
  }

  int32(column: DecodedColumn, count: number): Int32Array {
    const { values } = this.#ofKind(column, 'int32');
    this.#check(column, values.length, count);
    return values;
  }

  doubles(column: DecodedColumn): Float64Array {
    return this.#ofKind(column, 'double').values;
  }

  booleans(column: DecodedColumn, count?: number): Uint8Array {
    const { values } = this.#ofKind(column, 'boolean');
    if (count !== undefined) this.#check(column, values.length, count);
    return values;
  }

  /** Strings of a leaf, as many as there are. */
  allStrings(column: DecodedColumn): StringColumn {
    return this.#stringValues(column, undefined);
  }

  /** 64-bit integers of a leaf, as many as there are. */
  allInt64(column: DecodedColumn): Int64Column {
    return { words: this.#ofKind(column, 'int64').words };
  }

  /** Bytes of a leaf, as many as there are. */
  allBytes(column: DecodedColumn): BytesColumn {
    const { values } = column;
    return this.bytes(
      column,
      values.kind === 'bytes' ? values.offsets.length - 1 : codesOf(values),
    );
  }

  /**
   * Calls `onRow` for each of the `count` rows of an optional leaf with the position of its value, or
   * -1 where it is absent. Entries below that say that a list further up is empty.
   */
  #forEachRow(
    column: DecodedColumn,
    count: number,
    onRow: (row: number, value: number) => void,
  ): void {
    const { maxDefinitionLevel } = column.descriptor;
    const definition = column.definitionLevels!;
    let row = 0;
    let value = 0;
    for (let i = 0; i < column.entryCount; i++) {
      const level = definition[i]!;
      if (level < maxDefinitionLevel - 1) continue;
      if (row === count) row = count + 1;
      if (row > count) break;
      onRow(row, level === maxDefinitionLevel ? value++ : -1);
      row += 1;
    }
    this.#check(column, row, count);
  }

  #stringValues(column: DecodedColumn, count: number | undefined): StringColumn {
    const { values } = column;
    if (values.kind === 'codes') {
      if (count !== undefined) this.#check(column, values.codes.length, count);
      return { dictionary: values.dictionary, codes: values.codes };
    }
    const { bytes, offsets } = this.#ofKind(column, 'bytes');
    if (count !== undefined) this.#check(column, offsets.length - 1, count);
    return intern(bytes, offsets);
  }

  #ofKind<K extends ColumnValues['kind']>(
    column: DecodedColumn,
    kind: K,
  ): Extract<ColumnValues, { kind: K }> {
    const { values, descriptor } = column;
    if (values.kind !== kind)
      throw new CorruptBlockError(
        this.#blockId,
        `column "${descriptor.path}" holds ${values.kind} where ${kind} belongs`,
      );
    return values as Extract<ColumnValues, { kind: K }>;
  }

  #check(column: DecodedColumn, actual: number, expected: number): void {
    if (actual !== expected)
      throw new CorruptBlockError(
        this.#blockId,
        `column "${column.descriptor.path}" has ${actual} rows where ${expected} belong`,
      );
  }
}

function codesOf(values: ColumnValues): number {
  return values.kind === 'codes' ? values.codes.length : 0;
}

/** Equal strings get equal codes. */
function intern(bytes: Uint8Array, offsets: Int32Array): StringColumn {
  const dictionary = new ByteDictionary();
  const source = { bytes, view: viewOf(bytes) };
  const codes = new Int32Array(offsets.length - 1);
  let last = -1;
  for (let i = 0; i < codes.length; i++) {
    last = dictionary.intern(source, offsets[i]!, offsets[i + 1]!, last);
    codes[i] = last;
  }
  return { dictionary: dictionary.snapshot(), codes };
}

function expand(dictionary: StringColumn['dictionary'], codes: Int32Array): BytesColumn {
  const starts = dictionary.offsets;
  const offsets = new Int32Array(codes.length + 1);
  for (let i = 0; i < codes.length; i++)
    offsets[i + 1] = offsets[i]! + starts[codes[i]! + 1]! - starts[codes[i]!]!;
  const bytes = new Uint8Array(offsets[codes.length]!);
  for (let i = 0; i < codes.length; i++) {
    const end = starts[codes[i]! + 1]!;
    let at = offsets[i]!;
    for (let from = starts[codes[i]!]!; from < end; from++) bytes[at++] = dictionary.bytes[from]!;
  }
  return { bytes, offsets };
}
