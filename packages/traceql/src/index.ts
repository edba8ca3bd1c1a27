export * from './ast/index.ts';
export { parseIdentifier, parseQuery, checkQuerySize } from './parse-query.ts';
export { parseSyntax } from './parser.ts';
export { validate } from './validate.ts';
export { TraceQlError, type TraceQlErrorCode } from './traceql-error.ts';
export { MAX_EXPRESSION_DEPTH, MAX_QUERY_BYTES } from './limits.ts';
export {
  printAggregate,
  printExpression,
  printField,
  printFilter,
  printFloat,
  printGroup,
  printMetricsStage,
  printPipeline,
  printQuery,
  printScalar,
  printSpanset,
  printStage,
  printStatic,
} from './print.ts';
export { formatDurationNanos, parseDurationLiteral } from './duration-literal.ts';
export { compilePattern, type Pattern } from './pattern.ts';
export { applyBinary, applyUnary, compareStrings, numberOf } from './static-operations.ts';
export {
  elementType,
  isNumeric,
  operatorAllowed,
  referencesSpan,
  typeOf,
  typeOfAggregate,
  typeOfIntrinsic,
  typesMatch,
  type ExpressionType,
} from './expression-type.ts';
export { operatorClass, type OperatorClass } from './operators.ts';
