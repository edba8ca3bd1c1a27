/**
 * The attributes of one name, taken out of a table of many. Queries ask for one or two names; what is
 * left of a table is small enough to be kept for the next query.
 */
import type { RowSpan } from '@tempo-ts/parquet';
import {
  ABSENT,
  AttributeType,
  findCode,
  lazyColumns,
  type AttributeTable,
  type StringColumn,
} from '@tempo-ts/span-batch';

/**
 * Attributes of one name whose values the language has (no nested ones, no empty arrays). Values are
 * numbered in the order of their attributes.
 */
export interface KeyedAttributes {
  /** Attribute → its parent, ascending. */
  readonly parents: Int32Array;
  readonly types: Uint8Array;
  readonly positions: Int32Array;
  readonly arrayStarts: Int32Array;
  readonly arrayCounts: Int32Array;
  /** Of the dictionary of the table the attributes were taken from. */
  readonly stringCodes: Int32Array;
  readonly intWords: Int32Array;
  readonly doubles: Float64Array;
  readonly bools: Uint8Array;
}

/** Memory that the attributes take. */
export function keyedBytes(keyed: KeyedAttributes): number {
  let bytes = 0;
  for (const array of Object.values(keyed)) bytes += (array as Uint8Array).byteLength;
  return bytes;
}

/**
 * The attributes of `key` in `table`, which has `parentCount` parents; `keep` gives those that are
 * kept, or makes and keeps them.
 */
export function attributesOfKey(
  table: AttributeTable,
  parentCount: number,
  key: Uint8Array,
  keep: (key: Uint8Array, make: () => KeyedAttributes) => KeyedAttributes,
): AttributeTable {
  const code = findCode(table.keys.dictionary, key);
  if (code === ABSENT) return table;
  let made: KeyedAttributes | undefined;
  const keyed = () => (made ??= keep(key, () => extract(table, code)));
  return lazyColumns<AttributeTable>({
    offsets: () => offsetsOf(keyed().parents, parentCount),
    keys: lazyColumns<StringColumn>({
      dictionary: table.keys.dictionary,
      codes: () => new Int32Array(keyed().parents.length).fill(code),
    }),
    types: () => keyed().types,
    positions: () => keyed().positions,
    arrays: () => ({ starts: keyed().arrayStarts, counts: keyed().arrayCounts }),
    strings: lazyColumns<StringColumn>({
      dictionary: () => table.strings.dictionary,
      codes: () => keyed().stringCodes,
    }),
    ints: () => ({ words: keyed().intWords }),
    doubles: () => keyed().doubles,
    bools: () => keyed().bools,
    unsupported: () => ({ bytes: new Uint8Array(0), offsets: new Int32Array(1) }),
  });
}

function extract(table: AttributeTable, code: number): KeyedAttributes {
  const { offsets, types } = table;
  const keys = table.keys.codes;
  const rows: number[] = [];
  const parents: number[] = [];
  let parent = 0;
  for (let i = keys.indexOf(code); i >= 0; i = nextOf(keys, code, i + 1)) {
    if (types[i] === AttributeType.Unsupported || types[i] === AttributeType.EmptyArray) continue;
    while (offsets[parent + 1]! <= i) parent += 1;
    rows.push(i);
    parents.push(parent);
  }
  return take(table, Int32Array.from(rows), Int32Array.from(parents));
}

function nextOf(keys: Int32Array, code: number, from: number): number {
  const { length } = keys;
  for (let i = from; i < length; i++) if (keys[i] === code) return i;
  return -1;
}

/** The attributes of the rows of those parents only, numbered among themselves. */
export function takeParents(keyed: KeyedAttributes, parents: readonly RowSpan[]): KeyedAttributes {
  const rows: number[] = [];
  const places: number[] = [];
  let place = 0;
  for (const { start, end } of parents) {
    for (let i = firstFrom(keyed.parents, start); i < keyed.parents.length; i++) {
      const parent = keyed.parents[i]!;
      if (parent >= end) break;
      rows.push(i);
      places.push(place + parent - start);
    }
    place += end - start;
  }
  const table = {
    types: keyed.types,
    positions: keyed.positions,
    arrays: { starts: keyed.arrayStarts, counts: keyed.arrayCounts },
    strings: { codes: keyed.stringCodes },
    ints: { words: keyed.intWords },
    doubles: keyed.doubles,
    bools: keyed.bools,
  };
  return take(table, Int32Array.from(rows), Int32Array.from(places));
}

/** The first place of `sorted` whose value is at least `value`. */
function firstFrom(sorted: Int32Array, value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

type Values = Pick<
  AttributeTable,
  'types' | 'positions' | 'arrays' | 'ints' | 'doubles' | 'bools'
> & { readonly strings: Pick<StringColumn, 'codes'> };

function take(table: Values, rows: Int32Array, parents: Int32Array): KeyedAttributes {
  const count = rows.length;
  const types = new Uint8Array(count);
  const positions = new Int32Array(count);
  const arrayStarts: number[] = [];
  const arrayCounts: number[] = [];
  /** Values wanted of each pool, in the order of the scalar types. */
  const wanted: number[][] = [[], [], [], []];
  for (let i = 0; i < count; i++) {
    const type = table.types[rows[i]!]!;
    const position = table.positions[rows[i]!]!;
    types[i] = type;
    const isScalar = type < AttributeType.Unsupported;
    const pool = wanted[isScalar ? type : type - AttributeType.StringArray]!;
    const first = isScalar ? position : table.arrays.starts[position]!;
    const length = isScalar ? 1 : table.arrays.counts[position]!;
    positions[i] = isScalar ? pool.length : arrayStarts.length;
    if (!isScalar) {
      arrayStarts.push(pool.length);
      arrayCounts.push(length);
    }
    for (let k = 0; k < length; k++) pool.push(first + k);
  }
  const [strings, ints, doubles, bools] = wanted as [number[], number[], number[], number[]];
  const intWords = new Int32Array(ints.length * 2);
  for (let i = 0; i < ints.length; i++) {
    intWords[i * 2] = table.ints.words[ints[i]! * 2]!;
    intWords[i * 2 + 1] = table.ints.words[ints[i]! * 2 + 1]!;
  }
  return {
    parents,
    types,
    positions,
    arrayStarts: Int32Array.from(arrayStarts),
    arrayCounts: Int32Array.from(arrayCounts),
    stringCodes: pickInts(strings, strings.length > 0 ? table.strings.codes : NO_CODES),
    intWords,
    doubles: Float64Array.from(doubles, (position) => table.doubles[position]!),
    bools: Uint8Array.from(bools, (position) => table.bools[position]!),
  };
}

const NO_CODES = new Int32Array(0);

function pickInts(positions: readonly number[], values: Int32Array): Int32Array {
  const picked = new Int32Array(positions.length);
  for (let i = 0; i < picked.length; i++) picked[i] = values[positions[i]!]!;
  return picked;
}

/** Parent → its attributes. */
function offsetsOf(parents: Int32Array, parentCount: number): Int32Array {
  const offsets = new Int32Array(parentCount + 1);
  let attribute = 0;
  for (let parent = 0; parent < parentCount; parent++) {
    while (attribute < parents.length && parents[attribute] === parent) attribute += 1;
    offsets[parent + 1] = attribute;
  }
  return offsets;
}
