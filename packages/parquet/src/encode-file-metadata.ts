/** Writes a footer; the counterpart of parse-file-metadata.ts. */
import { assert } from '@tempo-ts/runtime';
import type { ColumnChunk, FileMetadata, ValueStatistics } from './file-metadata.ts';
import {
  describeColumns,
  type Annotation,
  type PhysicalType,
  type Repetition,
  type SchemaNode,
} from './schema.ts';
import { ThriftWriter } from './thrift-writer.ts';

const PHYSICAL: Readonly<Record<PhysicalType, number>> = {
  BOOLEAN: 0,
  INT32: 1,
  INT64: 2,
  INT96: 3,
  FLOAT: 4,
  DOUBLE: 5,
  BYTE_ARRAY: 6,
  FIXED_LEN_BYTE_ARRAY: 7,
};
const REPETITION: Readonly<Record<Repetition, number>> = { required: 0, optional: 1, repeated: 2 };

/** The thrift bytes of a footer. */
export function encodeFileMetadata(metadata: FileMetadata): Uint8Array {
  const writer = new ThriftWriter();
  const columns = describeColumns(metadata.schema);
  writer.writeRootStruct(() => {
    writer.writeI32(1, 2);
    writer.writeStructList(2, flatten(metadata.schema), (node) =>
      writeNode(writer, node, node === metadata.schema),
    );
    writer.writeI64(3, metadata.rowCount);
    writer.writeStructList(4, metadata.rowGroups, (group) => {
      assert(group.chunks.length === columns.length, 'a row group needs a chunk for every leaf');
      writer.writeStructList(1, group.chunks, (chunk) => {
        const column = columns.find((candidate) => candidate.path === chunk.path);
        assert(column, `chunk of unknown column ${chunk.path}`);
        writeChunk(writer, chunk, column.leaf.physical);
      });
      writer.writeI64(2, group.totalSizeBytes);
      writer.writeI64(3, group.rowCount);
    });
    if (metadata.createdBy !== undefined) writer.writeText(6, metadata.createdBy);
    // Bounds of statistics follow the order of their type; without this they would be ignored.
    writer.writeStructList(7, columns, () => writer.writeStruct(1, () => undefined));
  });
  return writer.finish();
}

function flatten(root: SchemaNode): SchemaNode[] {
  return root.kind === 'leaf' ? [root] : [root, ...root.children.flatMap(flatten)];
}

function writeNode(writer: ThriftWriter, node: SchemaNode, isRoot: boolean): void {
  if (node.kind === 'leaf') {
    writer.writeI32(1, PHYSICAL[node.physical]);
    if (node.typeLength !== undefined) writer.writeI32(2, node.typeLength);
  }
  if (!isRoot) writer.writeI32(3, REPETITION[node.repetition]);
  writer.writeText(4, node.name);
  if (node.kind === 'group') writer.writeI32(5, node.children.length);
  if (node.annotation === undefined) return;
  const bits = node.kind === 'leaf' && node.physical === 'INT32' ? 32 : 64;
  writer.writeI32(6, convertedType(node.annotation, bits));
  writer.writeStruct(10, () => writeLogicalType(writer, node.annotation!, bits));
}

function convertedType(annotation: Annotation, bits: 32 | 64): number {
  const numbers = { string: 0, map: 1, list: 3, uint: 13, int: 17 } as const;
  return numbers[annotation] + (bits === 64 && numbers[annotation] > 3 ? 1 : 0);
}

function writeLogicalType(writer: ThriftWriter, annotation: Annotation, bits: 32 | 64): void {
  const number = { string: 1, map: 2, list: 3, int: 10, uint: 10 }[annotation];
  writer.writeStruct(number, () => {
    if (number !== 10) return;
    writer.writeByte(1, bits);
    writer.writeBool(2, annotation === 'int');
  });
}

function writeChunk(writer: ThriftWriter, chunk: ColumnChunk, physical: PhysicalType): void {
  // The deprecated place of the metadata; required, and 0 where it is not repeated.
  writer.writeI64(2, 0);
  writer.writeStruct(3, () => {
    writer.writeI32(1, PHYSICAL[physical]);
    writer.writeI32List(2, chunk.encodings);
    writer.writeTextList(3, chunk.path.split('.'));
    writer.writeI32(4, chunk.codec);
    writer.writeI64(5, chunk.valueCount);
    writer.writeI64(6, chunk.uncompressedSizeBytes);
    writer.writeI64(7, chunk.compressedSizeBytes);
    writer.writeI64(9, chunk.dataPageOffset);
    if (chunk.dictionaryPageOffset !== undefined) writer.writeI64(11, chunk.dictionaryPageOffset);
    if (chunk.statistics) writeStatistics(writer, 12, chunk.statistics);
  });
  if (chunk.offsetIndex) {
    writer.writeI64(4, chunk.offsetIndex.offset);
    writer.writeI32(5, chunk.offsetIndex.length);
  }
  if (chunk.columnIndex) {
    writer.writeI64(6, chunk.columnIndex.offset);
    writer.writeI32(7, chunk.columnIndex.length);
  }
}

/** Writes the statistics of a chunk or of a page's header as field `id`. */
export function writeStatistics(
  writer: ThriftWriter,
  id: number,
  { nullCount, min, max }: ValueStatistics,
): void {
  writer.writeStruct(id, () => {
    writer.writeI64(3, nullCount);
    if (max) writer.writeBinary(5, max);
    if (min) writer.writeBinary(6, min);
  });
}
