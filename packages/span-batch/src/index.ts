export * from './span-batch.ts';
export * from './dedicated-column.ts';
