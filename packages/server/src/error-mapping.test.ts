import { describe, expect, it } from '@jest/globals';
import { IngestError, QueryError } from '@tempo-ts/ports';
import { answerToError, httpStatusOfGrpc, type CallerSide } from './error-mapping.ts';
import { GRPC_STATUS, GrpcError, HttpError } from './errors.ts';
import { TenantError } from './tenant.ts';

const timeout = new DOMException('The operation was aborted due to timeout', 'TimeoutError');
const abort = new AbortController();
abort.abort();

const TABLE: readonly (readonly [unknown, CallerSide, number, number, string])[] = [
  [new IngestError('invalid', 'bad id'), 'ingest', 400, 3, 'bad id'],
  [new IngestError('exhausted', 'too fast'), 'ingest', 429, 8, 'too fast'],
  [new IngestError('unavailable', 'later'), 'ingest', 503, 14, 'later'],
  [new QueryError('invalid', 'bad query'), 'query', 400, 3, 'bad query'],
  [new QueryError('unsupported', 'no such'), 'query', 400, 3, 'no such'],
  [new QueryError('not_found', 'none'), 'query', 404, 5, 'none'],
  [new QueryError('unprocessable', 'trace too large'), 'query', 422, 9, 'trace too large'],
  [new QueryError('exhausted', 'job queue full'), 'query', 429, 8, 'job queue full'],
  [new TenantError('missing', 'no org id'), 'query', 401, 16, 'no org id'],
  [new TenantError('missing', 'no org id'), 'ingest', 503, 14, 'no org id'],
  [new TenantError('invalid', 'bad tenant'), 'query', 400, 3, 'bad tenant'],
  [new TenantError('invalid', 'bad tenant'), 'ingest', 400, 3, 'bad tenant'],
  [new HttpError(413, 'too large'), 'query', 413, 2, 'too large'],
  [new GrpcError(GRPC_STATUS.dataLoss, 'gone'), 'ingest', 503, 15, 'gone'],
  [abort.signal.reason, 'query', 499, 1, 'context canceled'],
  [timeout, 'query', 504, 4, 'context deadline exceeded'],
  [Object.assign(new Error('bad url'), { status: 400 }), 'query', 400, 3, 'bad url'],
  [new Error('bug'), 'query', 500, 13, 'bug'],
  [new Error('bug'), 'ingest', 503, 14, 'bug'],
  ['thrown text', 'ingest', 503, 14, 'thrown text'],
  [undefined, 'query', 500, 13, 'undefined'],
];

describe('errors and answers', () => {
  it('every error has one answer per side', () => {
    for (const [error, side, httpStatus, grpcCode, message] of TABLE)
      expect(answerToError(error, side)).toEqual({ httpStatus, grpcCode, message });
  });

  it('an unknown error is always retryable for a sender of spans', () => {
    const { httpStatus, grpcCode } = answerToError(new TypeError('x is undefined'), 'ingest');
    expect([httpStatus, grpcCode]).toEqual([503, GRPC_STATUS.unavailable]);
  });

  it('says when to try again', () => {
    const error = new IngestError('exhausted', 'slow down', { retryAfterMs: 1500 });
    expect(answerToError(error, 'ingest').retryAfterMs).toBe(1500);
  });

  it('gRPC codes become the HTTP statuses of the OTLP receiver', () => {
    const statuses = Object.values(GRPC_STATUS).map((code) => httpStatusOfGrpc(code));
    expect(statuses).toEqual([
      200, 503, 500, 400, 503, 500, 500, 403, 429, 500, 503, 503, 404, 500, 503, 503, 401,
    ]);
  });
});
