/** The oracle's choice of what results show of a span. */
import {
  printField,
  type Field,
  type FieldExpression,
  type Pipeline,
  type SpansetExpression,
  type Static,
} from '@tempo-ts/traceql';
import {
  directCondition,
  elements,
  isField,
  laneOfField,
  passes,
  type Direct,
} from './reference-expression.ts';
import { arrayOf, NIL, read, text, type Place } from './reference-values.ts';

interface Shown {
  readonly field: Field;
  readonly conditions: Direct[];
  always: boolean;
  missing: boolean;
}

export function fieldsOf(pipeline: Pipeline, shown = new Map<string, Shown>()): Shown[] {
  const use = (field: Field) => {
    const key = printField(field);
    if (!shown.has(key)) shown.set(key, { field, conditions: [], always: false, missing: false });
    return shown.get(key)!;
  };
  const walk = (expression: FieldExpression): void => {
    if (isField(expression)) use(expression).always = true;
    else if (expression.kind === 'unary') walk(expression.operand);
    else if (expression.kind === 'existence') {
      if (!expression.exists && isField(expression.operand)) use(expression.operand).missing = true;
      else walk(expression.operand);
    } else if (expression.kind === 'binary') {
      const direct = directCondition(expression);
      if (direct) use(direct.field).conditions.push(direct);
      else [expression.left, expression.right].forEach(walk);
    }
  };
  const walkSet = (expression: SpansetExpression): void => {
    if (expression.kind === 'pipeline') fieldsOf(expression, shown);
    else if (expression.kind === 'spanset-filter') walk(expression.expression);
    else [expression.left, expression.right].forEach(walkSet);
  };
  for (const stage of pipeline.stages) {
    if (stage.kind === 'group') walk(stage.expression);
    else if (stage.kind === 'select') for (const field of stage.fields) use(field).always = true;
    else if (stage.kind === 'scalar-filter') {
      if (stage.left.kind === 'aggregate' && stage.left.operand) walk(stage.left.operand);
    } else if (stage.kind !== 'coalesce') walkSet(stage);
  }
  return [...shown.values()];
}

const HIDDEN = [
  'name',
  'duration',
  'traceDuration',
  'rootName',
  'rootServiceName',
  'trace:id',
  'span:id',
];

export function describeSpan(place: Place, shown: readonly Shown[]) {
  let name = '';
  const attributes: [string, Static][] = [];
  for (const use of shown) {
    const value = shownValue(place, use);
    if (value.type === 'nil') continue;
    if (use.field.kind === 'attribute') attributes.push([use.field.name, value]);
    else if (use.field.name === 'name') name = (value as { value: string }).value;
    else if (!HIDDEN.includes(use.field.name)) attributes.push([use.field.name, value]);
  }
  return { id: place.span.id, name, attributes };
}

function shownValue(place: Place, use: Shown): Static {
  const lane = laneOfField(use.field);
  const rows: Place[] =
    lane === 'event'
      ? place.span.events.map((event) => ({ ...place, event }))
      : lane === 'link'
        ? place.span.links.map((link) => ({ ...place, link }))
        : [place];
  for (const row of rows.toReversed()) {
    const value = read(use.field, row);
    const kept = (part: Static) =>
      use.always || use.conditions.some((direct) => passes(direct, part));
    const part = value.type.endsWith('[]')
      ? arrayOf(elements(value).filter(kept))
      : value.type !== 'nil' && kept(value)
        ? value
        : NIL;
    if (part.type !== 'nil') return part;
  }
  const isMissing = rows.some((row) => read(use.field, row).type === 'nil');
  return use.missing && isMissing ? text('nil') : NIL;
}
