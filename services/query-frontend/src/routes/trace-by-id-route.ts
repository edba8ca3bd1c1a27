/** `/api/traces/{traceID}` and `/api/v2/traces/{traceID}`. */
import {
  acceptedFormat,
  encodeTrace,
  encodeTraceById,
  parseTraceByIdRequest,
} from '@tempo-ts/http-api';
import { QueryError } from '@tempo-ts/ports';
import type { RequestHandler } from '@tempo-ts/server';
import { findTrace, traceAnswer } from '../pipeline/trace-by-id-query.ts';
import { queryRoute, type RouteContext } from './query-route.ts';

/** Version 1: the trace alone; 404 without a body when there is none, 422 when it is too large. */
export function traceByIdV1Route(context: RouteContext): RequestHandler {
  return queryRoute(context, async ({ parameters, pathPart, accept }, scope) => {
    const request = parseTraceByIdRequest(pathPart('traceID'), parameters);
    const { trace, exceededMaxBytes } = await findTrace(context.services, scope, request);
    if (trace === undefined) return { status: 404 };
    if (exceededMaxBytes !== undefined)
      throw new QueryError(
        'unprocessable',
        `trace exceeds max size (max bytes: ${exceededMaxBytes})`,
      );
    return encodeTrace(trace, acceptedFormat(accept));
  });
}

/** Version 2: always a trace with what is to be said about it. */
export function traceByIdV2Route(context: RouteContext): RequestHandler {
  return queryRoute(context, async ({ parameters, pathPart, accept }, scope) => {
    const request = parseTraceByIdRequest(pathPart('traceID'), parameters);
    const lookup = await findTrace(context.services, scope, request);
    return encodeTraceById(traceAnswer(lookup), acceptedFormat(accept));
  });
}
