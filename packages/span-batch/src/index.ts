export * from './span-batch.ts';
export * from './dedicated-column.ts';
export { SpanBatchBuilder, type SpanBatchBuilderOptions } from './span-batch-builder.ts';
export { BatchDictionaries, type BatchDictionariesOptions } from './batch-dictionaries.ts';
export { SpanBatchError, type SpanBatchErrorCode } from './errors.ts';
export { ByteDictionary, viewOf, type ViewedBytes } from './byte-dictionary.ts';
export {
  EMPTY_DICTIONARY,
  bytesAt,
  bytesOf,
  compareBytes,
  findCode,
  stringAt,
  stringOf,
  textOf,
} from './string-dictionary.ts';
export {
  compareUint64,
  highWord,
  int64ToBigInt,
  int64ToNumber,
  lowWord,
  uint64ToBigInt,
  uint64ToNumber,
} from './int64.ts';
export { sharedFloat64Array, sharedInt32Array, sharedUint8Array } from './shared-memory.ts';
