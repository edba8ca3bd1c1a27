export type { FetchRequest, SpansetSource } from './spanset-source.ts';
export type { SearchOptions, SearchPlan, TraceMatches } from './search-plan.ts';
export { planSearch, executeSearch } from './search.ts';
export { planFromRequest } from './tag-search.ts';
export { collectTagNames, collectTagValues, type CollectOptions } from './collect-tags.ts';
export { combineSearchResponses } from './combine-search-results.ts';
export { BatchView } from './batch-view.ts';
