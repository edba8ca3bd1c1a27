export * from './describe-span-batch.ts';
export * from './span-batch-of.ts';
export { plainAssemblyOf } from './plain-assembly.ts';
export { plainPieceOf } from './plain-oracle.ts';
export { layoutErrorsOf } from './layout-errors.ts';
