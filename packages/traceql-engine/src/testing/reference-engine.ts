/**
 * The oracle: TraceQL searches in the plainest way there is, trace by trace, span by span, on decoded
 * values. Slow on purpose; it shares no code with the engine beyond what operators do to two scalars.
 */
import { QueryError } from '@tempo-ts/ports';
import type { PlainSpan, PlainTrace } from '@tempo-ts/span-batch/testing';
import {
  printAggregate,
  printGroup,
  type Aggregate,
  type ComparisonOperator,
  type FieldExpression,
  type Pipeline,
  type Query,
  type SpansetExpression,
  type Static,
  type StaticType,
} from '@tempo-ts/traceql';
import { compare, evaluate } from './reference-expression.ts';
import { describeSpan, fieldsOf } from './reference-shown.ts';
import {
  duration,
  int,
  isNumber,
  isTrue,
  placesOf,
  text,
  unpadded,
  type Place,
} from './reference-values.ts';

interface SpansOfTrace {
  readonly spans: readonly Place[];
  readonly attributes: readonly (readonly [string, Static])[];
}
type SpansetResult = {
  readonly matched: number;
  readonly attributes: readonly (readonly [string, Static])[];
  readonly spans: readonly {
    readonly id: string;
    readonly name: string;
    readonly attributes: readonly (readonly [string, Static])[];
  }[];
};
export interface ReferenceTrace {
  readonly traceId: string;
  readonly spanSets: readonly SpansetResult[];
}

/** The matching traces, newest first, then by id, at most `limit`; all spans of each spanset. */
export function referenceSearch(
  traces: readonly PlainTrace[],
  query: Query,
  limit: number,
): ReferenceTrace[] {
  const shown = fieldsOf(query.pipeline);
  const found = traces.flatMap((trace) => {
    const sets = runPipeline(query.pipeline, [{ spans: placesOf(trace), attributes: [] }]);
    return sets.length > 0 ? [{ trace, sets: inOrderOfStart(sets) }] : [];
  });
  found.sort((a, b) =>
    a.trace.startUnixNanos === b.trace.startUnixNanos
      ? a.trace.id < b.trace.id
        ? -1
        : 1
      : a.trace.startUnixNanos > b.trace.startUnixNanos
        ? -1
        : 1,
  );
  return found.slice(0, limit).map(({ trace, sets }) => ({
    traceId: unpadded(trace.id),
    spanSets: sets.map(({ spans, attributes }) => ({
      matched: spans.length,
      attributes,
      spans: spans.map((place) => describeSpan(place, shown)),
    })),
  }));
}

function byStart({ span: a }: Place, { span: b }: Place): number {
  if (a.startUnixNanos !== b.startUnixNanos) return a.startUnixNanos < b.startUnixNanos ? -1 : 1;
  return Buffer.compare(Buffer.from(a.id, 'hex'), Buffer.from(b.id, 'hex'));
}

/** Spans by start and id, sets by their first span. */
function inOrderOfStart(sets: readonly SpansOfTrace[]): SpansOfTrace[] {
  return sets
    .map((set) => ({ ...set, spans: set.spans.toSorted(byStart) }))
    .toSorted((a, b) => byStart(a.spans[0]!, b.spans[0]!));
}

function runPipeline(pipeline: Pipeline, start: readonly SpansOfTrace[]): readonly SpansOfTrace[] {
  let sets = start;
  for (const stage of pipeline.stages) {
    if (stage.kind === 'coalesce')
      sets = [{ spans: inOrder(sets.flatMap((set) => set.spans)), attributes: [] }];
    else if (stage.kind === 'group') sets = sets.flatMap((set) => group(set, stage.expression));
    else if (stage.kind === 'scalar-filter')
      sets = sets.flatMap((set) =>
        scalarFilter(
          set,
          stage.left as Aggregate,
          stage.operator,
          (stage.right as { value: Static }).value,
        ),
      );
    else if (stage.kind === 'pipeline') sets = runPipeline(stage, sets);
    else if (stage.kind !== 'select')
      sets = sets.map((set) => ({ ...set, spans: inOrder(evaluateSet(stage, set)) }));
    sets = sets.filter((set) => set.spans.length > 0);
  }
  return sets;
}

function inOrder(places: readonly Place[]): readonly Place[] {
  const wanted = new Set(places.map((place) => place.span));
  const all = places.length > 0 ? placesOf(places[0]!.trace) : [];
  return all.filter((place) => wanted.has(place.span));
}

function group(set: SpansOfTrace, expression: FieldExpression): SpansOfTrace[] {
  const groups = new Map<string, { value: Static; spans: Place[] }>();
  for (const place of set.spans) {
    const value = evaluate(expression, place);
    const key = JSON.stringify(value, (_, part: unknown) =>
      typeof part === 'bigint' || typeof part === 'number' ? `n${part}` : part,
    );
    if (!groups.has(key)) groups.set(key, { value, spans: [] });
    groups.get(key)!.spans.push(place);
  }
  return [...groups.values()].map(({ value, spans }) => ({
    spans,
    attributes: [
      ...set.attributes,
      [printGroup(expression), value.type === 'nil' ? text('nil') : value],
    ],
  }));
}

function scalarFilter(
  set: SpansOfTrace,
  aggregate: Aggregate,
  operator: ComparisonOperator,
  literal: Static,
): SpansOfTrace[] {
  const value = aggregateOf(aggregate, set.spans);
  if (!value || !compare(operator, value, literal)) return [];
  return [
    { spans: set.spans, attributes: [...set.attributes, [printAggregate(aggregate), value]] },
  ];
}

const RANK = [
  'int',
  'float',
  'string',
  'bool',
  'int[]',
  'float[]',
  'string[]',
  'bool[]',
  'duration',
  'status',
  'kind',
];

const rank = (value: Static) => RANK.indexOf(value.type);

function aggregateOf(
  { operator, operand }: Aggregate,
  spans: readonly Place[],
): Static | undefined {
  if (operator === 'count') return int(spans.length);
  const isArithmetic =
    (operand!.kind === 'binary' && '+-*/%^'.includes(operand!.operator)) ||
    (operand!.kind === 'unary' && operand!.operator === '-');
  const values = spans
    .map((place) => evaluate(operand!, place))
    .filter((value) => value.type !== 'nil' && (!isArithmetic || isNumber(value)));
  const first = values[0];
  if (!first) return undefined;
  if (operator === 'min' || operator === 'max') {
    const isBelow = (a: Static, b: Static) =>
      isNumber(a) && isNumber(b)
        ? a.value < b.value || (!(a.value > b.value) && rank(a) < rank(b))
        : a.type === 'string' && b.type === 'string'
          ? Buffer.compare(Buffer.from(a.value), Buffer.from(b.value)) < 0
          : rank(a) < rank(b);
    return values.reduce((best, value) =>
      (operator === 'min' ? isBelow(value, best) : isBelow(best, value)) ? value : best,
    );
  }
  const numbers = values.filter((value) => isNumber(value));
  if (numbers.length === 0) return undefined;
  const total = (type: StaticType) =>
    numbers
      .filter((value) => value.type === type)
      .reduce((sum, { value }) => sum + BigInt(value), 0n);
  const divisor = operator === 'avg' ? numbers.length : 1;
  if (numbers.every(({ type }) => type === 'duration'))
    return duration(total('duration') / BigInt(divisor));
  const integers = BigInt.asIntN(64, total('int'));
  if (operator === 'sum' && numbers.every(({ type }) => type === 'int')) return int(integers);
  const floats = numbers.reduce(
    (sum, { type, value }) => (type === 'float' ? sum + value : sum),
    0,
  );
  return {
    type: 'float',
    value: (floats + Number(integers) + Number(total('duration'))) / divisor,
  };
}

function evaluateSet(expression: SpansetExpression, set: SpansOfTrace): readonly Place[] {
  if (expression.kind === 'spanset-filter')
    return set.spans.filter((place) => isTrue(evaluate(expression.expression, place)));
  if (expression.kind === 'pipeline')
    return runPipeline(expression, [set]).flatMap(({ spans }) => spans);
  const { operator } = expression;
  const isStructural = operator !== '&&' && operator !== '||';
  const left = operandSpans(expression.left, set, isStructural);
  if (left.length === 0 && operator !== '||' && !operator.startsWith('!')) return [];
  const right = operandSpans(expression.right, set, isStructural);
  if (operator === '&&') return right.length > 0 ? [...left, ...right] : [];
  if (operator === '||') return [...left, ...right];
  const relation = RELATIONS[operator.replace(/^[!&]/, '')]!;
  const related = right.filter((r) => left.some((l) => relation(l.span, r.span)));
  if (operator.startsWith('!')) return right.filter((r) => !related.includes(r));
  if (!operator.startsWith('&')) return related;
  return [...related, ...left.filter((l) => right.some((r) => relation(l.span, r.span)))];
}

function operandSpans(
  expression: SpansetExpression,
  set: SpansOfTrace,
  isStructural: boolean,
): readonly Place[] {
  if (expression.kind !== 'pipeline') return evaluateSet(expression, set);
  const sets = runPipeline(expression, [set]);
  if (isStructural && sets.length > 1) throw new QueryError('failed', 'multiple spansets');
  return sets.flatMap(({ spans }) => spans);
}

const RELATIONS: Readonly<Record<string, (l: PlainSpan, r: PlainSpan) => boolean>> = {
  '>': (l, r) => l.nestedSet[0] > 0 && r.nestedSet[2] === l.nestedSet[0],
  '<': (l, r) => RELATIONS['>']!(r, l),
  '>>': (l, r) =>
    l.nestedSet[0] > 0 && l.nestedSet[0] < r.nestedSet[0] && r.nestedSet[1] < l.nestedSet[1],
  '<<': (l, r) => RELATIONS['>>']!(r, l),
  '~': (l, r) => l !== r && l.nestedSet[2] > 0 && l.nestedSet[2] === r.nestedSet[2],
};

/** Every span of every spanset that comes out of the pipeline. */
export function observedSpansets(pipeline: Pipeline, trace: PlainTrace): readonly Place[] {
  return runPipeline(pipeline, [{ spans: placesOf(trace), attributes: [] }]).flatMap(
    ({ spans }) => spans,
  );
}
