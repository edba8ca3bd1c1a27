/** Aggregates of spansets: `count()`, `avg(duration)`, `max(span.level + 1)` (spec §7). */
import {
  compareStrings,
  type Aggregate,
  type FieldExpression,
  type Static,
  type StaticType,
} from '@tempo-ts/traceql';
import { aggregateDurations } from './aggregate-durations.ts';
import type { BatchView } from './batch-view.ts';
import { valueEvaluator, type Evaluator } from './evaluate-value.ts';
import type { Row } from './read-field.ts';
import { spanCounts, type Spansets, type SetValues } from './spansets.ts';
import { isNumber } from './static-values.ts';

export function aggregateSets(view: BatchView, sets: Spansets, aggregate: Aggregate): SetValues {
  if (aggregate.operator === 'count' || !aggregate.operand) {
    const counts = spanCounts(sets);
    return (set) => (counts[set]! > 0 ? { type: 'int', value: BigInt(counts[set]!) } : undefined);
  }
  const ofDurations = aggregateDurations(view, sets, aggregate);
  if (ofDurations) return ofDurations;
  const totals = Array.from<Total | undefined>({ length: sets.count });
  const evaluate = operandEvaluator(view, aggregate.operand);
  const row: Row = { span: 0, event: -1, link: -1 };
  for (let span = 0; span < view.spanCount; span += 1) {
    const set = sets.setOf[span]!;
    if (set < 0) continue;
    row.span = span;
    const value = evaluate(row);
    if (value.type === 'nil') continue;
    const total = totals[set];
    if (total) total.add(value);
    else totals[set] = makeTotal(aggregate.operator, value);
  }
  return (set) => totals[set]?.result();
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
  /** Undefined when no value counted. */
  result(): Static | undefined;
}

function makeTotal(operator: Exclude<Aggregate['operator'], 'count'>, first: Static): Total {
  switch (operator) {
    case 'min':
    case 'max':
      return extreme(operator, first);
    case 'sum':
    case 'avg':
      return new Sum(first, operator === 'avg');
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
  if (isNumber(left) && isNumber(right)) {
    if (left.value < right.value) return -1;
    if (left.value > right.value) return 1;
  }
  if (left.type === 'string' && right.type === 'string')
    return compareStrings(left.value, right.value);
  return TYPE_ORDER.indexOf(left.type) - TYPE_ORDER.indexOf(right.type);
}

/**
 * The sum and the average of the numbers among the values; nothing when there are none. Integers and
 * durations, each among themselves, stay what they are (an average of integers is a float), any
 * mixture is a float. Integers wrap around.
 */
class Sum implements Total {
  readonly #isAverage: boolean;
  #count = 0;
  #integers = 0n;
  #durations = 0n;
  #floats = 0;
  /** Types met. */
  readonly #types = new Set<StaticType>();

  constructor(first: Static, isAverage: boolean) {
    this.#isAverage = isAverage;
    this.add(first);
  }

  add(value: Static): void {
    if (!isNumber(value)) return;
    this.#count += 1;
    this.#types.add(value.type);
    if (value.type === 'float') this.#floats += value.value;
    else if (value.type === 'int') this.#integers = BigInt.asIntN(64, this.#integers + value.value);
    else this.#durations += value.value;
  }

  result(): Static | undefined {
    if (this.#count === 0) return undefined;
    const divisor = this.#isAverage ? this.#count : 1;
    if (this.#types.size === 1 && this.#types.has('duration'))
      return { type: 'duration', value: BigInt.asIntN(64, this.#durations / BigInt(divisor)) };
    if (this.#types.size === 1 && this.#types.has('int') && !this.#isAverage)
      return { type: 'int', value: this.#integers };
    const sum = this.#floats + Number(this.#integers) + Number(this.#durations);
    return { type: 'float', value: sum / divisor };
  }
}
