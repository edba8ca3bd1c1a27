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
  pools: AttributePools,
  keep: (key: Uint8Array, make: () => KeyedAttributes) => KeyedAttributes,
): AttributeTable {
  const code = findCode(table.keys.dictionary, key);
  if (code === ABSENT) return table;
  let made: KeyedAttributes | undefined;
  const keyed = () => (made ??= keep(key, () => extract(table, code, pools)));
  const attributes = lazyColumns<AttributeTable>({
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
  const parents = () => keyed().parents;
  // No column: copies and comparisons of the table pass it over.
  return Object.defineProperty(attributes, 'parents', { enumerable: false, value: parents });
}

/** How values of attributes are found in the table they are taken from. */
export interface AttributePools {
  /** Attribute → whether its value is an array. */
  readonly isArray: () => Uint8Array;
  /** Attribute → its values, per pool: strings, ints, doubles, bools. Made when looked at. */
  readonly offsets: readonly (() => Int32Array)[];
}

/** Of an attribute's pools the first that has values counts; pools behind it are not looked at. */
function extract(table: AttributeTable, code: number, pools: AttributePools): KeyedAttributes {
  const keys = table.keys.codes;
  const found: number[] = [];
  for (let i = nextOf(keys, code, 0); i >= 0; i = nextOf(keys, code, i + 1)) found.push(i);
  const poolOf = new Uint8Array(found.length).fill(NO_POOL);
  let left = found.length;
  for (let pool = 0; pool < NO_POOL && left > 0; pool++) {
    const bounds = pools.offsets[pool]!();
    for (let at = 0; at < found.length; at++) {
      if (poolOf[at] !== NO_POOL || bounds[found[at]!] === bounds[found[at]! + 1]) continue;
      poolOf[at] = pool;
      left -= 1;
    }
  }
  const { offsets } = table;
  const isArray = pools.isArray();
  const types: number[] = [];
  const starts: number[] = [];
  const counts: number[] = [];
  const parents: number[] = [];
  let parent = 0;
  for (let at = 0; at < found.length; at++) {
    const pool = poolOf[at]!;
    if (pool === NO_POOL) continue;
    const i = found[at]!;
    while (offsets[parent + 1]! <= i) parent += 1;
    const bounds = pools.offsets[pool]!();
    parents.push(parent);
    types.push(isArray[i] === 1 ? pool + AttributeType.StringArray : pool);
    starts.push(bounds[i]!);
    counts.push(isArray[i] === 1 ? bounds[i + 1]! - bounds[i]! : 1);
  }
  return take(table, { parents, types, starts, counts });
}

const NO_POOL = 4;

function nextOf(keys: Int32Array, code: number, from: number): number {
  const { length } = keys;
  for (let i = from; i < length; i++) if (keys[i] === code) return i;
  return -1;
}

/** The attributes of the rows of those parents only, numbered among themselves. */
export function takeParents(keyed: KeyedAttributes, rows: readonly RowSpan[]): KeyedAttributes {
  const types: number[] = [];
  const starts: number[] = [];
  const counts: number[] = [];
  const parents: number[] = [];
  let place = 0;
  for (const { start, end } of rows) {
    for (let i = firstFrom(keyed.parents, start); i < keyed.parents.length; i++) {
      const parent = keyed.parents[i]!;
      if (parent >= end) break;
      const type = keyed.types[i]!;
      const position = keyed.positions[i]!;
      const isArray = type >= AttributeType.StringArray;
      parents.push(place + parent - start);
      types.push(type);
      starts.push(isArray ? keyed.arrayStarts[position]! : position);
      counts.push(isArray ? keyed.arrayCounts[position]! : 1);
    }
    place += end - start;
  }
  const table = {
    strings: { codes: keyed.stringCodes },
    ints: { words: keyed.intWords },
    doubles: keyed.doubles,
    bools: keyed.bools,
  };
  return take(table, { parents, types, starts, counts });
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

type Values = Pick<AttributeTable, 'ints' | 'doubles' | 'bools'> & {
  readonly strings: Pick<StringColumn, 'codes'>;
};

/** Attributes in order: where in the pool of their type their values start, and how many they are. */
interface Picked {
  readonly parents: readonly number[];
  readonly types: readonly number[];
  readonly starts: readonly number[];
  readonly counts: readonly number[];
}

function take(table: Values, { parents, types, starts, counts }: Picked): KeyedAttributes {
  const positions = new Int32Array(types.length);
  const arrayStarts: number[] = [];
  const arrayCounts: number[] = [];
  /** Values wanted of each pool, in the order of the scalar types. */
  const wanted: number[][] = [[], [], [], []];
  for (let i = 0; i < types.length; i++) {
    const type = types[i]!;
    const isArray = type >= AttributeType.StringArray;
    const pool = wanted[isArray ? type - AttributeType.StringArray : type]!;
    positions[i] = isArray ? arrayStarts.length : pool.length;
    if (isArray) {
      arrayStarts.push(pool.length);
      arrayCounts.push(counts[i]!);
    }
    for (let k = 0; k < counts[i]!; k++) pool.push(starts[i]! + k);
  }
  const [strings, ints, doubles, bools] = wanted as [number[], number[], number[], number[]];
  const intWords = new Int32Array(ints.length * 2);
  for (let i = 0; i < ints.length; i++) {
    intWords[i * 2] = table.ints.words[ints[i]! * 2]!;
    intWords[i * 2 + 1] = table.ints.words[ints[i]! * 2 + 1]!;
  }
  return {
    parents: Int32Array.from(parents),
    types: Uint8Array.from(types),
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
