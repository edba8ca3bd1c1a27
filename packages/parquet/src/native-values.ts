/** Chooses for the values of a leaf the encoding that suits it. */
import { AssertionError } from '@tempo-ts/runtime';
import { BytesValues, CodedBytesValues, DictionaryValues } from './byte-values.ts';
import type { ChunkDictionaryBuilder } from './chunk-dictionary.ts';
import type { LeafValues } from './leaf-values.ts';
import type { LeafColumn } from './nested-column.ts';
import { BooleanValues, DoubleValues, Int32Values, Int64Values } from './number-values.ts';
import type { SchemaLeaf } from './schema.ts';

/** The values of `column`, `count` elements, for `leaf`. */
export function leafValues(
  leaf: SchemaLeaf,
  column: LeafColumn,
  count: number,
  dictionaries: ChunkDictionaryBuilder,
): LeafValues {
  const isOptional = leaf.repetition === 'optional';
  switch (column.kind) {
    case 'codes': {
      const { codes, dictionary: source } = column;
      const dictionary =
        leaf.encoding === 'delta'
          ? undefined
          : dictionaries.build(codes, count, source, isOptional);
      return dictionary
        ? new DictionaryValues(dictionary)
        : new CodedBytesValues(codes, source, isOptional);
    }
    case 'bytes':
      return new BytesValues(column.bytes, column.offsets, presenceOf(column.present, isOptional));
    case 'int32':
      return new Int32Values(leaf, column.values, presenceOf(column.present, isOptional));
    case 'int64':
      return new Int64Values(leaf, column.words, presenceOf(column.present, isOptional));
    case 'int32as64':
      return new Int64Values(leaf, widen(column.values, count), undefined);
    case 'double':
      return new DoubleValues(column.values);
    case 'boolean':
      return new BooleanValues(column.values);
  }
  throw new AssertionError(`leaf "${leaf.name}" has values of no known kind`);
}

function presenceOf(present: Uint8Array | undefined, isOptional: boolean): Uint8Array | undefined {
  return isOptional ? present : undefined;
}

function widen(values: Int32Array, count: number): Int32Array {
  const words = new Int32Array(count * 2);
  for (let i = 0; i < count; i++) {
    words[i * 2] = values[i]!;
    words[i * 2 + 1] = values[i]! >> 31;
  }
  return words;
}
