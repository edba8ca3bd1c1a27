/**
 * A component as the process sees it. A process is a list of modules: `runService` starts them in
 * order, serves their routes, and stops them in reverse.
 */
import type { GrpcService, RawUnaryMethod } from './grpc-service.ts';
import type { Router } from './http-server.ts';

/** `starting` until start() resolves, `running` until stop() is called or the module fails. */
export type ServiceState = 'new' | 'starting' | 'running' | 'stopping' | 'terminated' | 'failed';

export interface ServiceModule {
  /** Tempo's name of the component: `distributor`, `ingester`, `query-frontend` … */
  readonly name: string;
  /** Starts the component; modules started later may use it. Rejecting ends the process. */
  start(): Promise<void>;
  /** Stops it: finishes what was accepted, keeps what must survive. */
  stop(): Promise<void>;
  /**
   * Adds HTTP routes, with `http_api_prefix` where it belongs; called once before the HTTP server
   * listens. Errors thrown or rejected by a route become an answer (error-mapping.ts).
   */
  routes?(router: Router): void;
  /** gRPC services, made with `grpcService`; called once before the gRPC server listens. */
  grpcServices?(): readonly GrpcService[];
  /** gRPC methods that are answered without decoding the message into objects. */
  rawGrpcMethods?(): readonly RawUnaryMethod[];
  /** Undefined when it can serve, else the reason as /ready prints it: `Ingester not ready: …`. */
  notReadyReason?(): string | undefined;
}
