export * from './static.ts';
export * from './field-expression.ts';
export * from './pipeline.ts';
export * from './metrics.ts';
export * from './query.ts';
