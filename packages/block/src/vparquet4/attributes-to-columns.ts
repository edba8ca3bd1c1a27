/**
 * Attribute tables as the nested `Attrs` list of vParquet4: the type of an attribute is which of its
 * value lists has elements; an array has any number of them, everything unsupported is text.
 */
import type { NestedColumn } from '@tempo-ts/parquet';
import { AttributeType, type AttributeTable } from '@tempo-ts/span-batch';

/** The columns of the list `Attrs` of the parents `parents` (rows of the table's offsets), in order. */
export function attributesToColumns(table: AttributeTable, parents: Int32Array): NestedColumn {
  const values = new AttributeValues(table, countValues(table, parents));
  const offsets = new Int32Array(parents.length + 1);
  for (let p = 0; p < parents.length; p++) {
    const parent = parents[p]!;
    const end = table.offsets[parent + 1]!;
    for (let row = table.offsets[parent]!; row < end; row++) values.append(row);
    offsets[p + 1] = values.count;
  }
  return { kind: 'list', offsets, element: { kind: 'struct', children: values.columns() } };
}

/** How many attributes and values there are. */
interface Totals {
  attributes: number;
  strings: number;
  ints: number;
  doubles: number;
  bools: number;
  unsupportedBytes: number;
}

/** The leaves below `Attrs`, filled attribute by attribute. */
class AttributeValues {
  /** Attributes appended so far. */
  count = 0;
  readonly #table: AttributeTable;
  readonly #keys: Int32Array;
  readonly #isArray: Uint8Array;
  readonly #strings: Int32Array;
  readonly #stringOffsets: Int32Array;
  readonly #ints: Int32Array;
  readonly #intOffsets: Int32Array;
  readonly #doubles: Float64Array;
  readonly #doubleOffsets: Int32Array;
  readonly #bools: Uint8Array;
  readonly #boolOffsets: Int32Array;
  readonly #unsupported: Uint8Array;
  readonly #unsupportedOffsets: Int32Array;
  readonly #unsupportedPresent: Uint8Array;

  constructor(table: AttributeTable, totals: Totals) {
    const count = totals.attributes;
    this.#table = table;
    this.#keys = new Int32Array(count);
    this.#isArray = new Uint8Array(count);
    this.#strings = new Int32Array(totals.strings);
    this.#stringOffsets = new Int32Array(count + 1);
    this.#ints = new Int32Array(totals.ints * 2);
    this.#intOffsets = new Int32Array(count + 1);
    this.#doubles = new Float64Array(totals.doubles);
    this.#doubleOffsets = new Int32Array(count + 1);
    this.#bools = new Uint8Array(totals.bools);
    this.#boolOffsets = new Int32Array(count + 1);
    this.#unsupported = new Uint8Array(totals.unsupportedBytes);
    this.#unsupportedOffsets = new Int32Array(count + 1);
    this.#unsupportedPresent = new Uint8Array(count);
  }

  /** Appends the attribute in row `row` of the table. */
  append(row: number): void {
    const attribute = this.count;
    const { keys, types, positions, arrays } = this.#table;
    this.#keys[attribute] = keys.codes[row]!;
    const type = types[row]!;
    const position = positions[row]!;
    const next = attribute + 1;
    this.#stringOffsets[next] = this.#stringOffsets[attribute]!;
    this.#intOffsets[next] = this.#intOffsets[attribute]!;
    this.#doubleOffsets[next] = this.#doubleOffsets[attribute]!;
    this.#boolOffsets[next] = this.#boolOffsets[attribute]!;
    this.#unsupportedOffsets[next] = this.#unsupportedOffsets[attribute]!;
    this.count = next;
    if (type < AttributeType.StringArray) this.#appendValues(type, position, 1);
    else {
      this.#isArray[attribute] = 1;
      if (type !== AttributeType.EmptyArray) {
        // Array types follow their scalar types in the same order.
        const scalar = type - AttributeType.StringArray;
        this.#appendValues(scalar, arrays.starts[position]!, arrays.counts[position]!);
      }
    }
  }

  /** The leaves in the order of the schema. */
  columns(): readonly NestedColumn[] {
    const { keys, strings } = this.#table;
    return [
      { kind: 'codes', codes: this.#keys, dictionary: keys.dictionary },
      { kind: 'boolean', values: this.#isArray },
      {
        kind: 'list',
        offsets: this.#stringOffsets,
        element: { kind: 'codes', codes: this.#strings, dictionary: strings.dictionary },
      },
      { kind: 'list', offsets: this.#intOffsets, element: { kind: 'int64', words: this.#ints } },
      {
        kind: 'list',
        offsets: this.#doubleOffsets,
        element: { kind: 'double', values: this.#doubles },
      },
      {
        kind: 'list',
        offsets: this.#boolOffsets,
        element: { kind: 'boolean', values: this.#bools },
      },
      {
        kind: 'bytes',
        bytes: this.#unsupported,
        offsets: this.#unsupportedOffsets,
        present: this.#unsupportedPresent,
      },
    ];
  }

  #appendValues(type: number, start: number, valueCount: number): void {
    const table = this.#table;
    const next = this.count;
    switch (type) {
      case AttributeType.String: {
        const at = this.#stringOffsets[next]!;
        for (let i = 0; i < valueCount; i++)
          this.#strings[at + i] = table.strings.codes[start + i]!;
        this.#stringOffsets[next] = at + valueCount;
        return;
      }
      case AttributeType.Int: {
        const at = this.#intOffsets[next]!;
        for (let i = 0; i < valueCount * 2; i++)
          this.#ints[at * 2 + i] = table.ints.words[start * 2 + i]!;
        this.#intOffsets[next] = at + valueCount;
        return;
      }
      case AttributeType.Double: {
        const at = this.#doubleOffsets[next]!;
        for (let i = 0; i < valueCount; i++) this.#doubles[at + i] = table.doubles[start + i]!;
        this.#doubleOffsets[next] = at + valueCount;
        return;
      }
      case AttributeType.Bool: {
        const at = this.#boolOffsets[next]!;
        for (let i = 0; i < valueCount; i++) this.#bools[at + i] = table.bools[start + i]!;
        this.#boolOffsets[next] = at + valueCount;
        return;
      }
      default:
        this.#appendUnsupported(start);
    }
  }

  #appendUnsupported(position: number): void {
    const { bytes, offsets } = this.#table.unsupported;
    const text = bytes.subarray(offsets[position], offsets[position + 1]);
    const at = this.#unsupportedOffsets[this.count]!;
    this.#unsupported.set(text, at);
    this.#unsupportedOffsets[this.count] = at + text.length;
    this.#unsupportedPresent[this.count - 1] = 1;
  }
}

function countValues(table: AttributeTable, parents: Int32Array): Totals {
  const totals: Totals = {
    attributes: 0,
    strings: 0,
    ints: 0,
    doubles: 0,
    bools: 0,
    unsupportedBytes: 0,
  };
  const { offsets, types, positions, arrays, unsupported } = table;
  for (let p = 0; p < parents.length; p++) {
    const end = offsets[parents[p]! + 1]!;
    for (let row = offsets[parents[p]!]!; row < end; row++) {
      const type = types[row]!;
      totals.attributes += 1;
      if (type === AttributeType.EmptyArray) continue;
      const position = positions[row]!;
      const isArray = type >= AttributeType.StringArray;
      const count = isArray ? arrays.counts[position]! : 1;
      const scalar = isArray ? type - AttributeType.StringArray : type;
      if (scalar === AttributeType.String) totals.strings += count;
      else if (scalar === AttributeType.Int) totals.ints += count;
      else if (scalar === AttributeType.Double) totals.doubles += count;
      else if (scalar === AttributeType.Bool) totals.bools += count;
      else
        totals.unsupportedBytes +=
          unsupported.offsets[position + 1]! - unsupported.offsets[position]!;
    }
  }
  return totals;
}
