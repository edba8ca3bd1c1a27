/** From the counts of `compare` to its series: the most frequent values of each field and side (spec §9.8). */
import type { LabelValue, PartialSeries } from '@tempo-ts/ports';
import type { MetricsCompare } from '@tempo-ts/traceql';
import { META_MISSING, META_TYPE, mostFrequent } from './compare-table.ts';
import type { Series } from './series.ts';

interface FieldOfSide {
  readonly side: string;
  readonly field: string;
  readonly values: [LabelValue, Float64Array][];
  missing: number;
}

const META_ERROR = '__meta_error';
const TOO_MANY_VALUES = '__too_many_values__';

/**
 * The series. A field with so many values that counts of the most frequent ones may be short has a
 * series of zeros that says so.
 */
export function finishCompare(
  { topN }: MetricsCompare,
  { rows, columns, intervals }: PartialSeries,
): Series[] {
  const series: Series[] = [];
  const fields = new Map<string, FieldOfSide>();
  for (const [at, { labels }] of rows.entries()) {
    const [{ name: meta, value: type }, { name: field, value }] = labels as [
      (typeof labels)[number],
      (typeof labels)[number],
    ];
    const counts = columns[0]!.subarray(at * intervals, (at + 1) * intervals);
    if (meta !== META_MISSING && String(type).endsWith('_total')) {
      series.push({ labels, values: counts, exemplars: [] });
      continue;
    }
    const key = `${String(type)} ${field}`;
    let of = fields.get(key);
    if (!of) fields.set(key, (of = { side: String(type), field, values: [], missing: 0 }));
    if (meta === META_MISSING) of.missing = counts[0]!;
    else of.values.push([value, counts]);
  }
  const uncertain = new Set<string>();
  for (const { side, field, values, missing } of fields.values()) {
    const top = mostFrequent(values).slice(0, topN);
    if (missing > 0 && (top.at(-1)?.total ?? 0) <= missing) uncertain.add(field);
    for (const { value, counts } of top)
      series.push({
        labels: [
          { name: META_TYPE, value: side },
          { name: field, value },
        ],
        values: counts,
        exemplars: [],
      });
  }
  for (const field of uncertain)
    series.push({
      labels: [
        { name: META_ERROR, value: TOO_MANY_VALUES },
        { name: field, value: 'nil' },
      ],
      values: new Float64Array(intervals),
      exemplars: [],
    });
  return series;
}
