/**
 * gRPC services as components write them: one asynchronous function per method, typed by the
 * generated descriptor.
 */
import type { DescMethod, DescService, MessageShape } from '@bufbuild/protobuf';

/** What a method knows about the call it answers. */
export interface GrpcCallContext {
  /** `/package.Service/Method`. */
  readonly path: string;
  /** The value of a metadata key (lower case), values of a repeated key joined by `,`. */
  metadata(key: string): string | undefined;
  /** The value of `x-scope-orgid`, as {@link TenantResolver} takes it. */
  readonly tenantHeader: string | undefined;
  /** Aborted when the client cancels, its connection ends, or the deadline passes. */
  readonly signal: AbortSignal;
  /** When the client stops waiting, in milliseconds since 1970; undefined without a deadline. */
  readonly deadlineUnixMs: number | undefined;
  /** Address and port of the client, for logs. */
  readonly peer: string;
}

type Input<M> = M extends { readonly input: infer I extends DescMethod['input'] }
  ? MessageShape<I>
  : never;
type Output<M> = M extends { readonly output: infer O extends DescMethod['output'] }
  ? MessageShape<O>
  : never;
type Kind<M> = M extends { readonly methodKind: infer K } ? K : never;

/**
 * The function that answers one method. Rejections become statuses through the error table
 * (error-mapping.ts); throw GrpcError to choose the status. Streams are read and written as fast as
 * the other side takes them.
 */
export type MethodHandler<M> =
  Kind<M> extends 'unary'
    ? (request: Input<M>, context: GrpcCallContext) => Promise<Output<M>>
    : Kind<M> extends 'server_streaming'
      ? (request: Input<M>, context: GrpcCallContext) => AsyncIterable<Output<M>>
      : Kind<M> extends 'client_streaming'
        ? (requests: AsyncIterable<Input<M>>, context: GrpcCallContext) => Promise<Output<M>>
        : (requests: AsyncIterable<Input<M>>, context: GrpcCallContext) => AsyncIterable<Output<M>>;

/** All methods of a service, by name with a lower-case first letter. */
export type ServiceImplementation<S extends DescService = DescService> = {
  readonly [K in keyof S['method']]: MethodHandler<S['method'][K]>;
};

/** A service and what answers it. Make it with {@link grpcService}, which checks the types. */
export interface GrpcService {
  readonly service: DescService;
  readonly implementation: Readonly<Record<string, AnyHandler>>;
}

/** A handler whose message types were checked by {@link grpcService} and are no longer known. */
export type AnyHandler = (
  request: never,
  context: GrpcCallContext,
) => Promise<unknown> | AsyncIterable<unknown>;

/** `service`, answered by `implementation`; every method must be there. */
export function grpcService<S extends DescService>(
  service: S,
  implementation: ServiceImplementation<S>,
): GrpcService {
  return {
    service,
    implementation: implementation as GrpcService['implementation'],
  };
}

/** A unary method whose request and response stay bytes: nothing is decoded into objects. */
export interface RawUnaryMethod {
  /** `/package.Service/Method`. */
  readonly path: string;
  /**
   * Answers a call. `request` is not reused by the server: the handler may keep slices of it.
   * The response is a serialized message.
   */
  readonly handle: (request: Uint8Array, context: GrpcCallContext) => Promise<Uint8Array>;
}
