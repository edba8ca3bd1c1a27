export {
  CorruptBlockError,
  EmptyBlockError,
  InvalidBlockMetaError,
  UnsupportedBlockFormatError,
} from './errors.ts';
export {
  blockPrefix,
  bloomKey,
  compactedMetaKey,
  dataKey,
  indexKey,
  isBlockId,
  metaKey,
  noCompactKey,
  type BlockPlace,
} from './block-keys.ts';
export {
  blockMetaFromJson,
  blockMetaToJson,
  decodeBlockMeta,
  dedicatedColumnsFromJson,
  dedicatedColumnsToJson,
  encodeBlockMeta,
  toBlockRef,
  vparquet4DedicatedColumns,
  type BlockMeta,
} from './block-meta.ts';
export {
  createBlock,
  DEFAULT_BLOCK_WRITER_CONFIG,
  type BlockWriterConfig,
  type CreateBlockOptions,
} from './create-block.ts';
export { BlockCache } from './block-cache.ts';
export { openBlock, type InspectedBytes, type OpenBlock } from './open-block.ts';
export { fetchSpanBatches, type FetchSpanBatchesOptions } from './fetch-span-batches.ts';
export { ALL_BATCH_COLUMNS } from './vparquet4/column-paths.ts';
export { findTraceBatch, findTraceById } from './find-trace-by-id.ts';
export { blockSpansetSource } from './block-spanset-source.ts';
