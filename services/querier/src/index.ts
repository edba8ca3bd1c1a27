export { createQuerier, type CreateQuerierOptions, type QuerierModule } from './module.ts';
export type { QuerierConfig, QuerierOverrides } from './config.ts';
