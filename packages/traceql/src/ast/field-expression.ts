/** Expressions inside `{ }`, aggregates, `by(...)`: evaluated on one span. */
import type { Static } from './static.ts';

/** Where an attribute is looked for. `none` is the unscoped `.x`: span, then resource. */
export type AttributeScope = 'none' | 'resource' | 'span' | 'event' | 'link' | 'instrumentation';

/**
 * What spans know about themselves, by the name that results and messages print (spec §4.2).
 * Bare and scoped spellings (`kind`, `span:kind`) are the same intrinsic.
 */
export type IntrinsicName =
  | 'duration'
  | 'name'
  | 'status'
  | 'statusMessage'
  | 'kind'
  | 'span:id'
  | 'span:parentID'
  | 'span:childCount'
  | 'trace:id'
  | 'traceDuration'
  | 'rootName'
  | 'rootServiceName'
  | 'event:name'
  | 'event:timeSinceStart'
  | 'link:traceID'
  | 'link:spanID'
  | 'instrumentation:name'
  | 'instrumentation:version'
  | 'nestedSetLeft'
  | 'nestedSetRight'
  | 'nestedSetParent'
  /** Parses; validation says that it is not supported. */
  | 'parent';

export interface Literal {
  readonly kind: 'literal';
  readonly value: Static;
}

export interface Attribute {
  readonly kind: 'attribute';
  readonly scope: AttributeScope;
  /** Written with `parent.`: parses; validation says that it is not supported. */
  readonly parent: boolean;
  readonly name: string;
}

export interface Intrinsic {
  readonly kind: 'intrinsic';
  readonly name: IntrinsicName;
}

export type Field = Attribute | Intrinsic;

export type ComparisonOperator = '=' | '!=' | '<' | '<=' | '>' | '>=' | '=~' | '!~';
export type ArithmeticOperator = '+' | '-' | '*' | '/' | '%' | '^';
export type LogicalOperator = '&&' | '||';
export type BinaryOperator = ComparisonOperator | ArithmeticOperator | LogicalOperator;

export interface BinaryOperation {
  readonly kind: 'binary';
  readonly operator: BinaryOperator;
  readonly left: FieldExpression;
  readonly right: FieldExpression;
}

/** `-x` and `!x`. */
export interface UnaryOperation {
  readonly kind: 'unary';
  readonly operator: '-' | '!';
  readonly operand: FieldExpression;
}

/** `x = nil` (`exists` false) and `x != nil` (`exists` true). */
export interface ExistenceTest {
  readonly kind: 'existence';
  readonly exists: boolean;
  readonly operand: FieldExpression;
}

export type FieldExpression =
  Literal | Attribute | Intrinsic | BinaryOperation | UnaryOperation | ExistenceTest;
