/**
 * A component as the process sees it. A process is a list of modules: `runService` starts them in
 * order, serves their routes, and stops them in reverse.
 */
import type { DescService } from '@bufbuild/protobuf';
import type { ServiceImplementation } from './grpc-server.ts';
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
  /** Adds HTTP routes; called once before the HTTP server listens. */
  routes?(router: Router): void;
  /** gRPC services; called once before the gRPC server listens. */
  grpcServices?(): readonly { service: DescService; implementation: ServiceImplementation }[];
  /** Undefined when it can serve, else the reason as /ready prints it: `Ingester not ready: …`. */
  notReadyReason?(): string | undefined;
}
