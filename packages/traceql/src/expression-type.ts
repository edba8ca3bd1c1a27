/** Static types of expressions, and which of them go together (SPEC T1 to T4). */
import type { BinaryOperator, FieldExpression, IntrinsicName } from './ast/field-expression.ts';
import type { Aggregate } from './ast/pipeline.ts';
import type { StaticType } from './ast/static.ts';
import { operatorClass, type OperatorClass } from './operators.ts';

/** A type as far as the text of the query tells: `attribute` is known at run time only. */
export type ExpressionType = StaticType | 'attribute';

/**
 * The type of each intrinsic. Those of the instrumentation scope are checked at run time, as Tempo
 * does; `parent` has no type since it is refused.
 */
const INTRINSIC_TYPES: Readonly<Record<IntrinsicName, ExpressionType>> = {
  duration: 'duration',
  name: 'string',
  status: 'status',
  statusMessage: 'string',
  kind: 'kind',
  'span:id': 'string',
  'span:parentID': 'string',
  'span:childCount': 'int',
  'trace:id': 'string',
  traceDuration: 'duration',
  rootName: 'string',
  rootServiceName: 'string',
  'event:name': 'string',
  'event:timeSinceStart': 'duration',
  'link:traceID': 'string',
  'link:spanID': 'string',
  'instrumentation:name': 'attribute',
  'instrumentation:version': 'attribute',
  nestedSetLeft: 'int',
  nestedSetRight: 'int',
  nestedSetParent: 'int',
  parent: 'attribute',
};

/** The type of an intrinsic. */
export function typeOfIntrinsic(name: IntrinsicName): ExpressionType {
  return INTRINSIC_TYPES[name];
}

/** The type of `expression`, provided that it is valid. */
export function typeOf(expression: FieldExpression): ExpressionType {
  switch (expression.kind) {
    case 'literal':
      return expression.value.type;
    case 'attribute':
      return 'attribute';
    case 'intrinsic':
      return typeOfIntrinsic(expression.name);
    case 'existence':
      return 'bool';
    case 'unary':
      return typeOf(expression.operand);
    case 'binary': {
      if (operatorClass(expression.operator) !== 'arithmetic') return 'bool';
      const left = typeOf(expression.left);
      return left === 'attribute' ? typeOf(expression.right) : left;
    }
  }
}

/** The type of an aggregate's value. */
export function typeOfAggregate(aggregate: Aggregate): ExpressionType {
  return aggregate.operand === undefined ? 'int' : typeOf(aggregate.operand);
}

/** int, float and duration: they compare and compute with each other. */
export function isNumeric(type: ExpressionType): boolean {
  return type === 'int' || type === 'float' || type === 'duration';
}

/** The type of an array's elements; the type itself when it is no array. */
export function elementType(type: ExpressionType): ExpressionType {
  return type.endsWith('[]') ? (type.slice(0, -2) as ExpressionType) : type;
}

/** Whether values of the two types can stand on both sides of an operator. */
export function typesMatch(left: ExpressionType, right: ExpressionType): boolean {
  if (left === 'attribute' || right === 'attribute' || left === right) return true;
  if (left === 'nil' || right === 'nil') return true;
  const [leftElement, rightElement] = [elementType(left), elementType(right)];
  const bothArrays = leftElement !== left && rightElement !== right;
  if (bothArrays) return false;
  return leftElement === rightElement || (isNumeric(leftElement) && isNumeric(rightElement));
}

const ALLOWED: Readonly<Record<OperatorClass, (type: ExpressionType) => boolean>> = {
  equality: () => true,
  order: (type) => isNumeric(type) || type === 'string',
  pattern: (type) => type === 'string',
  arithmetic: isNumeric,
  logical: (type) => type === 'bool',
};

/** Whether `operator` is defined on operands of `type`. */
export function operatorAllowed(operator: BinaryOperator, type: ExpressionType): boolean {
  return type === 'attribute' || ALLOWED[operatorClass(operator)](elementType(type));
}

/** Whether unary `operator` is defined on operands of `type`. */
export function unaryAllowed(operator: '-' | '!', type: ExpressionType): boolean {
  if (type === 'attribute') return true;
  return operator === '-' ? isNumeric(type) : type === 'bool';
}

/** Whether the value of `expression` can differ from span to span. */
export function referencesSpan(expression: FieldExpression): boolean {
  switch (expression.kind) {
    case 'literal':
      return false;
    case 'attribute':
    case 'intrinsic':
      return true;
    case 'existence':
    case 'unary':
      return referencesSpan(expression.operand);
    case 'binary':
      return referencesSpan(expression.left) || referencesSpan(expression.right);
  }
}
