export { acceptedFormat, CONTENT_TYPES, type AnswerFormat } from './accept.ts';
export { badRequest, textParameter, durationParameter } from './parameters.ts';
export {
  checkOrder,
  parseSecondsRange,
  resolveTimeRange,
  type SecondsRange,
  type TimeRangeRules,
} from './time-range.ts';
export { checkSearchRequest, parseSearchRequest, type SearchLimits } from './search-request.ts';
export {
  parseTraceByIdRequest,
  type TraceByIdRequest,
  type TraceLookupMode,
} from './trace-by-id-request.ts';
export {
  checkSearchTagsRequest,
  checkTagIdentifier,
  parseSearchTagValuesRequest,
  parseSearchTagsRequest,
} from './tags-request.ts';
export { compileMetricsQuery, parseMetricsQuery } from './metrics-request.ts';
export {
  defaultStep,
  parseMetricsLimits,
  parseMetricsRange,
  resolveInstantRange,
  resolveMetricsRange,
  type MetricsRange,
  type MetricsRangeRules,
  type RequestedMetricsRange,
} from './metrics-range.ts';
export { encodeQueryInstant, encodeQueryRange } from './encode-metrics.ts';
export { metricsQueryError, searchQueryError } from './trace-ql-error.ts';
export {
  encodeSearch,
  encodeTagValues,
  encodeTagValuesV2,
  encodeTags,
  encodeTagsV2,
  encodeTrace,
  encodeTraceById,
  type EncodedAnswer,
  type TraceAnswer,
} from './encode-response.ts';
export { jsonText, messageToJson } from './encode-json.ts';
