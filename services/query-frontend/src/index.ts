export { createQueryFrontend, type QueryFrontendOptions } from './module.ts';
export type { QueryFrontendConfig, QueryLimits, QueryOverrides } from './config.ts';
