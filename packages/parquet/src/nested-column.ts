/**
 * What a writer takes: the columns of one row group as typed arrays in Arrow's layout, a tree of the
 * same shape as the schema. Arrays may lie in shared memory; an encoder copies what it must.
 */
import { CorruptParquetError } from './errors.ts';
import type { SchemaNode } from './schema.ts';

/** Distinct byte strings: string `c` is `bytes[offsets[c] … offsets[c + 1])`. */
export interface BytesDictionary {
  readonly count: number;
  readonly bytes: Uint8Array;
  readonly offsets: Int32Array;
  /** Of dictionaries of one lineage the longer one begins with the shorter one. */
  readonly lineage?: number;
}

/** Values of a leaf. */
export type LeafColumn =
  /** BYTE_ARRAY with a dictionary; a negative code is an absent value of an optional leaf. */
  | { readonly kind: 'codes'; readonly codes: Int32Array; readonly dictionary: BytesDictionary }
  /** BYTE_ARRAY; `offsets` has one entry more than values and need not start at 0. */
  | {
      readonly kind: 'bytes';
      readonly bytes: Uint8Array;
      readonly offsets: Int32Array;
      readonly present?: Uint8Array;
    }
  | { readonly kind: 'int32'; readonly values: Int32Array; readonly present?: Uint8Array }
  /** Low word before high word. */
  | { readonly kind: 'int64'; readonly words: Int32Array; readonly present?: Uint8Array }
  /** INT64 from numbers that fit 32 bits. */
  | { readonly kind: 'int32as64'; readonly values: Int32Array }
  | { readonly kind: 'double'; readonly values: Float64Array }
  /** 0 or 1 per value. */
  | { readonly kind: 'boolean'; readonly values: Uint8Array };

/** Columns of a schema node. */
export type NestedColumn =
  | { readonly kind: 'struct'; readonly children: readonly NestedColumn[] }
  /** `offsets` starts at 0 and has one entry more than lists. */
  | { readonly kind: 'list'; readonly offsets: Int32Array; readonly element: NestedColumn }
  | {
      readonly kind: 'map';
      readonly offsets: Int32Array;
      readonly key: NestedColumn;
      readonly value: NestedColumn;
    }
  | LeafColumn;

/** The element of a list node, or key and value of a map node. */
export function repeatedChildren(node: SchemaNode): readonly SchemaNode[] {
  const repeated = node.kind === 'group' ? node.children[0] : undefined;
  if (repeated?.kind !== 'group' || repeated.repetition !== 'repeated')
    throw new CorruptParquetError(`schema node "${node.name}" is no list or map`);
  return repeated.children;
}
