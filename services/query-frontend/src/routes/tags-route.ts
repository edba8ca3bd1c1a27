/** `/api/search/tags` and `/api/v2/search/tags`. */
import {
  acceptedFormat,
  encodeTags,
  encodeTagsV2,
  parseSearchTagsRequest,
} from '@tempo-ts/http-api';
import type { RequestHandler } from '@tempo-ts/server';
import { runTags, tagsV1 } from '../pipeline/tags-query.ts';
import { queryRoute, type RouteContext } from './query-route.ts';

/** Version 1: one list of names; it has no filter. */
export function tagsV1Route(context: RouteContext): RequestHandler {
  return queryRoute(context, async ({ parameters, accept }, scope) => {
    const request = { ...parseSearchTagsRequest(parameters), query: '' };
    const response = await runTags(context.services, scope, request);
    return encodeTags(tagsV1(response, request.scope), acceptedFormat(accept));
  });
}

/** Version 2: names by scope. */
export function tagsV2Route(context: RouteContext): RequestHandler {
  return queryRoute(context, async ({ parameters, accept }, scope) => {
    const request = parseSearchTagsRequest(parameters);
    const response = await runTags(context.services, scope, request);
    return encodeTagsV2(response, acceptedFormat(accept));
  });
}
