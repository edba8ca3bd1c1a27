/** The oracle's evaluation of field expressions: on one span, perhaps for one of its events or links. */
import { QueryError } from '@tempo-ts/ports';
import {
  applyBinary,
  applyUnary,
  compilePattern,
  type ComparisonOperator,
  type Field,
  type FieldExpression,
  type Static,
} from '@tempo-ts/traceql';
import {
  bool,
  isNumber,
  isTrue,
  NIL,
  read,
  text,
  unpadded,
  type Place,
} from './reference-values.ts';

export function evaluate(expression: FieldExpression, place: Place): Static {
  switch (expression.kind) {
    case 'literal':
      return expression.value;
    case 'attribute':
    case 'intrinsic':
      return read(expression, place);
    case 'existence':
      return bool(holds([expression], place));
    case 'unary': {
      const value = evaluate(expression.operand, place);
      if (value.type === 'nil' || (expression.operator === '-' && value.type === 'bool'))
        return bool(false);
      const result = applyUnary(expression.operator, value);
      if (!result) throw new QueryError('failed', 'wrong type');
      return result;
    }
    case 'binary':
      switch (expression.operator) {
        case '&&':
          return bool(holds(chain(expression, '&&'), place));
        case '||':
          return bool(chain(expression, '||').some((part) => holds([part], place)));
        case '+':
        case '-':
        case '*':
        case '/':
        case '%':
        case '^': {
          const [left, right] = [
            evaluate(expression.left, place),
            evaluate(expression.right, place),
          ];
          if (!isNumber(left) || !isNumber(right)) return bool(false);
          const result = applyBinary(expression.operator, left, right);
          if (!result) throw new QueryError('failed', 'division by zero');
          return result;
        }
        default:
          return bool(holds([expression], place));
      }
  }
}

function chain(expression: FieldExpression, operator: string): FieldExpression[] {
  return expression.kind === 'binary' && expression.operator === operator
    ? [...chain(expression.left, operator), ...chain(expression.right, operator)]
    : [expression];
}

/** Left to right; conditions on events together, for one event, at the place of the first; so links. */
function holds(parts: readonly FieldExpression[], place: Place): boolean {
  const done = new Set<FieldExpression>();
  for (const part of parts) {
    if (done.has(part)) continue;
    const lane = laneOf(part);
    const together = lane ? parts.filter((other) => laneOf(other) === lane) : [part];
    for (const other of together) done.add(other);
    if (!lane) {
      if (!isTrue(atom(part, place))) return false;
      continue;
    }
    const rows: Place[] =
      lane === 'event'
        ? place.event
          ? [place]
          : place.span.events.map((event) => ({ ...place, event }))
        : place.link
          ? [place]
          : place.span.links.map((link) => ({ ...place, link }));
    if (!rows.some((row) => together.every((other) => isTrue(atom(other, row))))) return false;
  }
  return true;
}

export const isField = (expression: FieldExpression): expression is Field =>
  expression.kind === 'attribute' || expression.kind === 'intrinsic';
export const laneOfField = (field: FieldExpression): 'event' | 'link' | undefined => {
  const scope =
    field.kind === 'attribute'
      ? field.scope
      : field.kind === 'intrinsic'
        ? field.name.split(':')[0]
        : '';
  return scope === 'event' || scope === 'link' ? scope : undefined;
};
const isComparison = (operator: string) => /^(=|!=|<|<=|>|>=|=~|!~)$/.test(operator);

function laneOf(part: FieldExpression): 'event' | 'link' | undefined {
  if (isField(part)) return laneOfField(part);
  if (part.kind === 'existence') return laneOfField(part.operand);
  if (part.kind !== 'binary' || !isComparison(part.operator)) return undefined;
  const [left, right] = [laneOfField(part.left), laneOfField(part.right)];
  return left && right && left !== right ? undefined : (left ?? right);
}

/** Comparisons and existence on the place as it is; everything else as `evaluate` says. */
function atom(part: FieldExpression, place: Place): Static {
  if (part.kind === 'existence')
    return bool((evaluate(part.operand, place).type !== 'nil') === part.exists);
  if (part.kind !== 'binary' || !isComparison(part.operator)) return evaluate(part, place);
  const operator = part.operator as ComparisonOperator;
  const condition = directCondition(part);
  if (condition) return bool(passes(condition, read(condition.field, place)));
  return bool(compare(operator, evaluate(part.left, place), evaluate(part.right, place)));
}

export interface Direct {
  readonly field: Field;
  readonly operator: ComparisonOperator;
  readonly literal: Static;
}
const FLIP: Readonly<Record<string, ComparisonOperator>> = {
  '<': '>',
  '<=': '>=',
  '>': '<',
  '>=': '<=',
};

export function directCondition(part: FieldExpression): Direct | undefined {
  if (part.kind !== 'binary' || !isComparison(part.operator)) return undefined;
  const operator = part.operator as ComparisonOperator;
  if (isField(part.left) && part.right.kind === 'literal')
    return { field: part.left, operator, literal: part.right.value };
  if (isField(part.right) && part.left.kind === 'literal')
    return { field: part.right, operator: FLIP[operator] ?? operator, literal: part.left.value };
  return undefined;
}

/** Attributes are met by literals of their own type alone. */
export function passes({ field, operator, literal }: Direct, value: Static): boolean {
  if (value.type.endsWith('[]')) {
    const parts = elements(value).map((part) => passes({ field, operator, literal }, part));
    return operator.startsWith('!') ? parts.every(Boolean) : parts.some(Boolean);
  }
  const isNumeric = field.kind === 'intrinsic' && isNumber(value) && isNumber(literal);
  if (value.type !== literal.type && !isNumeric) return false;
  const isTraceId = field.kind === 'intrinsic' && /^(trace:id|link:traceID)$/.test(field.name);
  const other =
    isTraceId && literal.type === 'string' && !operator.endsWith('~')
      ? text(unpadded(literal.value))
      : literal;
  if (operator === '=~' || operator === '!~')
    return (
      value.type === 'string' &&
      other.type === 'string' &&
      compilePattern(other.value)!.matches(value.value) === (operator === '=~')
    );
  return compare(operator, value, other);
}

export function elements(array: Static): Static[] {
  return (array as unknown as { value: readonly unknown[] }).value.map(
    (value) => ({ type: array.type.slice(0, -2), value }) as Static,
  );
}

export function compare(operator: ComparisonOperator, left: Static, right: Static): boolean {
  const isEvery = operator.startsWith('!');
  const over = (array: Static, test: (part: Static) => boolean) =>
    isEvery ? elements(array).every(test) : elements(array).some(test);
  if (left.type.endsWith('[]'))
    return !right.type.endsWith('[]') && over(left, (part) => compare(operator, part, right));
  if (right.type.endsWith('[]')) return over(right, (part) => compare(operator, left, part));
  return isTrue(applyBinary(operator, left, right) ?? NIL);
}
