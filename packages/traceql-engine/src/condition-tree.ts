/**
 * Field expressions, ready to run: what can be tested on columns told apart from what has to be
 * evaluated span by span, and conditions on events and links put together that are about the same
 * event or link (spec §4.3).
 */
import { typeOf, type Field, type FieldExpression } from '@tempo-ts/traceql';
import {
  ANY_VALUE,
  conditionOf,
  IS_TRUE,
  isComparison,
  isField,
  valueTestOf,
  type ValueTest,
} from './condition.ts';
import { laneOfField } from './read-field.ts';
import { isTrue } from './static-values.ts';

/** A boolean expression. Everything that is not the boolean true counts as false. */
export type ConditionNode =
  | { readonly kind: 'constant'; readonly value: boolean }
  /** The field has a value that passes; with `isMissing`, it has no value. */
  | {
      readonly kind: 'test';
      readonly field: Field;
      readonly test: ValueTest;
      readonly isMissing: boolean;
    }
  /** Some one event (or link) passes all of `conditions`. */
  | {
      readonly kind: 'some';
      readonly lane: 'event' | 'link';
      readonly conditions: readonly (TestNode | ValueNode)[];
    }
  | { readonly kind: 'and'; readonly nodes: readonly ConditionNode[] }
  | { readonly kind: 'or'; readonly nodes: readonly ConditionNode[] }
  | { readonly kind: 'not'; readonly node: ConditionNode }
  /** Evaluated span by span. `canFail`: may end the query with an error. */
  | ValueNode;

export type TestNode = Extract<ConditionNode, { kind: 'test' }>;
export interface ValueNode {
  readonly kind: 'value';
  readonly expression: FieldExpression;
  readonly canFail: boolean;
}

/**
 * The tree of `expression`.
 *
 * @throws QueryError for conditions that no span can be tested for.
 */
export function conditionTree(expression: FieldExpression): ConditionNode {
  switch (expression.kind) {
    case 'attribute':
    case 'intrinsic':
      return aboutRows(testNode(expression, IS_TRUE, false));
    case 'existence':
      if (isField(expression.operand))
        return aboutRows(existenceNode(expression.operand, expression.exists));
      return valueNode(expression);
    case 'unary':
      // `!x` of anything but a boolean is an error, so only what is certainly boolean is negated here.
      return expression.operator === '!' && isBoolean(expression.operand)
        ? { kind: 'not', node: conditionTree(expression.operand) }
        : valueNode(expression);
    case 'binary':
      return binaryNode(expression);
    case 'literal':
      return { kind: 'constant', value: isTrue(expression.value) };
  }
}

/** Whether the expression gives a boolean whatever the span. */
export function isBoolean(expression: FieldExpression): boolean {
  switch (expression.kind) {
    case 'literal':
      return expression.value.type === 'bool';
    case 'existence':
      return true;
    case 'unary':
      return expression.operator === '!';
    case 'binary':
      return isComparison(expression.operator) || isLogical(expression.operator);
    default:
      return false;
  }
}

function isLogical(operator: string): boolean {
  return operator === '&&' || operator === '||';
}

type Binary = Extract<FieldExpression, { kind: 'binary' }>;

function binaryNode(expression: Binary): ConditionNode {
  if (expression.operator === '&&') return conjunction(flatten(expression, '&&'));
  if (expression.operator === '||')
    return { kind: 'or', nodes: flatten(expression, '||').map((part) => conditionTree(part)) };
  if (!isComparison(expression.operator)) return valueNode(expression);
  const condition = conditionOf(expression);
  if (condition) return aboutRows(testNode(condition.field, valueTestOf(condition), false));
  const lane = boundLane(expression);
  return lane ? { kind: 'some', lane, conditions: [valueNode(expression)] } : valueNode(expression);
}

/** The operands of a chain of one operator, in order. */
export function flatten(expression: FieldExpression, operator: '&&' | '||'): FieldExpression[] {
  if (expression.kind !== 'binary' || expression.operator !== operator) return [expression];
  return [...flatten(expression.left, operator), ...flatten(expression.right, operator)];
}

/** Conditions on events go together, and those on links, at the place of the first of them. */
function conjunction(parts: readonly FieldExpression[]): ConditionNode {
  const nodes: ConditionNode[] = [];
  for (const node of parts.map((part) => conditionTree(part))) {
    const place = nodes.findIndex(
      (other) => node.kind === 'some' && other.kind === 'some' && other.lane === node.lane,
    );
    const earlier = nodes[place];
    if (node.kind === 'some' && earlier?.kind === 'some')
      nodes[place] = { ...earlier, conditions: [...earlier.conditions, ...node.conditions] };
    else nodes.push(node);
  }
  return nodes.length === 1 ? nodes[0]! : { kind: 'and', nodes };
}

/**
 * The events or links that a comparison is about: those of a field that is one of its operands.
 * Undefined when there is none, and when it compares events with links: then firsts are compared.
 */
export function boundLane(expression: FieldExpression): 'event' | 'link' | undefined {
  if (expression.kind !== 'binary' || !isComparison(expression.operator)) return undefined;
  const lanes = [expression.left, expression.right]
    .filter((operand) => isField(operand))
    .map((field) => laneOfField(field));
  const isAboutEvents = lanes.includes('event');
  const isAboutLinks = lanes.includes('link');
  if (isAboutEvents === isAboutLinks) return undefined;
  return isAboutEvents ? 'event' : 'link';
}

function testNode(field: Field, test: ValueTest, isMissing: boolean): TestNode {
  return { kind: 'test', field, test, isMissing };
}

/** Intrinsics always have a value: on the row they belong to, and a span is a row of its own. */
function existenceNode(field: Field, exists: boolean): TestNode {
  return testNode(field, ANY_VALUE, !exists);
}

function aboutRows(node: TestNode): ConditionNode {
  const lane = laneOfField(node.field);
  return lane === 'event' || lane === 'link' ? { kind: 'some', lane, conditions: [node] } : node;
}

function valueNode(expression: FieldExpression): ValueNode {
  return { kind: 'value', expression, canFail: canFail(expression) };
}

/** Unary operators fail on values of the wrong type, the division of integers on zero. */
export function canFail(expression: FieldExpression): boolean {
  switch (expression.kind) {
    case 'unary':
      return !isBoolean(expression.operand) || canFail(expression.operand);
    case 'existence':
      return canFail(expression.operand);
    case 'binary':
      return mayDivideByZero(expression) || canFail(expression.left) || canFail(expression.right);
    default:
      return false;
  }
}

function mayDivideByZero({ operator, left, right }: Binary): boolean {
  if (operator === '^') return mayBeInt(left) && mayBeInt(right) && right.kind !== 'literal';
  if (operator !== '/' && operator !== '%') return false;
  if (right.kind === 'literal' && right.value.type === 'int') return right.value.value === 0n;
  return mayBeInt(left) && mayBeInt(right);
}

function mayBeInt(expression: FieldExpression): boolean {
  const type = typeOf(expression);
  return type === 'int' || type === 'attribute';
}

/** Whether evaluating the condition may end the query with an error. */
export function conditionCanFail(node: ConditionNode): boolean {
  switch (node.kind) {
    case 'value':
      return node.canFail;
    case 'not':
      return conditionCanFail(node.node);
    case 'and':
    case 'or':
      return node.nodes.some((part) => conditionCanFail(part));
    case 'some':
      return node.conditions.some((part) => conditionCanFail(part));
    default:
      return false;
  }
}
