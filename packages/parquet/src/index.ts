export { CorruptParquetError, UnsupportedParquetError } from './errors.ts';
export {
  describeColumns,
  leaf,
  list,
  map,
  struct,
  type Annotation,
  type ColumnDescriptor,
  type EncodingHint,
  type PhysicalType,
  type Repetition,
  type SchemaGroup,
  type SchemaLeaf,
  type SchemaNode,
} from './schema.ts';
export {
  chunkStart,
  Codec,
  Encoding,
  type ColumnChunk,
  type FileMetadata,
  type FileRange,
  type RowGroup,
} from './file-metadata.ts';
export { parseFileMetadata } from './parse-file-metadata.ts';
export { encodeFileMetadata } from './encode-file-metadata.ts';
export type { BytesDictionary, LeafColumn, NestedColumn } from './nested-column.ts';
export type { EncodedRowGroup, RowGroupEncoder, RowGroupPart } from './row-group-encoder.ts';
export { createArrowEncoder, type ArrowEncoderOptions } from './arrow-encoder.ts';
export { createNativeEncoder, type NativeEncoderOptions } from './native-encoder.ts';
export type { Compression } from './compress-page.ts';
export type { PageLimits } from './page-rows.ts';
export { ParquetFileWriter, type ByteSink, type WrittenFile } from './parquet-file-writer.ts';
export {
  FetchedColumns,
  openParquet,
  ParquetFile,
  readFileMetadata,
  type ColumnKeeper,
} from './open-parquet.ts';
export type { RangeSource } from './range-source.ts';
export type { ColumnReader, DecodedColumn } from './column-reader.ts';
export type { RowSpan } from './pick-rows.ts';
export type { ColumnValues } from './column-values.ts';
