/** `GET /api/search`: its parameters become a SearchRequest. */
import { create } from '@bufbuild/protobuf';
import { tempopb } from '@tempo-ts/contracts';
import { parseLogfmtTags } from './logfmt-tags.ts';
import { badRequest, durationParameter, integerParameter, textParameter } from './parameters.ts';
import { checkOrder, readSecondsRange } from './time-range.ts';

/** Limits and defaults of searches; `query_frontend.search` of the configuration. */
export interface SearchLimits {
  readonly defaultLimit: number;
  /** 0 for no limit. */
  readonly maxLimit: number;
  readonly defaultSpansPerSpanSet: number;
  /** 0 for no limit. */
  readonly maxSpansPerSpanSet: number;
}

/** Parameters that are never tags of the oldest form of search. */
const NO_TAGS: ReadonlySet<string> = new Set([
  'tags',
  'minDuration',
  'maxDuration',
  'limit',
  'spss',
]);
const MAX_UINT32 = 0xffff_ffff;

/**
 * The request that `parameters` describe. Whether `q` is valid TraceQL is not checked, and a missing
 * time range stays missing (see {@link resolveTimeRange}).
 *
 * @throws QueryError `invalid` with Tempo's text.
 */
export function parseSearchRequest(
  parameters: URLSearchParams,
  limits: SearchLimits,
): tempopb.SearchRequest {
  const range = readSecondsRange(parameters);
  const query = textParameter(parameters, 'q');
  const tags = parseTags(parameters, query, range.start === 0 && range.end === 0);
  const durations = parseDurations(parameters);
  const request = create(tempopb.SearchRequestSchema, {
    ...range,
    ...durations,
    Query: query ?? '',
    Tags: tags,
    Limit: integerParameter(parameters, 'limit') ?? limits.defaultLimit,
    SpansPerSpanSet: integerParameter(parameters, 'spss') ?? 0,
  });
  return checkSearchRequest(request, limits, textParameter(parameters, 'limit') !== undefined);
}

/**
 * Completes a request that came as a message, and refuses one over the limits.
 *
 * @param hasLimit the client gave a limit, so that 0 is one and not the absence of one.
 */
export function checkSearchRequest(
  request: tempopb.SearchRequest,
  limits: SearchLimits,
  hasLimit = false,
): tempopb.SearchRequest {
  const limit = request.Limit === 0 && !hasLimit ? limits.defaultLimit : request.Limit;
  if (limit <= 0) throw badRequest('invalid limit: must be a positive number');
  if (request.SpansPerSpanSet < 0) throw badRequest('invalid spss: must be a non-negative number');
  const spansPerSpanSet = request.SpansPerSpanSet || limits.defaultSpansPerSpanSet;
  checkOrder(request);
  const maxLimit = limits.maxLimit || MAX_UINT32;
  if (limit > maxLimit) throw badRequest(`limit ${limit} exceeds max limit ${maxLimit}`);
  const maxSpans = limits.maxSpansPerSpanSet || MAX_UINT32;
  if (spansPerSpanSet > maxSpans)
    throw badRequest(`spans per span set exceeds ${maxSpans}. received ${spansPerSpanSet}`);
  return { ...request, Limit: limit, SpansPerSpanSet: spansPerSpanSet };
}

function parseTags(
  parameters: URLSearchParams,
  query: string | undefined,
  isTimeless: boolean,
): Record<string, string> {
  const encoded = textParameter(parameters, 'tags');
  if (encoded !== undefined) {
    if (query !== undefined)
      throw badRequest("invalid request: can't specify tags and q in the same query");
    return parseLogfmtTags(encoded);
  }
  // The oldest form: every parameter that means nothing else is a tag.
  if (query !== undefined || !isTimeless) return {};
  const names = [...new Set(parameters.keys())].filter((name) => !NO_TAGS.has(name));
  return Object.fromEntries(
    names
      .filter((name) => name !== 'start' && name !== 'end' && name !== 'since' && name !== 'q')
      .map((name) => [name, textParameter(parameters, name) ?? ''] as const)
      .filter(([, value]) => value !== ''),
  );
}

function parseDurations(parameters: URLSearchParams) {
  const minMs = Math.trunc(durationParameter(parameters, 'minDuration') ?? 0);
  const maxMs = Math.trunc(durationParameter(parameters, 'maxDuration') ?? 0);
  if (textParameter(parameters, 'maxDuration') !== undefined && maxMs < minMs)
    throw badRequest('invalid maxDuration: must be greater than minDuration');
  for (const [name, value] of Object.entries({ minDuration: minMs, maxDuration: maxMs }))
    if (value < 0 || value > MAX_UINT32)
      throw badRequest(`invalid ${name}: must be between 0s and ${MAX_UINT32}ms`);
  return { MinDurationMs: minMs, MaxDurationMs: maxMs };
}
