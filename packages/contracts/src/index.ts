/** Messages and services generated from proto/, by the name of the protocol they belong to. */
export * as common from './gen/opentelemetry/proto/common/v1/common_pb.ts';
export * as resource from './gen/opentelemetry/proto/resource/v1/resource_pb.ts';
export * as trace from './gen/opentelemetry/proto/trace/v1/trace_pb.ts';
export * as traceService from './gen/opentelemetry/proto/collector/trace/v1/trace_service_pb.ts';
export * as tempopb from './gen/tempopb/tempo_pb.ts';
export * as rpc from './gen/google/rpc/status_pb.ts';
export * as health from './gen/grpc/health/v1/health_pb.ts';
export { grpcServiceDefinition, type GrpcMethod } from './grpc-service.ts';
