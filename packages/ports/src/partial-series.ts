/**
 * What one job of a metrics query found: counts, sums and extremes from which rates, averages and
 * quantiles are made once all jobs have answered. Plain data: passes between threads as it is.
 */

/** A value of a label; the JavaScript type is the type of the value: bigint is int, number double. */
export type LabelValue = string | number | boolean | bigint;

export interface SeriesLabel {
  readonly name: string;
  readonly value: LabelValue;
}

/** One row of the columns. */
export interface PartialRow {
  readonly labels: readonly SeriesLabel[];
  /** For functions over powers of two: values of the row are above `2^(bucket-1)` and at most `2^bucket`. */
  readonly bucket: number;
}

/** A span that stands for others of its series. */
export interface PartialExemplar {
  readonly row: PartialRow;
  /** As the query language prints it. */
  readonly traceId: string;
  readonly labels: readonly SeriesLabel[];
  /** The span's own value; undefined where series count spans. */
  readonly value: number | undefined;
  readonly unixMs: number;
  readonly interval: number;
}

export interface PartialSeries {
  /** Entries per row in each column. */
  readonly intervals: number;
  readonly rows: readonly PartialRow[];
  /** `rows.length * intervals` entries each; what they hold depends on the function of the query. */
  readonly columns: readonly Float64Array[];
  readonly exemplars: readonly PartialExemplar[];
  /**
   * There were more series than one job may hold: those that come before these labels in the order of
   * series are all here, others are left out. Absent: nothing is.
   */
  readonly truncatedAt?: readonly SeriesLabel[];
  /** What else the answer must say about its accuracy. */
  readonly warnings: readonly string[];
  readonly inspectedTraces: number;
  readonly inspectedSpans: number;
  readonly inspectedBytes: number;
}
