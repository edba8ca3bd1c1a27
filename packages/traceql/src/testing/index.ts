/** Generators of queries for property tests, here and in the engine. */
export {
  arbitraryFieldExpression,
  arbitraryField,
  arbitraryLiteral,
} from './arbitrary-expression.ts';
export { arbitraryQuery, arbitraryPipeline } from './arbitrary-query.ts';
