/** Aggregates of spansets: `count()`, `avg(duration)`, `max(span.level + 1)` (spec §7). */
import {
  compareStrings,
  numberOf,
  type Aggregate,
  type FieldExpression,
  type Static,
  type StaticType,
} from '@tempo-ts/traceql';
import type { BatchView } from './batch-view.ts';
import { valueEvaluator, type Evaluator } from './evaluate-value.ts';
import type { Row } from './read-field.ts';
import { spanCounts, type Spansets } from './spansets.ts';
import { isNumber } from './static-values.ts';

/** The aggregate of each set; undefined for sets none of whose spans has a value. */
export type SetValues = (set: number) => Static | undefined;

export function aggregateSets(view: BatchView, sets: Spansets, aggregate: Aggregate): SetValues {
  if (aggregate.operator === 'count' || !aggregate.operand) {
    const counts = spanCounts(sets);
    return (set) => (counts[set]! > 0 ? { type: 'int', value: BigInt(counts[set]!) } : undefined);
  }
  const totals = new Map<number, Total>();
  const evaluate = operandEvaluator(view, aggregate.operand);
  const row: Row = { span: 0, event: -1, link: -1 };
  for (let span = 0; span < view.spanCount; span += 1) {
    const set = sets.setOf[span]!;
    if (set < 0) continue;
    row.span = span;
    const value = evaluate(row);
    if (value.type === 'nil') continue;
    const total = totals.get(set);
    if (total) total.add(value);
    else totals.set(set, makeTotal(aggregate.operator, value));
  }
  return (set) => totals.get(set)?.result();
}

/** Arithmetic on what is no number gives false; as an operand of an aggregate it is no value. */
function operandEvaluator(view: BatchView, operand: FieldExpression): Evaluator {
  const evaluate = valueEvaluator(view, operand);
  const isArithmetic =
    (operand.kind === 'binary' && ['+', '-', '*', '/', '%', '^'].includes(operand.operator)) ||
    (operand.kind === 'unary' && operand.operator === '-');
  if (!isArithmetic) return evaluate;
  return (row) => {
    const value = evaluate(row);
    return isNumber(value) ? value : { type: 'nil' };
  };
}

/** What was seen of the values of one set. */
interface Total {
  add(value: Static): void;
  result(): Static;
}

function makeTotal(operator: Exclude<Aggregate['operator'], 'count'>, first: Static): Total {
  switch (operator) {
    case 'min':
    case 'max':
      return extreme(operator, first);
    case 'sum':
      return new Sum(first);
    case 'avg':
      return average(first);
  }
}

function extreme(operator: 'min' | 'max', first: Static): Total {
  let best = first;
  return {
    add(value) {
      const order = orderOf(value, best);
      if (operator === 'max' ? order > 0 : order < 0) best = value;
    },
    result: () => best,
  };
}

/** Types in ascending order; numbers among each other go by value. */
const TYPE_ORDER: readonly StaticType[] = [
  'nil',
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

function orderOf(left: Static, right: Static): number {
  if (isNumber(left) && isNumber(right))
    return left.value < right.value ? -1 : left.value > right.value ? 1 : 0;
  if (left.type === 'string' && right.type === 'string')
    return compareStrings(left.value, right.value);
  return TYPE_ORDER.indexOf(left.type) - TYPE_ORDER.indexOf(right.type);
}

/** The first value says the type; values of other types are not added. Integers wrap around. */
class Sum implements Total {
  readonly first: Static;
  #integers = 0n;
  #floats = 0;

  constructor(first: Static) {
    this.first = first;
    this.add(first);
  }

  add(value: Static): void {
    if (value.type !== this.first.type) return;
    if (value.type === 'float') this.#floats += value.value;
    else if (isNumber(value)) this.#integers = BigInt.asIntN(64, this.#integers + value.value);
  }

  result(): Static {
    if (this.first.type === 'float') return { type: 'float', value: this.#floats };
    if (this.first.type === 'int' || this.first.type === 'duration')
      return { type: this.first.type, value: this.#integers };
    return this.first;
  }
}

/** Over all values, also those the sum leaves out. Of integers a float, of durations a duration. */
function average(first: Static): Total {
  const sum = new Sum(first);
  let count = 1;
  return {
    add(value) {
      count += 1;
      sum.add(value);
    },
    result() {
      const total = sum.result();
      if (total.type === 'duration')
        return { type: 'duration', value: total.value / BigInt(count) };
      return isNumber(total) ? { type: 'float', value: numberOf(total) / count } : total;
    },
  };
}
