/** Rebuilds attribute tables from the nested `Attrs` lists of a row group. */
import type { DecodedColumn } from '@tempo-ts/parquet';
import { AttributeType, type AttributeTable, type BytesColumn } from '@tempo-ts/span-batch';
import { ATTRIBUTE_LEAVES } from './column-paths.ts';
import type { LeafColumns } from './leaf-columns.ts';
import { offsetsAtDepth } from './levels-to-offsets.ts';

/** What an attribute without any value is. */
const NO_VALUE = Buffer.from('{}');

/** The attributes below `root`, a list at depth `depth` of `parentCount` parents. */
export function readAttributes(options: {
  readonly blockId: string;
  readonly leaves: LeafColumns;
  readonly decode: (path: string) => DecodedColumn;
  readonly root: string;
  readonly depth: number;
  readonly parentCount: number;
}): AttributeTable {
  const { blockId, leaves, root, depth } = options;
  const decode = (leaf: keyof typeof ATTRIBUTE_LEAVES) =>
    options.decode(`${root}.${ATTRIBUTE_LEAVES[leaf]}`);
  const keyColumn = decode('key');
  const offsets = offsetsAtDepth(blockId, keyColumn, depth, options.parentCount);
  const count = offsets[options.parentCount]!;
  const isArray = leaves.booleans(decode('isArray'), count);
  const pool = (column: DecodedColumn) =>
    column.valueCount === 0
      ? new Int32Array(count + 1)
      : offsetsAtDepth(blockId, column, depth + 1, count);
  const strings = decode('strings');
  const ints = decode('ints');
  const doubles = decode('doubles');
  const bools = decode('bools');
  const pools = [pool(strings), pool(ints), pool(doubles), pool(bools)];
  const described = describeAttributes(count, isArray, pools);
  return {
    offsets,
    keys: leaves.strings(keyColumn, count),
    types: described.types,
    positions: described.positions,
    arrays: described.arrays,
    strings: leaves.allStrings(strings),
    ints: leaves.allInt64(ints),
    doubles: leaves.doubles(doubles),
    bools: leaves.booleans(bools),
    unsupported: readUnsupported(decode('unsupported'), leaves, depth, described),
  };
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
