/** Which encoder writes the row groups of a block, and with what settings. */
import { createArrowEncoder, createNativeEncoder, type RowGroupEncoder } from '@tempo-ts/parquet';
import type { BlockWriterConfig } from './create-block.ts';
import { SPANS_LIST, TRACE_SCHEMA } from './vparquet4/trace-schema.ts';

/**
 * Larger dictionaries cost readers more than they save: they are read whole before the first page,
 * and strings that are hardly ever repeated take no more room without.
 */
const MAX_DICTIONARY_BYTES = 8 * 1024 * 1024;

/** The encoder that `config` asks for; use one per block. */
export function rowGroupEncoderOf(config: BlockWriterConfig): RowGroupEncoder {
  const { compression, zstdLevel, pageSizeBytes, maxPageTraces, maxPageSpans } = config;
  if (config.encoder === 'arrow')
    return createArrowEncoder({ schema: TRACE_SCHEMA, compression, pageSizeBytes });
  return createNativeEncoder({
    schema: TRACE_SCHEMA,
    compression: compression === 'zstd' ? { codec: 'zstd', level: zstdLevel } : { codec: 'snappy' },
    dataPageVersion: config.dataPageVersion ?? (compression === 'zstd' ? 1 : 2),
    pageLimits: {
      maxRows: maxPageTraces,
      maxElements: maxPageSpans * 10,
      maxElementsOf: { [SPANS_LIST]: maxPageSpans },
    },
    maxDictionaryBytes: MAX_DICTIONARY_BYTES,
  });
}

/** The Arrow encoder ends pages of nearly empty columns only with their row group. */
const MAX_ARROW_ROW_GROUP_SPANS = 25_000;

/** Spans of one row group. */
export function maxRowGroupSpansOf(config: BlockWriterConfig): number {
  return config.encoder === 'arrow'
    ? Math.min(config.maxRowGroupSpans, MAX_ARROW_ROW_GROUP_SPANS)
    : config.maxRowGroupSpans;
}
