/** Metrics functions, what may follow them, and hints (SPEC G7 to G9). */
import type { ComparisonOperator, Field } from '../ast/field-expression.ts';
import type {
  MetricsCompare,
  MetricsFunction,
  MetricsSecondStage,
  MetricsStage,
} from '../ast/metrics.ts';
import type { Hint } from '../ast/query.ts';
import { NUMBER_COMPARISONS } from '../operators.ts';
import { DURATION, FLOAT, IDENTIFIER, INTEGER } from '../token.ts';
import { parseField, parseLiteral } from './parse-field.ts';
import { parseFieldList, parseFilter } from './parse-pipeline.ts';
import { parseSignedNumber } from './parse-scalar.ts';
import type { TokenCursor } from './token-cursor.ts';

const COUNTING: ReadonlySet<string> = new Set<MetricsFunction>(['rate', 'count_over_time']);
const AGGREGATING: ReadonlySet<string> = new Set<MetricsFunction>([
  'min_over_time',
  'max_over_time',
  'avg_over_time',
  'sum_over_time',
  'histogram_over_time',
]);
const QUANTILE: MetricsFunction = 'quantile_over_time';
const DEFAULT_TOP_N = 10;

/** Whether a metrics function comes next. */
export function seesMetrics(cursor: TokenCursor): boolean {
  const { symbol } = cursor.next;
  return (
    COUNTING.has(symbol) || AGGREGATING.has(symbol) || symbol === QUANTILE || symbol === 'compare'
  );
}

/** The metrics function that comes next. */
export function parseMetrics(cursor: TokenCursor): MetricsStage {
  const name = cursor.take().symbol;
  cursor.expect(['(']);
  if (name === 'compare') return parseCompare(cursor);
  const metricsFunction = name as MetricsFunction;
  if (COUNTING.has(name)) {
    cursor.expect([')']);
    return { ...emptyAggregate(metricsFunction), by: parseBy(cursor) };
  }
  const field = parseField(cursor);
  const quantiles: number[] = [];
  if (name === QUANTILE) {
    cursor.expect([',']);
    do quantiles.push(Number(cursor.expect([INTEGER, FLOAT]).text));
    while (cursor.expect([')', ',']).symbol === ',');
  } else cursor.expect([')']);
  return { ...emptyAggregate(metricsFunction), field, quantiles, by: parseBy(cursor) };
}

function emptyAggregate(metricsFunction: MetricsFunction) {
  return { kind: 'metrics-aggregate', function: metricsFunction, quantiles: [] } as const;
}

function parseBy(cursor: TokenCursor): readonly Field[] {
  return cursor.takeIf('by') ? parseFieldList(cursor) : [];
}

function parseCompare(cursor: TokenCursor): MetricsCompare {
  const selection = parseFilter(cursor);
  const numbers: bigint[] = [];
  while (cursor.takeIf(',')) {
    numbers.push(cursor.expect([INTEGER]).integer!);
    if (numbers.length === 3) break;
  }
  if (numbers.length === 2) cursor.fail([',']);
  cursor.expect([')'], numbers.length === 3 ? [')'] : [')', ',']);
  return {
    kind: 'metrics-compare',
    selection,
    topN: Number(numbers[0] ?? DEFAULT_TOP_N),
    startUnixNano: numbers[1] ?? 0n,
    endUnixNano: numbers[2] ?? 0n,
    hasRange: numbers.length === 3,
  };
}

/** Everything behind a metrics function up to the hints. */
export function parseSecondStages(cursor: TokenCursor): readonly MetricsSecondStage[] {
  const stages: MetricsSecondStage[] = [];
  for (;;) {
    const operator = cursor.next.symbol as ComparisonOperator;
    if (NUMBER_COMPARISONS.includes(operator)) {
      cursor.take();
      const value = parseSignedNumber(cursor, [INTEGER, FLOAT, DURATION, '-']);
      stages.push({ kind: 'metrics-filter', operator, value });
    } else if (cursor.takeIf('|')) stages.push(parseTopK(cursor));
    else return stages;
  }
}

function parseTopK(cursor: TokenCursor): MetricsSecondStage {
  const kind = cursor.expect(['topk', 'bottomk']).symbol as 'topk' | 'bottomk';
  cursor.expect(['(']);
  const limit = Number(cursor.expect([INTEGER]).integer);
  cursor.expect([')']);
  return { kind, limit };
}

/** Any number of `with(name=value, …)`; the last one counts. */
export function parseHints(cursor: TokenCursor): readonly Hint[] {
  let hints: Hint[] = [];
  while (cursor.takeIf('with')) {
    hints = [];
    cursor.expect(['(']);
    do {
      const name = cursor.expect([IDENTIFIER]).text;
      cursor.expect(['=']);
      hints.push({ name, value: parseLiteral(cursor) });
    } while (cursor.expect([')', ',']).symbol === ',');
  }
  return hints;
}
