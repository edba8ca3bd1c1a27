/**
 * The footer of a file as values: schema, row groups and where each column chunk lies.
 * Field numbers are those of parquet.thrift in the parquet-format repository.
 */
import type { SchemaGroup } from './schema.ts';

/** Numbers of the compression codecs. */
export const Codec = {
  Uncompressed: 0,
  Snappy: 1,
  Gzip: 2,
  Lzo: 3,
  Brotli: 4,
  Lz4: 5,
  Zstd: 6,
  Lz4Raw: 7,
} as const;

/** Numbers of the encodings. */
export const Encoding = {
  Plain: 0,
  PlainDictionary: 2,
  Rle: 3,
  BitPacked: 4,
  DeltaBinaryPacked: 5,
  DeltaLengthByteArray: 6,
  DeltaByteArray: 7,
  RleDictionary: 8,
  ByteStreamSplit: 9,
} as const;

/** Where something lies in the file. */
export interface FileRange {
  readonly offset: number;
  readonly length: number;
}

/** What is known about the values of a chunk or page. */
export interface ValueStatistics {
  /** Entries without a value: absent ones, and those of empty lists. */
  readonly nullCount: number;
  /**
   * Bounds, PLAIN encoded (byte arrays without their length), in the order of the type: signed or
   * unsigned integers, numbers, bytes. They may be wider than the values. Both or none.
   */
  readonly min?: Uint8Array;
  readonly max?: Uint8Array;
}

/** One column of one row group. Offsets are from the start of the file. */
export interface ColumnChunk {
  readonly path: string;
  readonly codec: number;
  readonly encodings: readonly number[];
  /** Entries, absent ones included. */
  readonly valueCount: number;
  readonly uncompressedSizeBytes: number;
  /** From the first page, dictionary included. */
  readonly compressedSizeBytes: number;
  readonly dataPageOffset: number;
  readonly dictionaryPageOffset?: number;
  readonly statistics?: ValueStatistics;
  readonly offsetIndex?: FileRange;
  readonly columnIndex?: FileRange;
}

export interface RowGroup {
  readonly rowCount: number;
  readonly totalSizeBytes: number;
  /** In the order of the schema's leaves. */
  readonly chunks: readonly ColumnChunk[];
}

export interface FileMetadata {
  readonly schema: SchemaGroup;
  readonly rowCount: number;
  readonly rowGroups: readonly RowGroup[];
  readonly createdBy?: string;
}

/** The first byte of the chunk's pages. */
export function chunkStart(chunk: ColumnChunk): number {
  const { dictionaryPageOffset, dataPageOffset } = chunk;
  // Some writers leave 0 there for "no dictionary".
  return dictionaryPageOffset !== undefined &&
    dictionaryPageOffset > 0 &&
    dictionaryPageOffset < dataPageOffset
    ? dictionaryPageOffset
    : dataPageOffset;
}
