/** Tag names and tag values, from their request to their answer. */
import { create } from '@bufbuild/protobuf';
import { tempopb } from '@tempo-ts/contracts';
import { TagValuesCombiner } from '../combiners/tag-values-combiner.ts';
import { TagsCombiner } from '../combiners/tags-combiner.ts';
import { smallestLimit, type QueryScope, type QueryServices } from '../query-services.ts';
import {
  planTags,
  planTagValues,
  type TagsJob,
  type TagValuesJob,
} from '../sharders/tag-sharder.ts';
import {
  findLegacyValues,
  INTRINSIC_SCOPE,
  INTRINSIC_TAGS,
  legacyIdentifier,
} from './fixed-tags.ts';
import { observeQuery } from './observe-query.ts';
import { resolveRange } from './resolve-range.ts';
import { runJobs } from './run-jobs.ts';

/** Called after each job with the way to ask what was found so far. */
export type OnProgress<T> = (partial: () => T) => void;

/** The names of the requested scopes, with the intrinsics when all scopes are asked for. */
export function runTags(
  services: QueryServices,
  scope: QueryScope,
  request: tempopb.SearchTagsRequest,
  onProgress?: OnProgress<tempopb.SearchTagsV2Response>,
): Promise<tempopb.SearchTagsV2Response> {
  const fields = { scope: request.scope, query: request.query, range_seconds: range(request) };
  return observeQuery(
    services,
    scope,
    { name: 'search tags', operation: 'metadata', fields },
    () => collectTags(services, scope, request, onProgress),
    metadataCost,
  );
}

async function collectTags(
  services: QueryServices,
  scope: QueryScope,
  request: tempopb.SearchTagsRequest,
  onProgress?: OnProgress<tempopb.SearchTagsV2Response>,
): Promise<tempopb.SearchTagsV2Response> {
  const wantsAll = request.scope === '' || request.scope === 'none';
  if (request.scope === INTRINSIC_SCOPE)
    return withIntrinsics(create(tempopb.SearchTagsV2ResponseSchema, { metrics: {} }));
  const resolved = resolveRange(services, scope, request);
  const tags = { ...request, ...resolved, scope: wantsAll ? '' : request.scope };
  const plan = planTags(tags, scope.tenants, services.catalog);
  const combiner = new TagsCombiner(plan, {
    maxBytes: maxTagBytes(services, scope),
    maxCount: request.maxTagsPerScope,
  });
  const result = () => (wantsAll ? withIntrinsics(combiner.result()) : combiner.result());
  await runJobs<TagsJob['kind']>(services, plan.jobs, {
    concurrency: services.config.search.concurrent_jobs,
    signal: scope.signal,
    onResult: (response) => {
      combiner.add(response);
      onProgress?.(result);
      return false;
    },
  });
  return result();
}

function withIntrinsics(response: tempopb.SearchTagsV2Response): tempopb.SearchTagsV2Response {
  const intrinsics = create(tempopb.SearchTagsV2ScopeSchema, {
    name: INTRINSIC_SCOPE,
    tags: [...INTRINSIC_TAGS],
  });
  return { ...response, scopes: [...response.scopes, intrinsics] };
}

/** The values of one attribute; `tagName` of the request is a TraceQL identifier. */
export function runTagValues(
  services: QueryServices,
  scope: QueryScope,
  request: tempopb.SearchTagValuesRequest,
  onProgress?: OnProgress<tempopb.SearchTagValuesV2Response>,
): Promise<tempopb.SearchTagValuesV2Response> {
  const fields = { tag: request.tagName, query: request.query, range_seconds: range(request) };
  return observeQuery(
    services,
    scope,
    { name: 'search tag values', operation: 'metadata', fields },
    () => collectTagValues(services, scope, request, onProgress),
    metadataCost,
  );
}

/**
 * The values of a name of version 1, which is no TraceQL identifier: an attribute of any kind, or
 * one of the names that mean something else.
 */
export async function runLegacyTagValues(
  services: QueryServices,
  scope: QueryScope,
  request: tempopb.SearchTagValuesRequest,
  onProgress?: OnProgress<tempopb.SearchTagValuesV2Response>,
): Promise<tempopb.SearchTagValuesV2Response> {
  const fixed = findLegacyValues(request.tagName);
  if (fixed) {
    const tagValues = fixed.map((value) => ({ type: 'keyword', value }));
    return create(tempopb.SearchTagValuesV2ResponseSchema, { tagValues, metrics: {} });
  }
  const tagName = legacyIdentifier(request.tagName);
  return runTagValues(services, scope, { ...request, tagName, query: '' }, onProgress);
}

async function collectTagValues(
  services: QueryServices,
  scope: QueryScope,
  request: tempopb.SearchTagValuesRequest,
  onProgress?: OnProgress<tempopb.SearchTagValuesV2Response>,
): Promise<tempopb.SearchTagValuesV2Response> {
  const { overrides, catalog, config } = services;
  const resolved = resolveRange(services, scope, request);
  const maxBlocks = (tenant: (typeof scope.tenants)[number]) =>
    overrides.limits(tenant).read.max_blocks_per_tag_values_query;
  const plan = planTagValues({ ...request, ...resolved }, scope.tenants, catalog, maxBlocks);
  const combiner = new TagValuesCombiner(plan, {
    maxBytes: maxTagBytes(services, scope),
    maxCount: request.maxTagValues,
  });
  await runJobs<TagValuesJob['kind']>(services, plan.jobs, {
    concurrency: config.search.concurrent_jobs,
    signal: scope.signal,
    onResult: (response) => {
      combiner.add(response);
      onProgress?.(() => combiner.result());
      return false;
    },
  });
  return combiner.result();
}

function maxTagBytes({ overrides }: QueryServices, { tenants }: QueryScope): number {
  return smallestLimit(
    tenants.map((tenant) => overrides.limits(tenant).read.max_bytes_per_tag_values_query),
  );
}

function range({ start, end }: { readonly start: number; readonly end: number }): number {
  return end - start;
}

function metadataCost({ metrics }: { readonly metrics?: tempopb.MetadataMetrics | undefined }) {
  return {
    inspectedBytes: metrics?.inspectedBytes ?? 0n,
    fields: {
      total_requests: metrics?.totalJobs ?? 0,
      completed_requests: metrics?.completedJobs ?? 0,
      total_blocks: metrics?.totalBlocks ?? 0,
    },
  };
}

/** The answer of version 1: names without their scopes; intrinsics only when they were asked for. */
export function tagsV1(
  response: tempopb.SearchTagsV2Response,
  requestedScope: string,
): tempopb.SearchTagsResponse {
  const scopes = response.scopes.filter(
    ({ name }) => name !== INTRINSIC_SCOPE || requestedScope === INTRINSIC_SCOPE,
  );
  const tagNames = [...new Set(scopes.flatMap(({ tags }) => tags))].toSorted();
  return create(tempopb.SearchTagsResponseSchema, {
    tagNames,
    ...(response.metrics ? { metrics: response.metrics } : {}),
  });
}

/** The answer of version 1: values without their types. */
export function tagValuesV1(
  response: tempopb.SearchTagValuesV2Response,
): tempopb.SearchTagValuesResponse {
  const tagValues = [...new Set(response.tagValues.map(({ value }) => value))].toSorted();
  return create(tempopb.SearchTagValuesResponseSchema, {
    tagValues,
    ...(response.metrics ? { metrics: response.metrics } : {}),
  });
}
