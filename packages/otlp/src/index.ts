export type { TraceId, TracePiece } from './trace-piece.ts';
export {
  TRACE_ID_BYTES,
  bytesToHex,
  compareTraceIds,
  padTraceId,
  parseTraceId,
  traceIdToHex,
  traceIdToShortHex,
} from './trace-id.ts';
export { SPAN_ID_BYTES, parseSpanId, spanIdToHex, type SpanId } from './span-id.ts';
export { InvalidIdError, InvalidOtlpError, type InvalidOtlpCode } from './errors.ts';
export {
  DELIMITED,
  FIXED32,
  FIXED64,
  MAX_VALUE_DEPTH,
  VARINT,
  WireReader,
  knownFields,
  tagOf,
} from './wire-reader.ts';
export { WireWriter, varintLength, writeVarintAt } from './wire-writer.ts';
export { isUtf8Range, utf8CutEnd } from './utf8.ts';
export { regroupByTrace, type RegroupOptions, type RegroupedRequest } from './regroup-by-trace.ts';
export { ATTRIBUTE_SCOPES, type AttributeScope } from './span-walker.ts';
export { countSpans } from './count-spans.ts';
export { combineTraces } from './combine-traces.ts';
export { separateSharedSpanIds } from './separate-shared-span-ids.ts';
export { otlpJsonToProtobuf } from './otlp-json.ts';
