/**
 * The one table from errors to answers. Routes and methods throw; the HTTP and gRPC shells look up
 * here what the client is told. Whatever is not listed is a fault of ours and retryable.
 */
import { IngestError, QueryError } from '@tempo-ts/ports';
import { GRPC_STATUS, GrpcError, HttpError, type GrpcStatusCode } from './errors.ts';
import { TenantError } from './tenant.ts';

/** What the client is told about an error. */
export interface ErrorAnswer {
  readonly httpStatus: number;
  readonly grpcCode: GrpcStatusCode;
  /** One line of text; well-formed Unicode. */
  readonly message: string;
  /** When the client may try again, if known. */
  readonly retryAfterMs?: number;
  /** A serialized google.rpc.Status to send along (gRPC). */
  readonly statusDetails?: Uint8Array;
}

/**
 * Who asked decides how our own faults look: a sender of spans must see a retryable status (503,
 * Unavailable), a reader sees an internal error (500, Internal).
 */
export type CallerSide = 'ingest' | 'query';

type Code = readonly [httpStatus: number, grpcCode: GrpcStatusCode];

const INGEST_CODES: Readonly<Record<IngestError['code'], Code>> = {
  invalid: [400, GRPC_STATUS.invalidArgument],
  exhausted: [429, GRPC_STATUS.resourceExhausted],
  unavailable: [503, GRPC_STATUS.unavailable],
};

const QUERY_CODES: Readonly<Record<QueryError['code'], Code>> = {
  invalid: [400, GRPC_STATUS.invalidArgument],
  unsupported: [400, GRPC_STATUS.invalidArgument],
  not_found: [404, GRPC_STATUS.notFound],
  unprocessable: [422, GRPC_STATUS.failedPrecondition],
  exhausted: [429, GRPC_STATUS.resourceExhausted],
  failed: [500, GRPC_STATUS.internal],
};

const TENANT_CODES: Readonly<Record<CallerSide, Readonly<Record<TenantError['code'], Code>>>> = {
  // A sender that lost its tenant header behind a broken proxy must not drop its spans.
  ingest: {
    missing: [503, GRPC_STATUS.unavailable],
    invalid: [400, GRPC_STATUS.invalidArgument],
  },
  query: {
    missing: [401, GRPC_STATUS.unauthenticated],
    invalid: [400, GRPC_STATUS.invalidArgument],
  },
};

const OUR_FAULT: Readonly<Record<CallerSide, Code>> = {
  ingest: [503, GRPC_STATUS.unavailable],
  query: [500, GRPC_STATUS.internal],
};

/** The answer to `error` for a caller on this side. */
export function answerToError(error: unknown, side: CallerSide): ErrorAnswer {
  const message = messageOf(error);
  const answer = (code: Code, text = message): ErrorAnswer => ({
    httpStatus: code[0],
    grpcCode: code[1],
    message: text.toWellFormed(),
  });
  if (error instanceof IngestError) {
    const { retryAfterMs } = error;
    const base = answer(INGEST_CODES[error.code]);
    return retryAfterMs === undefined ? base : { ...base, retryAfterMs };
  }
  if (error instanceof QueryError) return answer(QUERY_CODES[error.code]);
  if (error instanceof TenantError) return answer(TENANT_CODES[side][error.code]);
  if (error instanceof HttpError) return answer([error.status, grpcCodeOfHttp(error.status)]);
  if (error instanceof GrpcError) {
    const base = answer([httpStatusOfGrpc(error.code), error.code]);
    return error.statusDetails ? { ...base, statusDetails: error.statusDetails } : base;
  }
  const name = nameOf(error);
  if (name === 'AbortError') return answer([499, GRPC_STATUS.cancelled], 'context canceled');
  if (name === 'TimeoutError')
    return answer([504, GRPC_STATUS.deadlineExceeded], 'context deadline exceeded');
  const status = statusOfHttpLibrary(error);
  if (status !== undefined) return answer([status, grpcCodeOfHttp(status)]);
  return answer(OUR_FAULT[side]);
}

/** True when the client rather than this server is at fault or gone: nothing to log as an error. */
export function isExpectedError(error: unknown): boolean {
  return answerToError(error, 'query').httpStatus < 500;
}

/** The gRPC code that stands for an HTTP status (Tempo's table). */
export function grpcCodeOfHttp(status: number): GrpcStatusCode {
  if (status === 400) return GRPC_STATUS.invalidArgument;
  if (status === 404) return GRPC_STATUS.notFound;
  if (status === 429) return GRPC_STATUS.resourceExhausted;
  if (status === 499) return GRPC_STATUS.cancelled;
  return status >= 500 ? GRPC_STATUS.internal : GRPC_STATUS.unknown;
}

/** The HTTP status that stands for a gRPC code, as the collector's OTLP receiver answers it. */
export function httpStatusOfGrpc(code: GrpcStatusCode): number {
  return HTTP_STATUS_OF_GRPC[code] ?? 500;
}

const HTTP_STATUS_OF_GRPC: Readonly<Partial<Record<GrpcStatusCode, number>>> = {
  [GRPC_STATUS.ok]: 200,
  [GRPC_STATUS.resourceExhausted]: 429,
  [GRPC_STATUS.cancelled]: 503,
  [GRPC_STATUS.deadlineExceeded]: 503,
  [GRPC_STATUS.aborted]: 503,
  [GRPC_STATUS.outOfRange]: 503,
  [GRPC_STATUS.unavailable]: 503,
  [GRPC_STATUS.dataLoss]: 503,
  [GRPC_STATUS.invalidArgument]: 400,
  [GRPC_STATUS.unauthenticated]: 401,
  [GRPC_STATUS.permissionDenied]: 403,
  [GRPC_STATUS.unimplemented]: 404,
};

/** Errors of the HTTP library (a malformed URL, for instance) carry the status they stand for. */
function statusOfHttpLibrary(error: unknown): number | undefined {
  const status = (error as { readonly status?: unknown } | undefined)?.status;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : undefined;
}

/** The text of anything that was thrown. */
export function messageOf(error: unknown): string {
  const message = (error as { readonly message?: unknown } | undefined)?.message;
  return typeof message === 'string' && message !== '' ? message : String(error);
}

function nameOf(error: unknown): unknown {
  return (error as { readonly name?: unknown } | undefined)?.name;
}
