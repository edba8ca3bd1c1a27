/** The answer to a metrics query, growing as its jobs answer. */
import type { PartialSeries } from '@tempo-ts/ports';
import type { Query } from '@tempo-ts/traceql';
import { PartialSum } from './combine-partials.ts';
import { finishCompare } from './finish-compare.ts';
import { finishSeries } from './finish-series.ts';
import { compareLabels } from './labels.ts';
import { planMetricsQuery, type MetricsPlan } from './metrics-plan.ts';
import { applySecondStages } from './second-stages.ts';
import { hasSamples, type Series } from './series.ts';
import type { GridTimes } from './time-grid.ts';

export interface SeriesCombinerOptions extends GridTimes {
  /** Most exemplars; 0 for none. */
  readonly exemplars: number;
  /** Most series; 0 for no limit. */
  readonly maxSeries: number;
}

/** The series of an answer in their order, and what it must say about its completeness. */
export interface SeriesAnswer {
  readonly series: readonly Series[];
  readonly warnings: readonly string[];
}

export class SeriesCombiner {
  readonly #query: Query;
  readonly #plan: MetricsPlan;
  readonly #sum: PartialSum;
  readonly #maxSeries: number;

  constructor(query: Query, options: SeriesCombinerOptions) {
    this.#query = query;
    this.#plan = planMetricsQuery(query, options);
    this.#sum = new PartialSum(this.#plan);
    this.#maxSeries = options.maxSeries;
  }

  add(partial: PartialSeries): void {
    this.#sum.add(partial);
  }

  /** Number of buckets of time. */
  get intervals(): number {
    return this.#plan.grid.intervals;
  }

  /** The stamp of a bucket: its end. */
  timestampMs(interval: number): bigint {
    return this.#plan.grid.timestampMs(interval);
  }

  /**
   * The answer as far as jobs have answered. With more series than the limit, the first ones in the
   * order of series; their values are exact.
   */
  finish(): SeriesAnswer {
    const partial = this.#sum.finish();
    const { metrics, grid } = this.#plan;
    const warnings = [...partial.warnings];
    if (partial.truncatedAt) warnings.push(exceeds(partial.rows.length));
    const found =
      metrics.kind === 'metrics-compare'
        ? finishCompare(metrics, partial)
        : finishSeries(metrics, grid, partial);
    const sorted = applySecondStages(
      found.filter((one) => hasSamples(one)),
      this.#query.secondStages,
    ).toSorted((a, b) => compareLabels(a.labels, b.labels));
    if (this.#maxSeries === 0 || sorted.length <= this.#maxSeries)
      return { series: sorted, warnings };
    warnings.push(exceeds(this.#maxSeries));
    return { series: sorted.slice(0, this.#maxSeries), warnings };
  }
}

/** Tempo's text, which clients show; ours are the first series, and exact. */
function exceeds(limit: number): string {
  return `Response exceeds maximum series limit of ${limit}, a partial response is returned. Warning: the accuracy of each individual value is not guaranteed.`;
}
