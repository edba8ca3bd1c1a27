/**
 * Encodes row groups through apache-arrow and parquet-wasm.
 *
 * Each row group is written as a file of its own, in memory, and its chunks are taken out of it: so
 * row groups end where the caller says (parquet-wasm can only count rows), memory is that of one row
 * group, and the footer of the real file is ours. The call is synchronous and its errors are
 * ordinary exceptions; parquet-wasm's asynchronous writer can abort the process.
 *
 * Settings that differ from parquet-wasm's defaults avoid silently wrong answers of Tempo:
 * a dictionary limit that is never reached (no fall-back inside a chunk), PLAIN outside dictionaries
 * (booleans are RLE by default in version 2 pages).
 */
import { RecordBatchStreamWriter } from 'apache-arrow';
import { assert } from '@tempo-ts/runtime';
import {
  Compression,
  EnabledStatistics,
  Encoding as WasmEncoding,
  Table,
  writeParquet,
  WriterPropertiesBuilder,
  WriterVersion,
  type WriterProperties,
} from 'parquet-wasm';
import { toRecordBatch } from './arrow-layout.ts';
import { chunkStart, type ColumnChunk } from './file-metadata.ts';
import { decodeOffsetIndex } from './page-index.ts';
import { parseFileMetadata } from './parse-file-metadata.ts';
import type {
  EncodedChunk,
  EncodedRowGroup,
  RowGroupEncoder,
  RowGroupPart,
} from './row-group-encoder.ts';
import type { SchemaGroup } from './schema.ts';

/** Never reached: dictionaries of a row group are some megabytes. */
const DICTIONARY_LIMIT_BYTES = 1_000_000_000;
/** Larger than any row group that fits into wasm memory. */
const ROW_LIMIT = 1_000_000_000;

export interface ArrowEncoderOptions {
  readonly schema: SchemaGroup;
  readonly compression: 'snappy' | 'zstd';
  /** Values of one page, before compression. */
  readonly pageSizeBytes: number;
}

/** A {@link RowGroupEncoder} through parquet-wasm; use one per thread. */
export function createArrowEncoder(options: ArrowEncoderOptions): RowGroupEncoder {
  return {
    encode(parts) {
      const rowCount = parts.reduce((sum, part) => sum + part.rowCount, 0);
      return takeRowGroup(writeSingleFile(parts, options), rowCount);
    },
  };
}

function writeSingleFile(parts: readonly RowGroupPart[], options: ArrowEncoderOptions): Uint8Array {
  const batches = parts.map((part) => toRecordBatch(options.schema, part.rowCount, part.columns));
  const ipc = RecordBatchStreamWriter.writeAll(batches).toUint8Array(true);
  // Both are consumed by the call.
  return writeParquet(Table.fromIPCStream(ipc), writerProperties(options));
}

function writerProperties(options: ArrowEncoderOptions): WriterProperties {
  const compression = options.compression === 'zstd' ? Compression.ZSTD : Compression.SNAPPY;
  let builder = new WriterPropertiesBuilder()
    .setWriterVersion(WriterVersion.V2)
    .setCompression(compression)
    .setDictionaryEnabled(true)
    .setDictionaryPageSizeLimit(DICTIONARY_LIMIT_BYTES)
    .setEncoding(WasmEncoding.PLAIN)
    .setStatisticsEnabled(EnabledStatistics.None)
    .setDataPageSizeLimit(options.pageSizeBytes)
    .setMaxRowGroupSize(ROW_LIMIT);
  // Names of nested leaves are not understood by parquet-wasm; those at the top are.
  for (const node of options.schema.children) {
    if (node.kind !== 'leaf' || node.encoding !== 'delta') continue;
    const encoding =
      node.physical === 'BYTE_ARRAY'
        ? WasmEncoding.DELTA_LENGTH_BYTE_ARRAY
        : WasmEncoding.DELTA_BINARY_PACKED;
    builder = builder
      .setColumnDictionaryEnabled(node.name, false)
      .setColumnEncoding(node.name, encoding);
  }
  return builder.build();
}

/** Takes the only row group out of a file and makes its offsets relative. */
function takeRowGroup(file: Uint8Array, rowCount: number): EncodedRowGroup {
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  const footerSize = view.getUint32(file.length - 8, true);
  const footerStart = file.length - 8 - footerSize;
  const metadata = parseFileMetadata(file.subarray(footerStart, file.length - 8), file.length);
  const group = metadata.rowGroups[0];
  assert(
    metadata.rowGroups.length === 1 && group?.rowCount === rowCount,
    'parquet-wasm writes the row group as given',
  );
  const start = Math.min(...group.chunks.map(chunkStart));
  const end = Math.max(
    ...group.chunks.map((chunk) => chunkStart(chunk) + chunk.compressedSizeBytes),
  );
  const chunks = group.chunks.map((chunk): EncodedChunk => {
    const { dictionaryPageOffset, offsetIndex, columnIndex: _, ...rest } = chunk;
    const placed: ColumnChunk = {
      ...rest,
      dataPageOffset: chunk.dataPageOffset - start,
      ...(dictionaryPageOffset === undefined
        ? {}
        : { dictionaryPageOffset: dictionaryPageOffset - start }),
    };
    if (!offsetIndex) return { chunk: placed };
    const { offset, length } = offsetIndex;
    const pages = decodeOffsetIndex(file.subarray(offset, offset + length));
    return {
      chunk: placed,
      pages: pages.map((page) => ({ ...page, offset: page.offset - start })),
    };
  });
  return {
    rowCount,
    bytes: file.subarray(start, end),
    chunks,
  };
}
