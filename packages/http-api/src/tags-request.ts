/** The four endpoints of tag names and tag values: their parameters become messages. */
import { create } from '@bufbuild/protobuf';
import { tempopb } from '@tempo-ts/contracts';
import { parseIdentifier, TraceQlError } from '@tempo-ts/traceql';
import { badRequest, integerParameter, textParameter } from './parameters.ts';
import { parseSecondsRange } from './time-range.ts';

const SCOPES: ReadonlySet<string> = new Set([
  '',
  'none',
  'resource',
  'span',
  'event',
  'link',
  'instrumentation',
  'intrinsic',
]);

/**
 * `/api/search/tags` and `/api/v2/search/tags`.
 *
 * @throws QueryError `invalid` with Tempo's text.
 */
export function parseSearchTagsRequest(parameters: URLSearchParams): tempopb.SearchTagsRequest {
  return checkSearchTagsRequest(
    create(tempopb.SearchTagsRequestSchema, {
      scope: textParameter(parameters, 'scope') ?? '',
      query: textParameter(parameters, 'q') ?? '',
      ...parseSecondsRange(parameters),
      maxTagsPerScope: countParameter(parameters, 'limit'),
      staleValuesThreshold: countParameter(parameters, 'maxStaleValues'),
    }),
  );
}

/** Refuses a scope that does not exist. */
export function checkSearchTagsRequest(
  request: tempopb.SearchTagsRequest,
): tempopb.SearchTagsRequest {
  if (!SCOPES.has(request.scope)) throw badRequest(`invalid scope: ${request.scope}`);
  return request;
}

/**
 * `/api/search/tag/{name}/values` and `/api/v2/search/tag/{name}/values`; `tagName` is decoded.
 *
 * @throws QueryError `invalid` with Tempo's text.
 */
export function parseSearchTagValuesRequest(
  tagName: string,
  parameters: URLSearchParams,
): tempopb.SearchTagValuesRequest {
  if (tagName === '') throw badRequest('please provide a non-empty tagName');
  return create(tempopb.SearchTagValuesRequestSchema, {
    tagName,
    query: textParameter(parameters, 'q') ?? '',
    ...parseSecondsRange(parameters),
    maxTagValues: countParameter(parameters, 'limit'),
    staleValueThreshold: countParameter(parameters, 'maxStaleValues'),
  });
}

/** Refuses a name that is no TraceQL attribute, as version 2 of the endpoint wants it. */
export function checkTagIdentifier(
  request: tempopb.SearchTagValuesRequest,
): tempopb.SearchTagValuesRequest {
  try {
    parseIdentifier(request.tagName);
    return request;
  } catch (error) {
    if (!(error instanceof TraceQlError)) throw error;
    throw badRequest(`please provide a valid tagName: ${error.message}`);
  }
}

/** A count; absent, 0 and less mean no limit. */
function countParameter(parameters: URLSearchParams, name: string): number {
  return Math.min(0xffff_ffff, Math.max(0, integerParameter(parameters, name) ?? 0));
}
