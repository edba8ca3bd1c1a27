/** Copies the attributes of selected rows of several inputs into a new attribute table. */
import { usedColumns } from './gather-columns.ts';
import { MergedDictionary } from './merge-dictionaries.ts';
import type { RowSelection } from './row-selection.ts';
import { sharedFloat64Array, sharedInt32Array, sharedUint8Array } from './shared-memory.ts';
import { AttributeType } from './span-batch.ts';
import type { AttributeTable } from './span-batch.ts';

/** How much of everything the new table will hold. */
interface TableSize {
  attributes: number;
  arrays: number;
  strings: number;
  ints: number;
  doubles: number;
  bools: number;
  unsupported: number;
  unsupportedBytes: number;
}

export function gatherAttributes(
  selection: RowSelection,
  tableOf: (input: number) => AttributeTable,
  inputCount: number,
  isCompact: boolean,
): AttributeTable {
  const tables = usedColumns(selection, tableOf, inputCount);
  const writer = new AttributeTableWriter(measure(selection, tables), selection.count, {
    keys: new MergedDictionary(
      tables.map((table) => table?.keys.dictionary),
      isCompact,
    ),
    strings: new MergedDictionary(
      tables.map((table) => table?.strings.dictionary),
      isCompact,
    ),
  });
  const { rows, runInputs, runEnds } = selection;
  let at = 0;
  for (let run = 0; run < runEnds.length; run++) {
    const input = runInputs[run]!;
    writer.source(tables[input]!, input);
    for (const end = runEnds[run]!; at < end; at++) writer.copyParent(rows[at]!);
  }
  return writer.table();
}

function measure(
  selection: RowSelection,
  tables: readonly (AttributeTable | undefined)[],
): TableSize {
  const size: TableSize = {
    attributes: 0,
    arrays: 0,
    strings: 0,
    ints: 0,
    doubles: 0,
    bools: 0,
    unsupported: 0,
    unsupportedBytes: 0,
  };
  const counts = new Int32Array(16);
  const { rows, runInputs, runEnds } = selection;
  let at = 0;
  for (let run = 0; run < runEnds.length; run++) {
    const table = tables[runInputs[run]!]!;
    const { offsets, types } = table;
    for (const end = runEnds[run]!; at < end; at++) {
      const stop = offsets[rows[at]! + 1]!;
      for (let i = offsets[rows[at]!]!; i < stop; i++) {
        const type = types[i]!;
        counts[type]! += 1;
        if (type >= AttributeType.Unsupported) measureRare(table, i, type, size);
      }
    }
  }
  for (const count of counts) size.attributes += count;
  // Array types are counted as attributes; their elements were added apart.
  size.strings += counts[AttributeType.String]!;
  size.ints += counts[AttributeType.Int]!;
  size.doubles += counts[AttributeType.Double]!;
  size.bools += counts[AttributeType.Bool]!;
  size.unsupported = counts[AttributeType.Unsupported]!;
  return size;
}

function measureRare(
  table: AttributeTable,
  attribute: number,
  type: number,
  size: TableSize,
): void {
  const position = table.positions[attribute]!;
  if (type === AttributeType.Unsupported) {
    const { offsets } = table.unsupported;
    size.unsupportedBytes += offsets[position + 1]! - offsets[position]!;
    return;
  }
  if (type === AttributeType.EmptyArray) return;
  size.arrays += 1;
  const count = table.arrays.counts[position]!;
  if (type === AttributeType.StringArray) size.strings += count;
  else if (type === AttributeType.IntArray) size.ints += count;
  else if (type === AttributeType.DoubleArray) size.doubles += count;
  else size.bools += count;
}

/** Fills a table of known size, parent by parent. */
class AttributeTableWriter {
  readonly #offsets: Int32Array;
  readonly #keys: Int32Array;
  readonly #types: Uint8Array;
  readonly #positions: Int32Array;
  readonly #arrayStarts: Int32Array;
  readonly #arrayCounts: Int32Array;
  readonly #strings: Int32Array;
  readonly #ints: Int32Array;
  readonly #doubles: Float64Array;
  readonly #bools: Uint8Array;
  readonly #unsupportedBytes: Uint8Array;
  readonly #unsupportedOffsets: Int32Array;
  readonly #keyDictionary: MergedDictionary;
  readonly #stringDictionary: MergedDictionary;
  #parentCount = 0;
  #count = 0;
  #arrayCount = 0;
  #stringCount = 0;
  #intCount = 0;
  #doubleCount = 0;
  #boolCount = 0;
  #unsupportedCount = 0;
  #source: AttributeTable | undefined;
  #input = 0;
  #keyCodes: Int32Array | undefined;
  #stringCodes: Int32Array | undefined;

  constructor(
    size: TableSize,
    parentCount: number,
    dictionaries: { readonly keys: MergedDictionary; readonly strings: MergedDictionary },
  ) {
    this.#offsets = sharedInt32Array(parentCount + 1);
    this.#keys = sharedInt32Array(size.attributes);
    this.#types = sharedUint8Array(size.attributes);
    this.#positions = sharedInt32Array(size.attributes);
    this.#arrayStarts = sharedInt32Array(size.arrays);
    this.#arrayCounts = sharedInt32Array(size.arrays);
    this.#strings = sharedInt32Array(size.strings);
    this.#ints = sharedInt32Array(size.ints * 2);
    this.#doubles = sharedFloat64Array(size.doubles);
    this.#bools = sharedUint8Array(size.bools);
    this.#unsupportedBytes = sharedUint8Array(size.unsupportedBytes);
    this.#unsupportedOffsets = sharedInt32Array(size.unsupported + 1);
    this.#keyDictionary = dictionaries.keys;
    this.#stringDictionary = dictionaries.strings;
  }

  /** The following parents are rows of this table, of this input. */
  source(table: AttributeTable, input: number): void {
    this.#source = table;
    this.#input = input;
    this.#keyCodes = this.#keyDictionary.codesOf(input);
    this.#stringCodes = this.#stringDictionary.codesOf(input);
  }

  copyParent(row: number): void {
    const source = this.#source!;
    const { offsets, types, positions } = source;
    const keys = source.keys.codes;
    const end = offsets[row + 1]!;
    for (let i = offsets[row]!; i < end; i++) {
      const type = types[i]!;
      const at = this.#count++;
      this.#keys[at] = this.#keyOf(keys[i]!);
      this.#types[at] = type;
      if (type === AttributeType.EmptyArray) continue;
      const position = positions[i]!;
      if (type < AttributeType.StringArray)
        this.#positions[at] = this.#copyValue(source, type, position);
      else {
        this.#positions[at] = this.#arrayCount;
        this.#copyArray(source, type - AttributeType.StringArray, position);
      }
    }
    this.#offsets[++this.#parentCount] = this.#count;
  }

  table(): AttributeTable {
    return {
      offsets: this.#offsets,
      keys: { dictionary: this.#keyDictionary.dictionary(), codes: this.#keys },
      types: this.#types,
      positions: this.#positions,
      arrays: { starts: this.#arrayStarts, counts: this.#arrayCounts },
      strings: { dictionary: this.#stringDictionary.dictionary(), codes: this.#strings },
      ints: { words: this.#ints },
      doubles: this.#doubles,
      bools: this.#bools,
      unsupported: { bytes: this.#unsupportedBytes, offsets: this.#unsupportedOffsets },
    };
  }

  #keyOf(code: number): number {
    const codes = this.#keyCodes;
    if (codes === undefined) return code;
    const known = codes[code]!;
    return known >= 0 ? known : this.#keyDictionary.translate(this.#input, code);
  }

  #stringOf(code: number): number {
    const codes = this.#stringCodes;
    if (codes === undefined) return code;
    const known = codes[code]!;
    return known >= 0 ? known : this.#stringDictionary.translate(this.#input, code);
  }

  /** Copies one value into its pool and returns its row there. */
  #copyValue(source: AttributeTable, type: number, position: number): number {
    switch (type) {
      case AttributeType.String:
        this.#strings[this.#stringCount] = this.#stringOf(source.strings.codes[position]!);
        return this.#stringCount++;
      case AttributeType.Int:
        this.#ints[this.#intCount * 2] = source.ints.words[position * 2]!;
        this.#ints[this.#intCount * 2 + 1] = source.ints.words[position * 2 + 1]!;
        return this.#intCount++;
      case AttributeType.Double:
        this.#doubles[this.#doubleCount] = source.doubles[position]!;
        return this.#doubleCount++;
      case AttributeType.Bool:
        this.#bools[this.#boolCount] = source.bools[position]!;
        return this.#boolCount++;
      default: {
        const { bytes, offsets } = source.unsupported;
        const start = this.#unsupportedOffsets[this.#unsupportedCount]!;
        const text = bytes.subarray(offsets[position], offsets[position + 1]);
        this.#unsupportedBytes.set(text, start);
        this.#unsupportedOffsets[this.#unsupportedCount + 1] = start + text.length;
        return this.#unsupportedCount++;
      }
    }
  }

  #copyArray(source: AttributeTable, elementType: number, position: number): void {
    const start = source.arrays.starts[position]!;
    const count = source.arrays.counts[position]!;
    let first = 0;
    for (let i = 0; i < count; i++) {
      const at = this.#copyValue(source, elementType, start + i);
      if (i === 0) first = at;
    }
    this.#arrayStarts[this.#arrayCount] = first;
    this.#arrayCounts[this.#arrayCount] = count;
    this.#arrayCount += 1;
  }
}
