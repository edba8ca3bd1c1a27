/** Series with their values, as second stages and answers take them. */
import type { Labels } from './labels.ts';

export interface Series {
  readonly labels: Labels;
  /** One value per bucket of time; NaN where there is no sample. */
  readonly values: Float64Array;
  readonly exemplars: readonly SeriesExemplar[];
}

export interface SeriesExemplar {
  readonly labels: Labels;
  readonly value: number;
  readonly unixMs: number;
  readonly interval: number;
  /** The value is the span's; otherwise it is that of the series. */
  readonly hasOwnValue: boolean;
}

/** Whether there is a sample at all. */
export function hasSamples({ values }: Series): boolean {
  for (let i = 0; i < values.length; i += 1) if (!Number.isNaN(values[i]!)) return true;
  return false;
}
