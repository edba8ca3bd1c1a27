/** Joins partial answers about tag names and values: distinct, sorted, cut to a limit. */
import { create } from '@bufbuild/protobuf';
import { tempopb } from '@tempo-ts/contracts';

/** The names of all responses per scope, scopes and names sorted; `limit` per scope (0: none). */
export function combineTagNames(
  responses: readonly tempopb.SearchTagsV2Response[],
  options: { readonly limit?: number } = {},
): tempopb.SearchTagsV2Response {
  const scopes = new Map<string, Set<string>>();
  for (const { name, tags } of responses.flatMap((response) => response.scopes)) {
    const known = scopes.get(name) ?? new Set();
    for (const tag of tags) known.add(tag);
    scopes.set(name, known);
  }
  return create(tempopb.SearchTagsV2ResponseSchema, {
    scopes: [...scopes]
      .toSorted(([left], [right]) => (left < right ? -1 : 1))
      .map(([name, tags]) => ({ name, tags: cut([...tags].toSorted(), options.limit) })),
    metrics: addMetrics(responses.map(({ metrics }) => metrics)),
  });
}

/** The values of all responses, sorted by type and value; at most `limit` (0: all). */
export function combineTagValues(
  responses: readonly tempopb.SearchTagValuesV2Response[],
  options: { readonly limit?: number } = {},
): tempopb.SearchTagValuesV2Response {
  const values = new Map<string, tempopb.TagValue>();
  for (const value of responses.flatMap((response) => response.tagValues))
    values.set(`${value.type}:${value.value}`, value);
  const sorted = [...values].toSorted(([left], [right]) => (left < right ? -1 : 1));
  return create(tempopb.SearchTagValuesV2ResponseSchema, {
    tagValues: cut(sorted, options.limit).map(([, value]) => value),
    metrics: addMetrics(responses.map(({ metrics }) => metrics)),
  });
}

function cut<T>(sorted: T[], limit: number | undefined): T[] {
  return limit === undefined || limit === 0 ? sorted : sorted.slice(0, limit);
}

function addMetrics(
  all: readonly (tempopb.MetadataMetrics | undefined)[],
): tempopb.MetadataMetrics {
  const sum = create(tempopb.MetadataMetricsSchema);
  for (const metrics of all) {
    sum.inspectedBytes += metrics?.inspectedBytes ?? 0n;
    sum.totalJobs += metrics?.totalJobs ?? 0;
    sum.completedJobs += metrics?.completedJobs ?? 0;
    sum.totalBlocks += metrics?.totalBlocks ?? 0;
    sum.totalBlockBytes += metrics?.totalBlockBytes ?? 0n;
  }
  return sum;
}
