export * from './ast/index.ts';
