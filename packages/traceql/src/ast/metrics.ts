/** Metrics functions: from spansets to time series. */
import type { ComparisonOperator, Field } from './field-expression.ts';
import type { SpansetFilter } from './pipeline.ts';
import type { Static } from './static.ts';

export type MetricsFunction =
  | 'rate'
  | 'count_over_time'
  | 'min_over_time'
  | 'max_over_time'
  | 'avg_over_time'
  | 'sum_over_time'
  | 'histogram_over_time'
  | 'quantile_over_time';

export interface MetricsAggregate {
  readonly kind: 'metrics-aggregate';
  readonly function: MetricsFunction;
  /** What is aggregated; absent for rate and count_over_time. */
  readonly field?: Field;
  /** For quantile_over_time. */
  readonly quantiles: readonly number[];
  readonly by: readonly Field[];
}

/** `compare({selection}, topN, start, end)`; start and end in nanoseconds, 0 for the whole range. */
export interface MetricsCompare {
  readonly kind: 'metrics-compare';
  readonly selection: SpansetFilter;
  readonly topN: number;
  readonly startUnixNano: bigint;
  readonly endUnixNano: bigint;
  /** Start and end were written. */
  readonly hasRange: boolean;
}

export type MetricsStage = MetricsAggregate | MetricsCompare;

export type MetricsSecondStage =
  | { readonly kind: 'topk' | 'bottomk'; readonly limit: number }
  | {
      readonly kind: 'metrics-filter';
      readonly operator: ComparisonOperator;
      readonly value: Static;
    };
