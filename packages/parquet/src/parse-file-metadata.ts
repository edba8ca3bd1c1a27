/** Parses a footer. What it says about places and sizes is checked before anybody trusts it. */
import { CorruptParquetError } from './errors.ts';
import {
  chunkStart,
  type ColumnChunk,
  type FileMetadata,
  type FileRange,
  type RowGroup,
} from './file-metadata.ts';
import {
  describeColumns,
  type Annotation,
  type PhysicalType,
  type Repetition,
  type SchemaGroup,
  type SchemaNode,
} from './schema.ts';
import { ThriftReader, ThriftType } from './thrift-reader.ts';

const PHYSICAL_TYPES: readonly PhysicalType[] = [
  'BOOLEAN',
  'INT32',
  'INT64',
  'INT96',
  'FLOAT',
  'DOUBLE',
  'BYTE_ARRAY',
  'FIXED_LEN_BYTE_ARRAY',
];
const REPETITIONS: readonly Repetition[] = ['required', 'optional', 'repeated'];
/** Deeper trees than this are an attack or damage. */
const MAX_SCHEMA_DEPTH = 64;

/**
 * Parses the thrift bytes of a footer of a file of `fileSizeBytes`.
 *
 * @throws CorruptParquetError when they are no footer, or name places outside the file.
 */
export function parseFileMetadata(footer: Uint8Array, fileSizeBytes: number): FileMetadata {
  const reader = new ThriftReader(footer, 0, 'footer');
  let elements: SchemaElement[] = [];
  let rowCount = 0;
  let groups: RowGroup[] = [];
  let createdBy: string | undefined;
  reader.readStruct((id, type) => {
    switch (id) {
      case 2:
        elements = reader.readList(type, [ThriftType.Struct], () => readSchemaElement(reader));
        return true;
      case 3:
        rowCount = reader.readInteger(type);
        return true;
      case 4:
        groups = reader.readList(type, [ThriftType.Struct], () => readRowGroup(reader));
        return true;
      case 6:
        createdBy = reader.readText(type);
        return true;
      default:
        return false;
    }
  });
  const schema = buildSchema(elements);
  checkRowGroups(schema, groups, fileSizeBytes, rowCount);
  return { schema, rowCount, rowGroups: groups, ...(createdBy === undefined ? {} : { createdBy }) };
}

interface SchemaElement {
  physical?: number;
  typeLength?: number;
  repetition?: number;
  name: string;
  childCount: number;
  converted?: number;
  logical?: Annotation;
}

function readSchemaElement(reader: ThriftReader): SchemaElement {
  const element: SchemaElement = { name: '', childCount: 0 };
  reader.readStruct((id, type) => {
    switch (id) {
      case 1:
        element.physical = reader.readInteger(type);
        return true;
      case 2:
        element.typeLength = reader.readInteger(type);
        return true;
      case 3:
        element.repetition = reader.readInteger(type);
        return true;
      case 4:
        element.name = reader.readText(type);
        return true;
      case 5:
        element.childCount = reader.readInteger(type);
        return true;
      case 6:
        element.converted = reader.readInteger(type);
        return true;
      case 10: {
        const logical = readLogicalType(reader, type);
        if (logical) element.logical = logical;
        return true;
      }
      default:
        return false;
    }
  });
  return element;
}

function readLogicalType(reader: ThriftReader, type: number): Annotation | undefined {
  if (type !== ThriftType.Struct) throw new CorruptParquetError('footer has a bad logical type');
  let annotation: Annotation | undefined;
  reader.readStruct((id, fieldType) => {
    if (fieldType !== ThriftType.Struct) return false;
    if (id === 1) annotation = 'string';
    else if (id === 2) annotation = 'map';
    else if (id === 3) annotation = 'list';
    else if (id === 10) {
      annotation = 'int';
      reader.readStruct((intId, intType) => {
        if (intId === 2 && !reader.readBool(intType)) annotation = 'uint';
        return intId === 2;
      });
      return true;
    }
    return false;
  });
  return annotation;
}

function convertedAnnotation(converted: number | undefined): Annotation | undefined {
  if (converted === undefined) return undefined;
  if (converted === 0) return 'string';
  if (converted === 1 || converted === 2) return 'map';
  if (converted === 3) return 'list';
  if (converted >= 11 && converted <= 14) return 'uint';
  return converted >= 15 && converted <= 18 ? 'int' : undefined;
}

function buildSchema(elements: readonly SchemaElement[]): SchemaGroup {
  const root = elements[0];
  if (!root) throw new CorruptParquetError('footer has no schema');
  let next = 1;
  const buildChildren = (parent: SchemaElement, depth: number): SchemaNode[] => {
    if (depth > MAX_SCHEMA_DEPTH)
      throw new CorruptParquetError(`schema nests deeper than ${MAX_SCHEMA_DEPTH}`);
    const children: SchemaNode[] = [];
    for (let i = 0; i < parent.childCount; i++) {
      const element = elements[next++];
      if (!element) throw new CorruptParquetError(`schema ends inside "${parent.name}"`);
      children.push(buildNode(element, () => buildChildren(element, depth + 1)));
    }
    return children;
  };
  const children = buildChildren(root, 0);
  if (next !== elements.length)
    throw new CorruptParquetError(`schema has ${elements.length - next} elements outside its root`);
  return { kind: 'group', name: root.name, repetition: 'required', children };
}

function buildNode(element: SchemaElement, buildChildren: () => SchemaNode[]): SchemaNode {
  const repetition = REPETITIONS[element.repetition ?? 0];
  if (!repetition)
    throw new CorruptParquetError(`schema element "${element.name}" has no repetition`);
  const annotation = element.logical ?? convertedAnnotation(element.converted);
  const common = { name: element.name, repetition, ...(annotation ? { annotation } : {}) };
  if (element.physical === undefined)
    return { kind: 'group', ...common, children: buildChildren() };
  const physical = PHYSICAL_TYPES[element.physical];
  if (!physical || element.childCount !== 0)
    throw new CorruptParquetError(`schema element "${element.name}" has no known type`);
  const { typeLength } = element;
  return { kind: 'leaf', ...common, physical, ...(typeLength === undefined ? {} : { typeLength }) };
}

function readRowGroup(reader: ThriftReader): RowGroup {
  let chunks: ColumnChunk[] = [];
  let totalSizeBytes = 0;
  let rowCount = 0;
  reader.readStruct((id, type) => {
    switch (id) {
      case 1:
        chunks = reader.readList(type, [ThriftType.Struct], () => readColumnChunk(reader));
        return true;
      case 2:
        totalSizeBytes = reader.readInteger(type);
        return true;
      case 3:
        rowCount = reader.readInteger(type);
        return true;
      default:
        return false;
    }
  });
  return { rowCount, totalSizeBytes, chunks };
}

interface ChunkMetadata {
  path: string;
  codec: number;
  encodings: number[];
  valueCount: number;
  uncompressedSizeBytes: number;
  compressedSizeBytes: number;
  dataPageOffset: number;
  dictionaryPageOffset?: number;
}

function readColumnChunk(reader: ThriftReader): ColumnChunk {
  let metadata: ChunkMetadata | undefined;
  const places: Record<number, number> = {};
  reader.readStruct((id, type) => {
    if (id === 3 && type === ThriftType.Struct) {
      metadata = readChunkMetadata(reader);
      return true;
    }
    if (id < 4 || id > 7) return false;
    places[id] = reader.readInteger(type);
    return true;
  });
  if (!metadata) throw new CorruptParquetError('footer has a column chunk without metadata');
  const offsetIndex = fileRange(places[4], places[5]);
  const columnIndex = fileRange(places[6], places[7]);
  return {
    ...metadata,
    ...(offsetIndex ? { offsetIndex } : {}),
    ...(columnIndex ? { columnIndex } : {}),
  };
}

function fileRange(offset: number | undefined, length: number | undefined): FileRange | undefined {
  return offset === undefined || length === undefined ? undefined : { offset, length };
}

function readChunkMetadata(reader: ThriftReader): ChunkMetadata {
  const metadata: ChunkMetadata = {
    path: '',
    codec: 0,
    encodings: [],
    valueCount: 0,
    uncompressedSizeBytes: 0,
    compressedSizeBytes: 0,
    dataPageOffset: 0,
  };
  reader.readStruct((id, type) => {
    switch (id) {
      case 2:
        metadata.encodings = reader.readList(type, [ThriftType.I32], () => reader.readInteger());
        return true;
      case 3:
        metadata.path = reader
          .readList(type, [ThriftType.Binary], () => reader.readText())
          .join('.');
        return true;
      case 4:
        metadata.codec = reader.readInteger(type);
        return true;
      case 5:
        metadata.valueCount = reader.readInteger(type);
        return true;
      case 6:
        metadata.uncompressedSizeBytes = reader.readInteger(type);
        return true;
      case 7:
        metadata.compressedSizeBytes = reader.readInteger(type);
        return true;
      case 9:
        metadata.dataPageOffset = reader.readInteger(type);
        return true;
      case 11:
        metadata.dictionaryPageOffset = reader.readInteger(type);
        return true;
      default:
        return false;
    }
  });
  return metadata;
}

function checkRowGroups(
  schema: SchemaGroup,
  groups: readonly RowGroup[],
  fileSizeBytes: number,
  rowCount: number,
): void {
  const columns = describeColumns(schema);
  let rows = 0;
  groups.forEach((group, number) => {
    rows += group.rowCount;
    if (group.rowCount < 0 || group.chunks.length !== columns.length)
      throw new CorruptParquetError(
        `row group ${number} has ${group.chunks.length} chunks and ${group.rowCount} rows for ${columns.length} columns`,
      );
    group.chunks.forEach((chunk, index) => {
      const start = chunkStart(chunk);
      const end = start + chunk.compressedSizeBytes;
      const isSound =
        chunk.path === columns[index]!.path &&
        chunk.valueCount >= 0 &&
        chunk.compressedSizeBytes >= 0 &&
        start >= 4 &&
        end <= fileSizeBytes - 8;
      if (!isSound)
        throw new CorruptParquetError(
          `row group ${number}, column "${chunk.path}": chunk at bytes ${start} to ${end} is not in a file of ${fileSizeBytes} bytes, or is not column "${columns[index]!.path}"`,
        );
    });
  });
  if (rows !== rowCount)
    throw new CorruptParquetError(`footer counts ${rowCount} rows, its row groups ${rows}`);
}
