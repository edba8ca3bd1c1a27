export type { ServiceModule, ServiceState } from './service-module.ts';
export {
  DEFAULT_HTTP_SERVER_LIMITS,
  HttpServer,
  Router,
  sendText,
  type HttpServerLimits,
  type HttpServerOptions,
  type NextFunction,
  type Request,
  type RequestHandler,
  type Response,
} from './http-server.ts';
export { requestLogSettings, type RequestLogSettings } from './request-log.ts';
export { requestSignal } from './request-signal.ts';
export { gzipResponses } from './gzip-responses.ts';
export {
  DEFAULT_GRPC_SERVER_LIMITS,
  GrpcServer,
  type GrpcServerLimits,
  type GrpcServerOptions,
} from './grpc-server.ts';
export type { DecompressMessage, MessageEncodings } from './grpc-message-encodings.ts';
export {
  grpcService,
  type GrpcCallContext,
  type GrpcService,
  type MethodHandler,
  type RawUnaryMethod,
  type ServiceImplementation,
} from './grpc-service.ts';
export {
  GRPC_METHOD_LABEL,
  NO_REQUEST_METRICS,
  REQUEST_DURATION_BUCKETS,
  RequestMetrics,
  type RequestObserver,
} from './request-metrics.ts';
export { RouteTable, routeLabel, type RouteTemplate } from './route-table.ts';
export { parseEndpoint, type BoundAddress, type ListenAddress } from './listen-address.ts';
export {
  checkTlsSettings,
  type ClientAuthType,
  type TlsSettings,
  type TlsVersion,
} from './tls-settings.ts';
export { readKeyPair, readPem, type PemSource, type ReadFileBytes } from './read-tls.ts';
export {
  createTenantResolver,
  TENANT_HEADER,
  TenantError,
  validTenant,
  type TenantResolver,
  type TenantResolverOptions,
} from './tenant.ts';
export {
  answerToError,
  grpcCodeOfHttp,
  httpStatusOfGrpc,
  isExpectedError,
  type CallerSide,
  type ErrorAnswer,
} from './error-mapping.ts';
export { GRPC_STATUS, GrpcError, HttpError, ListenError, type GrpcStatusCode } from './errors.ts';
export { ShutdownRequest } from './shutdown.ts';
export { TempoProcess, type ListenerSettings, type TempoProcessOptions } from './tempo-process.ts';
export { nodeProcessHost, runService, type ProcessHost } from './run-service.ts';
export {
  addHealthPages,
  addStatusPages,
  type ConfigView,
  type StatusContents,
  type StatusPagesOptions,
} from './status-pages.ts';
export type { OverridesStatus, OverridesTenant, TenantOverrides } from './overrides-pages.ts';
