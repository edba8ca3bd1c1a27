export * from './describe-span-batch.ts';
export * from './span-batch-of.ts';
