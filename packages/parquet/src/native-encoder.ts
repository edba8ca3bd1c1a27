/**
 * Encodes row groups with page encoders of our own: every column has the encoding that suits it, pages
 * end at the same rows in all columns, and levels are encoded once for all columns of a list.
 *
 * A row group is encoded page by page (native-chunk.ts collects what the pages of a column hold), then
 * written column by column (write-chunk.ts). Its buffers are kept for the next one.
 */
import { AssertionError, assert } from '@tempo-ts/runtime';
import { ByteBuffer } from './byte-buffer.ts';
import { ChunkDictionaryBuilder } from './chunk-dictionary.ts';
import type { Compression } from './compress-page.ts';
import { joinParts } from './join-parts.ts';
import { NativeChunk } from './native-chunk.ts';
import { ListElements, Rows, type Repeated } from './native-levels.ts';
import { leafValues } from './native-values.ts';
import { repeatedChildren, type LeafColumn, type NestedColumn } from './nested-column.ts';
import { cutPages, type BoundedList, type PageLimits } from './page-rows.ts';
import type { EncodedRowGroup, RowGroupEncoder, RowGroupPart } from './row-group-encoder.ts';
import {
  describeColumns,
  type ColumnDescriptor,
  type SchemaGroup,
  type SchemaNode,
} from './schema.ts';
import { ChunkWriter } from './write-chunk.ts';

export interface NativeEncoderOptions {
  readonly schema: SchemaGroup;
  readonly compression: Compression;
  /**
   * Version 2 keeps levels out of the compressed part, so that they are read without decompressing;
   * version 1 compresses them with the values, which makes much smaller files.
   */
  readonly dataPageVersion: 1 | 2;
  readonly pageLimits: PageLimits;
  /** Chunks whose dictionary would be larger have none. */
  readonly maxDictionaryBytes: number;
}

/** A {@link RowGroupEncoder} without foreign code. */
export function createNativeEncoder(options: NativeEncoderOptions): RowGroupEncoder {
  return new NativeEncoder(options);
}

class NativeEncoder implements RowGroupEncoder {
  readonly #options: NativeEncoderOptions;
  readonly #descriptors: readonly ColumnDescriptor[];
  readonly #dictionaries: ChunkDictionaryBuilder;
  readonly #levels = new ByteBuffer();
  readonly #values = new ByteBuffer();
  readonly #writer: ChunkWriter;

  constructor(options: NativeEncoderOptions) {
    this.#options = options;
    this.#descriptors = describeColumns(options.schema);
    this.#dictionaries = new ChunkDictionaryBuilder({ maxBytes: options.maxDictionaryBytes });
    this.#writer = new ChunkWriter({
      compression: options.compression,
      dataPageVersion: options.dataPageVersion,
      levels: this.#levels,
      values: this.#values,
    });
  }

  encode(parts: readonly RowGroupPart[]): EncodedRowGroup {
    const { rowCount, columns } = joinParts(parts);
    const { schema, pageLimits } = this.#options;
    const bound = bindColumns(schema, columns, rowCount);
    this.#levels.clear();
    this.#values.clear();
    const chunks = bound.leaves.map(({ column, repeated, count }, i) => {
      const descriptor = this.#descriptors[i]!;
      const values = leafValues(descriptor.leaf, column, count, this.#dictionaries);
      return new NativeChunk({ descriptor, repeated, values });
    });
    const cuts = cutPages(rowCount, bound.lists, pageLimits);
    for (let page = 0; page + 1 < cuts.length; page++)
      for (const chunk of chunks)
        chunk.addPage(page, cuts[page]!, cuts[page + 1]!, this.#levels, this.#values);
    this.#writer.start();
    const encoded = chunks.map((chunk) => this.#writer.write(chunk));
    return { rowCount, bytes: this.#writer.bytes(), chunks: encoded };
  }
}

interface BoundLeaf {
  readonly column: LeafColumn;
  readonly repeated: Repeated;
  /** Elements of `repeated`. */
  readonly count: number;
}

interface BoundColumns {
  /** In the order of the schema's leaves. */
  readonly leaves: readonly BoundLeaf[];
  readonly lists: readonly BoundedList[];
}

/** Finds for each leaf of `schema` its column and what it repeats with. */
function bindColumns(
  schema: SchemaGroup,
  columns: readonly NestedColumn[],
  rowCount: number,
): BoundColumns {
  const leaves: BoundLeaf[] = [];
  const lists: BoundedList[] = [];
  const bindAll = (
    nodes: readonly SchemaNode[],
    children: readonly NestedColumn[],
    path: string,
    repeated: Repeated,
    count: number,
  ) => {
    assert(
      nodes.length === children.length,
      `${children.length} columns for ${nodes.length} nodes`,
    );
    nodes.forEach((node, i) => {
      const here = path === '' ? node.name : `${path}.${node.name}`;
      bind(node, children[i]!, here, repeated, count);
    });
  };
  const bind = (
    node: SchemaNode,
    column: NestedColumn,
    path: string,
    repeated: Repeated,
    count: number,
  ): void => {
    if (node.kind === 'leaf') {
      leaves.push({ column: asLeaf(column, path), repeated, count });
      return;
    }
    if (column.kind === 'struct') {
      assert(node.repetition === 'required', `group "${path}" is not required`);
      bindAll(node.children, column.children, path, repeated, count);
      return;
    }
    assert(column.kind === 'list' || column.kind === 'map', `group "${path}" has values of a leaf`);
    const { offsets } = column;
    assert(offsets[0] === 0 && offsets.length > count, `offsets of "${path}" do not fit`);
    const elements = new ListElements(repeated, offsets);
    lists.push({ path, elements });
    const children = column.kind === 'list' ? [column.element] : [column.key, column.value];
    const inside = `${path}.${node.children[0]!.name}`;
    bindAll(repeatedChildren(node), children, inside, elements, offsets[count]!);
  };
  bindAll(schema.children, columns, '', new Rows(), rowCount);
  return { leaves, lists };
}

function asLeaf(column: NestedColumn, path: string): LeafColumn {
  if (column.kind === 'struct' || column.kind === 'list' || column.kind === 'map')
    throw new AssertionError(`leaf "${path}" has the values of a group`);
  return column;
}
