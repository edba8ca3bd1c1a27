/** What may follow a metrics function: `topk`, `bottomk`, comparisons (spec §9.7). */
import { numberOf, type ComparisonOperator, type MetricsSecondStage } from '@tempo-ts/traceql';
import { compareLabels } from './labels.ts';
import { hasSamples, type Series } from './series.ts';

/** The series that are left, those without samples dropped. The series given are not changed. */
export function applySecondStages(
  series: readonly Series[],
  stages: readonly MetricsSecondStage[],
): readonly Series[] {
  return stages.reduce((left, stage) => applyStage(left, stage), series);
}

function applyStage(series: readonly Series[], stage: MetricsSecondStage): readonly Series[] {
  if (stage.kind !== 'metrics-filter') return extremes(series, stage.kind, stage.limit);
  const bound =
    stage.value.type === 'duration' ? Number(stage.value.value) / 1e9 : numberOf(stage.value);
  const passes = comparison(stage.operator, bound);
  return series
    .map((one) => ({
      ...one,
      values: one.values.map((value) => (passes(value) ? value : Number.NaN)),
      exemplars: one.exemplars.filter(({ value, hasOwnValue }) => hasOwnValue && passes(value)),
    }))
    .filter((one) => hasSamples(one));
}

/** NaN passes nothing. */
function comparison(operator: ComparisonOperator, bound: number): (value: number) => boolean {
  switch (operator) {
    case '>':
      return (value) => value > bound;
    case '>=':
      return (value) => value >= bound;
    case '<':
      return (value) => value < bound;
    case '<=':
      return (value) => value <= bound;
    case '=':
      return (value) => value === bound;
    default:
      return (value) => value !== bound && !Number.isNaN(value);
  }
}

/** Per bucket of time, the `limit` largest (smallest) values; of equal ones by the order of labels. */
function extremes(
  series: readonly Series[],
  kind: 'topk' | 'bottomk',
  limit: number,
): readonly Series[] {
  if (series.length <= limit) return series;
  const sign = kind === 'topk' ? -1 : 1;
  // In the order in which equal values win.
  const ordered = series.toSorted((a, b) => -sign * compareLabels(a.labels, b.labels));
  const kept = ordered.map((one) => ({
    ...one,
    values: new Float64Array(one.values.length).fill(Number.NaN),
  }));
  const intervals = ordered[0]!.values.length;
  for (let i = 0; i < intervals; i += 1) {
    const present = [...ordered.keys()].filter((at) => !Number.isNaN(ordered[at]!.values[i]!));
    present.sort((a, b) => sign * (ordered[a]!.values[i]! - ordered[b]!.values[i]!) || a - b);
    for (const at of present.slice(0, limit)) kept[at]!.values[i] = ordered[at]!.values[i]!;
  }
  return kept.filter((one) => hasSamples(one));
}
