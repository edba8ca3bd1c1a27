export * from './span-batch.ts';
export * from './dedicated-column.ts';
export { SpanBatchBuilder, type SpanBatchBuilderOptions } from './span-batch-builder.ts';
export { BatchDictionaries, type BatchDictionariesOptions } from './batch-dictionaries.ts';
export { assembleTraces, type AssemblyInput, type AssemblyOptions } from './assemble-traces.ts';
export { traceToOtlp } from './trace-to-otlp.ts';
export { materialize } from './lazy-columns.ts';
export { deriveSpanParents, traceSpanStarts, type SpanParents } from './derived-columns.ts';
export { computeNestedSets, type NestedSets, type SpanRelations } from './nested-sets.ts';
export {
  compareTraceIdRows,
  sortedTraceOrder,
  splitRows,
  type SelectedRows,
  type SplitRows,
} from './trace-order.ts';
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
export { lazyColumns, type Lazily } from './lazy-columns.ts';
