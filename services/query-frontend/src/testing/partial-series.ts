/** Answers of metrics jobs, for tests. */
import type { PartialSeries, SeriesLabel } from '@tempo-ts/ports';

/** Counts per bucket of time, by the value of one label; without a label under the empty name. */
export function partialCounts(
  intervals: number,
  counts: Readonly<Record<string, readonly number[]>>,
  labelName = 'name',
): PartialSeries {
  const rows = Object.keys(counts).map((value) => {
    const labels: SeriesLabel[] = value === '' ? [] : [{ name: labelName, value }];
    return { labels, bucket: 0 };
  });
  return {
    intervals,
    rows,
    columns: [Float64Array.from(Object.values(counts).flat())],
    exemplars: [],
    warnings: [],
    inspectedTraces: 1,
    inspectedSpans: 2,
    inspectedBytes: 3,
  };
}
