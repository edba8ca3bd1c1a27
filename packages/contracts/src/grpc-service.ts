/** Turns a generated service descriptor into the definition that a gRPC server or client takes. */
import { fromBinary, toBinary, type DescMethod, type DescService } from '@bufbuild/protobuf';

/** One method as grpc-js wants it; requests and responses are generated messages. */
export interface GrpcMethod {
  readonly path: string;
  readonly requestStream: boolean;
  readonly responseStream: boolean;
  readonly requestSerialize: (message: never) => Buffer;
  readonly requestDeserialize: (bytes: Buffer) => unknown;
  readonly responseSerialize: (message: never) => Buffer;
  readonly responseDeserialize: (bytes: Buffer) => unknown;
}

/**
 * The definition of `service`, keyed by method name with a lower-case first letter
 * (grpc-js finds handlers under that name as well as under the original one).
 */
export function grpcServiceDefinition(service: DescService): Record<string, GrpcMethod> {
  return Object.fromEntries(
    service.methods.map((method) => [method.localName, grpcMethod(service, method)]),
  );
}

function grpcMethod(service: DescService, method: DescMethod): GrpcMethod {
  const { input, output } = method;
  return {
    path: `/${service.typeName}/${method.name}`,
    requestStream:
      method.methodKind === 'client_streaming' || method.methodKind === 'bidi_streaming',
    responseStream:
      method.methodKind === 'server_streaming' || method.methodKind === 'bidi_streaming',
    requestSerialize: (message) => Buffer.from(toBinary(input, message)),
    requestDeserialize: (bytes) => fromBinary(input, bytes),
    responseSerialize: (message) => Buffer.from(toBinary(output, message)),
    responseDeserialize: (bytes) => fromBinary(output, bytes),
  };
}
