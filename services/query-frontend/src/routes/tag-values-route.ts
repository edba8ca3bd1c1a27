/** `/api/search/tag/{name}/values` and `/api/v2/search/tag/{name}/values`; names may contain `/`. */
import { create } from '@bufbuild/protobuf';
import { tempopb } from '@tempo-ts/contracts';
import {
  acceptedFormat,
  checkTagIdentifier,
  encodeTagValues,
  encodeTagValuesV2,
  parseSearchTagValuesRequest,
} from '@tempo-ts/http-api';
import type { RequestHandler } from '@tempo-ts/server';
import { findLegacyValues, legacyIdentifier } from '../pipeline/fixed-tags.ts';
import { runTagValues, tagValuesV1 } from '../pipeline/tags-query.ts';
import { queryRoute, type RouteContext } from './query-route.ts';

/** Version 1: the name is that of an attribute of any kind; it has no filter. */
export function tagValuesV1Route(context: RouteContext): RequestHandler {
  return queryRoute(context, async ({ parameters, pathPart, accept }, scope) => {
    const name = pathPart('tagName');
    const request = { ...parseSearchTagValuesRequest(name, parameters), query: '' };
    const format = acceptedFormat(accept);
    const fixed = findLegacyValues(name);
    if (fixed)
      return encodeTagValues(
        create(tempopb.SearchTagValuesResponseSchema, { tagValues: [...fixed], metrics: {} }),
        format,
      );
    const response = await runTagValues(context.services, scope, {
      ...request,
      tagName: legacyIdentifier(name),
    });
    return encodeTagValues(tagValuesV1(response), format);
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
