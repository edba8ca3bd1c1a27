export { arbitraryQueryText } from './arbitrary-query.ts';
export { arbitraryMetricsQueryText } from './arbitrary-metrics-query.ts';
export { arraySource } from './array-source.ts';
export { pieceSource } from './piece-source.ts';
export { plainReference, plainResponse, type PlainResult } from './plain-response.ts';
export { referenceSearch, type ReferenceTrace } from './reference-engine.ts';
export { referenceMetrics, type ReferenceGrid, type ReferenceSeries } from './reference-metrics.ts';
export {
  answerExample,
  compareExample,
  exampleBatch,
  examples,
  type ExampleAnswer,
  type ExampleFile,
  type TagExample,
  type TraceQlExample,
} from './examples.ts';
