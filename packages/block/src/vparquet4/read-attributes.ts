/** Rebuilds attribute tables from the nested `Attrs` lists of a row group. */
import type { DecodedColumn } from '@tempo-ts/parquet';
import {
  AttributeType,
  lazyColumns,
  type AttributeTable,
  type BytesColumn,
  type StringColumn,
  type StringDictionary,
} from '@tempo-ts/span-batch';
import { attributesOfKey, type KeyedAttributes } from './attributes-of-key.ts';
import { ATTRIBUTE_LEAVES } from './column-paths.ts';
import type { LeafColumns } from './leaf-columns.ts';
import { offsetsAtDepth } from './levels-to-offsets.ts';

/** What an attribute without any value is. */
const NO_VALUE = Buffer.from('{}');

/** Where attributes are read from. */
export interface AttributeSource {
  readonly blockId: string;
  readonly leaves: LeafColumns;
  readonly decode: (path: string) => DecodedColumn;
  /** The dictionary of a leaf, found without decoding the leaf; undefined when it has none. */
  readonly dictionary: (path: string) => StringDictionary | undefined;
  readonly root: string;
  readonly depth: number;
  readonly parentCount: number;
  /** Errors that occur later are those of the block, too. */
  readonly described: <T>(make: () => T) => () => T;
  /** The attributes of one name, from where they are kept, else made with `make`. */
  readonly keyed: (key: Uint8Array, make: () => KeyedAttributes) => KeyedAttributes;
  /** The same for which keys there are. */
  readonly usedKeys: (make: () => Uint8Array) => Uint8Array;
}

/**
 * The attributes below `root`, a list at depth `depth` of `parentCount` parents. Nothing is decoded
 * before it is looked at; whether there is a key or a text is found out in the dictionaries.
 */
export function readAttributes(source: AttributeSource): AttributeTable {
  const { blockId, leaves, depth, parentCount, described } = source;
  const path = (leaf: keyof typeof ATTRIBUTE_LEAVES) => `${source.root}.${ATTRIBUTE_LEAVES[leaf]}`;
  const leaf = (name: keyof typeof ATTRIBUTE_LEAVES) => once(() => source.decode(path(name)));
  const [key, strings, ints, doubles, bools] = [
    leaf('key'),
    leaf('strings'),
    leaf('ints'),
    leaf('doubles'),
    leaf('bools'),
  ];
  const offsets = once(() => offsetsAtDepth(blockId, key(), depth, parentCount));
  const count = () => offsets()[parentCount]!;
  const pool = (column: DecodedColumn) =>
    column.valueCount === 0
      ? new Int32Array(count() + 1)
      : offsetsAtDepth(blockId, column, depth + 1, count());
  const isArray = once(() => leaves.booleans(source.decode(path('isArray')), count()));
  const pools = [strings, ints, doubles, bools].map((column) => once(() => pool(column())));
  const attributes = once(() => {
    const bounds = pools.map((make) => make());
    return describeAttributes(count(), isArray(), bounds);
  });
  const texts = (name: 'key' | 'strings', make: () => StringColumn): StringColumn => {
    const decoded = once(make);
    const known = once(() => source.dictionary(path(name)));
    return lazyColumns<StringColumn>({
      dictionary: described(() => known() ?? decoded().dictionary),
      codes: described(() => decoded().codes),
    });
  };
  const table: AttributeTable = lazyColumns<AttributeTable>({
    offsets: described(offsets),
    keys: texts('key', () => leaves.strings(key(), count())),
    types: described(() => attributes().types),
    positions: described(() => attributes().positions),
    arrays: described(() => attributes().arrays),
    strings: texts('strings', () => leaves.allStrings(strings())),
    ints: described(() => leaves.allInt64(ints())),
    doubles: described(() => leaves.doubles(doubles())),
    bools: described(() => leaves.booleans(bools())),
    unsupported: described(() =>
      readUnsupported(source.decode(path('unsupported')), leaves, depth, attributes()),
    ),
  });
  const ofKey = (name: Uint8Array) =>
    attributesOfKey(table, parentCount, name, { isArray, offsets: pools }, (wanted, make) =>
      // Codes of a dictionary that is made while decoding mean nothing to the next query.
      source.dictionary(path('strings')) ? source.keyed(wanted, make) : make(),
    );
  const isUsed = () => usedCodes(leaves.allStrings(key()));
  const usedKeys = described(() =>
    source.dictionary(path('key')) ? source.usedKeys(isUsed) : isUsed(),
  );
  // No columns: copies and comparisons of the table pass them over.
  Object.defineProperty(table, 'ofKey', { enumerable: false, value: ofKey });
  return Object.defineProperty(table, 'usedKeys', { enumerable: false, value: usedKeys });
}

function usedCodes({ dictionary, codes }: StringColumn): Uint8Array {
  const isUsed = new Uint8Array(dictionary.count);
  for (let i = 0; i < codes.length; i++) isUsed[codes[i]!] = 1;
  return isUsed;
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

interface DescribedAttributes {
  readonly types: Uint8Array;
  readonly positions: Int32Array;
  readonly arrays: { readonly starts: Int32Array; readonly counts: Int32Array };
  readonly unsupportedCount: number;
}

/** An attribute's type is the first of its pools (strings, ints, doubles, bools) that has values. */
function describeAttributes(
  count: number,
  isArray: Uint8Array,
  pools: readonly Int32Array[],
): DescribedAttributes {
  const types = new Uint8Array(count);
  const positions = new Int32Array(count);
  const starts: number[] = [];
  const counts: number[] = [];
  let unsupportedCount = 0;
  for (let i = 0; i < count; i++) {
    let type = 0;
    while (type < 4 && pools[type]![i] === pools[type]![i + 1]) type += 1;
    if (isArray[i] === 1) {
      if (type === 4) {
        types[i] = AttributeType.EmptyArray;
        continue;
      }
      types[i] = type + AttributeType.StringArray;
      positions[i] = starts.length;
      starts.push(pools[type]![i]!);
      counts.push(pools[type]![i + 1]! - pools[type]![i]!);
    } else {
      types[i] = type;
      positions[i] = type === AttributeType.Unsupported ? unsupportedCount++ : pools[type]![i]!;
    }
  }
  const arrays = { starts: Int32Array.from(starts), counts: Int32Array.from(counts) };
  return { types, positions, arrays, unsupportedCount };
}

/** The texts of the attributes whose type is Unsupported, in order. */
function readUnsupported(
  column: DecodedColumn,
  leaves: LeafColumns,
  depth: number,
  described: DescribedAttributes,
): BytesColumn {
  const offsets = new Int32Array(described.unsupportedCount + 1);
  if (described.unsupportedCount === 0) return { bytes: new Uint8Array(0), offsets };
  const texts = leaves.allBytes(column);
  const definition = column.definitionLevels!;
  const parts: Uint8Array[] = [];
  let attribute = 0;
  let value = 0;
  let row = 0;
  // The leaf is optional: its greatest level is one above that of its attribute.
  for (let i = 0; i < column.entryCount && row < described.unsupportedCount; i++) {
    if (definition[i]! < depth) continue;
    const isPresent = definition[i]! > depth;
    if (described.types[attribute] === AttributeType.Unsupported) {
      const part = isPresent
        ? texts.bytes.subarray(texts.offsets[value], texts.offsets[value + 1])
        : NO_VALUE;
      parts.push(part);
      offsets[row + 1] = offsets[row]! + part.length;
      row += 1;
    }
    if (isPresent) value += 1;
    attribute += 1;
  }
  return { bytes: new Uint8Array(Buffer.concat(parts)), offsets };
}
