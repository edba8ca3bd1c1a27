/** Errors that carry the answer: what a route or a method throws to choose its status itself. */

/** Ends an HTTP request with this status and text. */
export class HttpError extends Error {
  override readonly name = 'HttpError';
  readonly status: number;

  constructor(status: number, message: string, options: { readonly cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.status = status;
  }
}

/** The gRPC status codes by name (https://grpc.io/docs/guides/status-codes). */
export const GRPC_STATUS = {
  ok: 0,
  cancelled: 1,
  unknown: 2,
  invalidArgument: 3,
  deadlineExceeded: 4,
  notFound: 5,
  alreadyExists: 6,
  permissionDenied: 7,
  resourceExhausted: 8,
  failedPrecondition: 9,
  aborted: 10,
  outOfRange: 11,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  dataLoss: 15,
  unauthenticated: 16,
} as const;

export type GrpcStatusCode = (typeof GRPC_STATUS)[keyof typeof GRPC_STATUS];

/** The name of a code as Go prints it: `OK`, `Canceled`, `InvalidArgument`. */
export function grpcCodeName(code: GrpcStatusCode): string {
  if (code === GRPC_STATUS.ok) return 'OK';
  if (code === GRPC_STATUS.cancelled) return 'Canceled';
  const name = Object.entries(GRPC_STATUS).find(([, value]) => value === code)?.[0] ?? 'unknown';
  return name[0]!.toUpperCase() + name.slice(1);
}

/** Ends a gRPC call with this status. */
export class GrpcError extends Error {
  override readonly name = 'GrpcError';
  readonly code: GrpcStatusCode;
  /** A serialized google.rpc.Status, sent as `grpc-status-details-bin`. */
  readonly statusDetails: Uint8Array | undefined;

  constructor(
    code: GrpcStatusCode,
    message: string,
    options: { readonly statusDetails?: Uint8Array; readonly cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.statusDetails = options.statusDetails;
  }
}

/** A port that could not be listened on; names the address and the configuration key. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
}
