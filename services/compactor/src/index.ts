export { createCompactor, type CompactorModule, type CompactorOptions } from './module.ts';
export type { CompactorConfig, CompactorOverrides } from './config.ts';
