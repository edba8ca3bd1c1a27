export type { ServiceModule, ServiceState } from './service-module.ts';
export type { Router } from './http-server.ts';
export type { ServiceImplementation } from './grpc-server.ts';
