/** Joins what the jobs of a metrics query found; the same whatever the order and the number of jobs. */
import type { tempopb } from '@tempo-ts/contracts';
import type { PartialSeries } from '@tempo-ts/ports';
import { CompareTable } from './compare-table.ts';
import { Exemplars } from './exemplars.ts';
import { planMetrics, rowKindOf, type MetricsPlan } from './metrics-plan.ts';
import { SeriesRows } from './series-rows.ts';

/** Partial results of one query, added up. */
export class PartialSum {
  readonly #sum: SeriesRows | CompareTable;
  readonly #exemplars: Exemplars;
  readonly #warnings = new Set<string>();
  #inspectedTraces = 0;
  #inspectedSpans = 0;
  #inspectedBytes = 0;

  constructor({ metrics, grid, exemplars }: Pick<MetricsPlan, 'metrics' | 'grid' | 'exemplars'>) {
    const { intervals } = grid;
    this.#sum =
      metrics.kind === 'metrics-compare'
        ? new CompareTable(intervals)
        : new SeriesRows({ kind: rowKindOf(metrics), intervals });
    this.#exemplars = new Exemplars(exemplars, intervals);
  }

  add(partial: PartialSeries): void {
    this.#sum.add(partial);
    for (const exemplar of partial.exemplars) this.#exemplars.add(exemplar);
    for (const warning of partial.warnings) this.#warnings.add(warning);
    this.#inspectedTraces += partial.inspectedTraces;
    this.#inspectedSpans += partial.inspectedSpans;
    this.#inspectedBytes += partial.inspectedBytes;
  }

  finish(): PartialSeries {
    return {
      ...this.#sum.finish(),
      exemplars: this.#exemplars.finish(),
      warnings: [...this.#warnings],
      inspectedTraces: this.#inspectedTraces,
      inspectedSpans: this.#inspectedSpans,
      inspectedBytes: this.#inspectedBytes,
    };
  }
}

/** The partial result of several jobs of one request together. */
export function combinePartialSeries(
  request: tempopb.QueryRangeRequest,
  partials: readonly PartialSeries[],
): PartialSeries {
  if (partials.length === 1) return partials[0]!;
  const sum = new PartialSum(planMetrics(request));
  for (const partial of partials) sum.add(partial);
  return sum.finish();
}
