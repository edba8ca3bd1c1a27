/** Pipelines: from all spans of a trace, stage by stage, to spansets. */
import type {
  ComparisonOperator,
  ArithmeticOperator,
  Field,
  FieldExpression,
} from './field-expression.ts';
import type { Static } from './static.ts';

/** `{ expression }`; without an expression it keeps every span. */
export interface SpansetFilter {
  readonly kind: 'spanset-filter';
  /** `{ }` has the literal true. */
  readonly expression: FieldExpression;
}

/** Negated forms start with `!`, forms that return both sides with `&`. */
export type StructuralOperator =
  | '>'
  | '>>'
  | '<'
  | '<<'
  | '~'
  | '!>'
  | '!>>'
  | '!<'
  | '!<<'
  | '!~'
  | '&>'
  | '&>>'
  | '&<'
  | '&<<'
  | '&~';
export type SpansetOperator = '&&' | '||' | StructuralOperator;

export interface SpansetOperation {
  readonly kind: 'spanset-operation';
  readonly operator: SpansetOperator;
  readonly left: SpansetExpression;
  readonly right: SpansetExpression;
}

/** A pipeline as an operand is a parenthesised one: `({a} | count() > 1) && ({b})`. */
export type SpansetExpression = SpansetFilter | SpansetOperation | Pipeline;

export type AggregateOperator = 'count' | 'max' | 'min' | 'avg' | 'sum';

export interface Aggregate {
  readonly kind: 'aggregate';
  readonly operator: AggregateOperator;
  /** Absent for count. */
  readonly operand?: FieldExpression;
}

export interface ScalarOperation {
  readonly kind: 'scalar-operation';
  readonly operator: ArithmeticOperator;
  readonly left: ScalarExpression;
  readonly right: ScalarExpression;
}

/** A pipeline as an operand ends in an aggregate: `({a} | count()) > 1`; not supported by Tempo. */
export type ScalarExpression =
  | Aggregate
  | ScalarOperation
  | { readonly kind: 'scalar-literal'; readonly value: Static }
  | {
      readonly kind: 'scalar-pipeline';
      readonly pipeline: Pipeline;
      readonly aggregate: Aggregate;
    };

export interface ScalarFilter {
  readonly kind: 'scalar-filter';
  readonly operator: ComparisonOperator;
  readonly left: ScalarExpression;
  readonly right: ScalarExpression;
}

/** `by(expression)`. */
export interface GroupOperation {
  readonly kind: 'group';
  readonly expression: FieldExpression;
}

export interface CoalesceOperation {
  readonly kind: 'coalesce';
}

export interface SelectOperation {
  readonly kind: 'select';
  readonly fields: readonly Field[];
}

export type PipelineStage =
  SpansetExpression | ScalarFilter | GroupOperation | CoalesceOperation | SelectOperation;

export interface Pipeline {
  readonly kind: 'pipeline';
  readonly stages: readonly PipelineStage[];
}
