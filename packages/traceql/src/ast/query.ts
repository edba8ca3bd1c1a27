/** A whole query. */
import type { MetricsSecondStage, MetricsStage } from './metrics.ts';
import type { Pipeline } from './pipeline.ts';
import type { Static } from './static.ts';

/** One `name=value` of `with(...)`. */
export interface Hint {
  readonly name: string;
  readonly value: Static;
}

/** The root of a parsed query. */
export interface Query {
  readonly pipeline: Pipeline;
  readonly metrics?: MetricsStage;
  readonly secondStages: readonly MetricsSecondStage[];
  /** Of the last `with(...)`. */
  readonly hints: readonly Hint[];
}
