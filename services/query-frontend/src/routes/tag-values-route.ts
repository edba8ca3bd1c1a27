/** `/api/search/tag/{name}/values` and `/api/v2/search/tag/{name}/values`; names may contain `/`. */
import {
  acceptedFormat,
  checkTagIdentifier,
  encodeTagValues,
  encodeTagValuesV2,
  parseSearchTagValuesRequest,
} from '@tempo-ts/http-api';
import type { RequestHandler } from '@tempo-ts/server';
import { runLegacyTagValues, runTagValues, tagValuesV1 } from '../pipeline/tags-query.ts';
import { queryRoute, type RouteContext } from './query-route.ts';

/** Version 1: the name is that of an attribute of any kind; it has no filter. */
export function tagValuesV1Route(context: RouteContext): RequestHandler {
  return queryRoute(context, async ({ parameters, pathPart, accept }, scope) => {
    const request = parseSearchTagValuesRequest(pathPart('tagName'), parameters);
    const response = await runLegacyTagValues(context.services, scope, request);
    return encodeTagValues(tagValuesV1(response), acceptedFormat(accept));
  });
}

/** Version 2: the name is a TraceQL identifier, values have types. */
export function tagValuesV2Route(context: RouteContext): RequestHandler {
  return queryRoute(context, async ({ parameters, pathPart, accept }, scope) => {
    const request = parseSearchTagValuesRequest(pathPart('tagName'), parameters);
    const response = await runTagValues(context.services, scope, checkTagIdentifier(request));
    return encodeTagValuesV2(response, acceptedFormat(accept));
  });
}
