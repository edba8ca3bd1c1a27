export type { FetchRequest, SpansetSource } from './spanset-source.ts';
export type { SearchOptions, SearchPlan, TraceMatches } from './search-plan.ts';
export { planSearch } from './plan-search.ts';
export { executeSearch } from './execute-search.ts';
export { planFromRequest } from './tag-search.ts';
export {
  collectTagNames,
  TAG_SCOPES,
  type CollectOptions,
  type TagScope,
} from './collect-tag-names.ts';
export { collectTagValues } from './collect-tag-values.ts';
export { combineSearchResponses, combineTraceMetadata } from './combine-search-results.ts';
export { compareNewest } from './trace-order.ts';
export { combineTagNames, combineTagValues } from './combine-tags.ts';
export { ROOT_SPAN_NOT_YET_RECEIVED } from './search-result.ts';
export { BatchView } from './batch-view.ts';
export { executeMetrics } from './metrics/execute-metrics.ts';
export { planMetrics, type MetricsPlan } from './metrics/metrics-plan.ts';
export { combinePartialSeries } from './metrics/combine-partials.ts';
export {
  SeriesCombiner,
  type SeriesAnswer,
  type SeriesCombinerOptions,
} from './metrics/series-combiner.ts';
export type { Series, SeriesExemplar } from './metrics/series.ts';
