/**
 * Attributes of neighbouring parents as the nested `Attrs` list of vParquet4. Values lie in their pools
 * in the order of their attributes, so that they are views; only offsets are made.
 */
import type { NestedColumn } from '@tempo-ts/parquet';
import { assert } from '@tempo-ts/runtime';
import { AttributeType, type AttributeTable } from '@tempo-ts/span-batch';
import type { RowRange } from './gather-columns.ts';

/** The columns of the list `Attrs` of the parents `parents`, which are rows of the table's offsets. */
export function sliceAttributes(table: AttributeTable, parents: RowRange): NestedColumn {
  const first = table.offsets[parents.start]!;
  const end = table.offsets[parents.end]!;
  const offsets = new Int32Array(parents.end - parents.start + 1);
  for (let i = 0; i < offsets.length; i++) offsets[i] = table.offsets[parents.start + i]! - first;
  return {
    kind: 'list',
    offsets,
    element: { kind: 'struct', children: leaves(table, first, end) },
  };
}

/** The leaves of the attributes `first … end - 1`, in the order of the schema. */
function leaves(table: AttributeTable, first: number, end: number): readonly NestedColumn[] {
  const count = end - first;
  const { types, positions, arrays, unsupported } = table;
  const isArray = new Uint8Array(count);
  const strings = new PoolSlice(count);
  const ints = new PoolSlice(count);
  const doubles = new PoolSlice(count);
  const bools = new PoolSlice(count);
  const pools = [strings, ints, doubles, bools];
  const texts = new PoolSlice(count);
  for (let i = 0; i < count; i++) {
    const type = types[first + i]!;
    const position = positions[first + i]!;
    if (type === AttributeType.String) strings.add(i, position, 1);
    else if (type < AttributeType.Unsupported) pools[type]!.add(i, position, 1);
    else if (type === AttributeType.Unsupported) texts.add(i, position, 1);
    else {
      isArray[i] = 1;
      // Array types follow their scalar types in the same order.
      if (type !== AttributeType.EmptyArray)
        pools[type - AttributeType.StringArray]!.add(
          i,
          arrays.starts[position]!,
          arrays.counts[position]!,
        );
    }
  }
  const codes = table.strings.codes.subarray(strings.start, strings.end);
  const words = table.ints.words.subarray(ints.start * 2, ints.end * 2);
  return [
    {
      kind: 'codes',
      codes: table.keys.codes.subarray(first, end),
      dictionary: table.keys.dictionary,
    },
    { kind: 'boolean', values: isArray },
    strings.toList({ kind: 'codes', codes, dictionary: table.strings.dictionary }),
    ints.toList({ kind: 'int64', words }),
    doubles.toList({ kind: 'double', values: table.doubles.subarray(doubles.start, doubles.end) }),
    bools.toList({ kind: 'boolean', values: table.bools.subarray(bools.start, bools.end) }),
    {
      kind: 'bytes',
      bytes: unsupported.bytes,
      offsets: texts.boundsOf(unsupported.offsets),
      present: texts.lengths(),
    },
  ];
}

/** The values that a range of attributes has in one pool: `start … end - 1`. */
class PoolSlice {
  start = 0;
  end = 0;
  /** Values below each attribute, filled up to attribute `#filled`. */
  readonly #offsets: Int32Array;
  #filled = 0;

  constructor(attributeCount: number) {
    this.#offsets = new Int32Array(attributeCount + 1);
  }

  /** Adds the values of an attribute; attributes come in order. */
  add(attribute: number, position: number, count: number): void {
    const offsets = this.#offsets;
    const before = this.end - this.start;
    if (before === 0) this.start = position;
    // An array of no elements has no place in its pool.
    else if (count > 0)
      assert(position === this.end, 'values lie in the order of their attributes');
    this.end = this.start + before + count;
    for (let i = this.#filled + 1; i <= attribute; i++) offsets[i] = before;
    offsets[attribute + 1] = before + count;
    this.#filled = attribute + 1;
  }

  toList(element: NestedColumn): NestedColumn {
    return { kind: 'list', offsets: this.#complete(), element };
  }

  /** One more entry than attributes: where the values lie that `bounds` tells of. */
  boundsOf(bounds: Int32Array): Int32Array {
    if (this.end === this.start) return this.#offsets;
    return this.#complete().map((offset) => bounds[this.start + offset]!);
  }

  /** 1 for each attribute that has a value. */
  lengths(): Uint8Array {
    const offsets = this.#complete();
    const lengths = new Uint8Array(offsets.length - 1);
    if (this.end > this.start)
      for (let i = 0; i < lengths.length; i++) lengths[i] = offsets[i + 1]! - offsets[i]!;
    return lengths;
  }

  #complete(): Int32Array {
    if (this.end > this.start) this.#offsets.fill(this.end - this.start, this.#filled + 1);
    this.#filled = this.#offsets.length - 1;
    return this.#offsets;
  }
}
