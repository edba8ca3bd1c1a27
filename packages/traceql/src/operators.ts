/** The operators of expressions: how tightly they bind, and on which types they are defined. */
import type {
  BinaryOperator,
  ComparisonOperator,
  LogicalOperator,
} from './ast/field-expression.ts';
import type { SpansetOperator, StructuralOperator } from './ast/pipeline.ts';

/** Binding strength of binary operators (SPEC G2); higher binds tighter. `&&` and `||` are equal. */
export const BINARY_LEVEL: ReadonlyMap<string, number> = new Map<BinaryOperator, number>([
  ['&&', 1],
  ['||', 1],
  ['=', 2],
  ['!=', 2],
  ['<', 2],
  ['<=', 2],
  ['>', 2],
  ['>=', 2],
  ['=~', 2],
  ['!~', 2],
  ['+', 3],
  ['-', 3],
  ['*', 5],
  ['/', 5],
  ['%', 5],
  ['^', 6],
]);
/** The operand of unary minus takes in what binds tighter than addition. */
export const MINUS_OPERAND_LEVEL = 4;
/** The operand of `!` takes in products and powers. */
export const NOT_OPERAND_LEVEL = 5;
export const COMPARISON_LEVEL = 2;
/** The only operator that groups to the right. */
export const POWER = '^';

export const COMPARISON_OPERATORS: ReadonlySet<string> = new Set<ComparisonOperator>([
  '=',
  '!=',
  '<',
  '<=',
  '>',
  '>=',
  '=~',
  '!~',
]);
/** Those that compare numbers: of scalar filters and metrics filters. */
export const NUMBER_COMPARISONS: readonly ComparisonOperator[] = ['=', '!=', '<', '<=', '>', '>='];
export const LOGICAL_OPERATORS: ReadonlySet<string> = new Set<LogicalOperator>(['&&', '||']);
export const PATTERN_OPERATORS: ReadonlySet<string> = new Set(['=~', '!~']);
const ORDER_OPERATORS: ReadonlySet<string> = new Set(['<', '<=', '>', '>=']);
const EQUALITY_OPERATORS: ReadonlySet<string> = new Set(['=', '!=']);

const STRUCTURAL: readonly StructuralOperator[] = [
  '>',
  '>>',
  '<',
  '<<',
  '~',
  '!>',
  '!>>',
  '!<',
  '!<<',
  '!~',
  '&>',
  '&>>',
  '&<',
  '&<<',
  '&~',
];
/** Binding strength of the operators between spansets. */
export const SPANSET_LEVEL: ReadonlyMap<string, number> = new Map<SpansetOperator, number>([
  ['&&', 1],
  ['||', 1],
  ...STRUCTURAL.map((operator) => [operator, 2] as const),
]);

/** What an operator asks of its operands. */
export type OperatorClass = 'equality' | 'order' | 'pattern' | 'arithmetic' | 'logical';

/** The class of a binary operator. */
export function operatorClass(operator: BinaryOperator): OperatorClass {
  if (EQUALITY_OPERATORS.has(operator)) return 'equality';
  if (ORDER_OPERATORS.has(operator)) return 'order';
  if (PATTERN_OPERATORS.has(operator)) return 'pattern';
  return LOGICAL_OPERATORS.has(operator) ? 'logical' : 'arithmetic';
}
