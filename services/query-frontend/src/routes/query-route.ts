/** What all routes of the query API share: tenants, deadline, refusals, the form of answers and errors. */
import type { EncodedAnswer } from '@tempo-ts/http-api';
import {
  answerToError,
  HttpError,
  requestSignal,
  TENANT_HEADER,
  type Request,
  type RequestHandler,
  type Response,
  type TenantResolver,
} from '@tempo-ts/server';
import type { QueryScope, QueryServices } from '../query-services.ts';

/** What a route works with. */
export interface RouteContext {
  readonly services: QueryServices;
  readonly tenants: TenantResolver;
}

/** A request, taken apart. */
export interface QueryRequest {
  readonly parameters: URLSearchParams;
  /** A named part of the path, decoded. */
  readonly pathPart: (name: string) => string;
  readonly accept: string | undefined;
}

/** An answer; without a body when the status says everything. */
export type RouteAnswer = EncodedAnswer | { readonly status: number };

/** Answers one kind of request. Errors become answers (the error table of packages/server). */
export function queryRoute(
  context: RouteContext,
  answer: (request: QueryRequest, scope: QueryScope) => Promise<RouteAnswer>,
): RequestHandler {
  const { config, timers, logger } = context.services;
  const denied = config.url_deny_list.map((pattern) => new RegExp(pattern));
  return async (request, response) => {
    const deadline = new AbortController();
    const timer =
      config.api_timeout > 0
        ? timers.after(config.api_timeout, () => deadline.abort(timeoutError()))
        : undefined;
    const signal = AbortSignal.any([requestSignal(request, response), deadline.signal]);
    try {
      if (denied.some((pattern) => pattern.test(request.originalUrl)))
        throw new HttpError(400, `request URL is in the deny list: ${request.originalUrl}`);
      const tenants = context.tenants.forQuery(request.get(TENANT_HEADER));
      const headers = headersToLog(request, config.log_query_request_headers);
      send(response, await answer(takeApart(request), { tenants, signal, headers }));
    } catch (error) {
      const reason: unknown = deadline.signal.aborted ? deadline.signal.reason : error;
      const { httpStatus, message } = answerToError(reason, 'query');
      if (httpStatus >= 500) logger.error('query failed', { path: request.path, error: reason });
      sendError(response, httpStatus, message);
    } finally {
      timer?.stop();
    }
  };
}

function timeoutError(): HttpError {
  return new HttpError(503, 'unable to process request in the configured timeout');
}

function takeApart(request: Request): QueryRequest {
  const queryAt = request.originalUrl.indexOf('?');
  const search = queryAt < 0 ? '' : request.originalUrl.slice(queryAt + 1);
  return {
    parameters: new URLSearchParams(search),
    pathPart: (name) => {
      const part: string | readonly string[] | undefined = request.params[name];
      return typeof part === 'string' ? part : (part ?? []).join('/');
    },
    accept: request.get('accept'),
  };
}

function headersToLog(request: Request, names: readonly string[]): Record<string, string> {
  const present = names
    .map((name) => [`header_${name.toLowerCase().replaceAll('-', '_')}`, request.get(name)])
    .filter(([, value]) => value !== undefined);
  return Object.fromEntries(present) as Record<string, string>;
}

function send(response: Response, answer: RouteAnswer): void {
  if ('status' in answer) {
    response.statusCode = answer.status;
    response.end();
    return;
  }
  const body = typeof answer.body === 'string' ? Buffer.from(answer.body) : answer.body;
  response.setHeader('Content-Type', answer.contentType);
  response.setHeader('Content-Length', body.length);
  response.end(body);
}

/** Errors are plain text without a line end, as Tempo's query-frontend writes them. */
function sendError(response: Response, status: number, text: string): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  response.statusCode = status;
  response.setHeader('Content-Type', 'text/plain; charset=utf-8');
  response.setHeader('X-Content-Type-Options', 'nosniff');
  response.end(text);
}
