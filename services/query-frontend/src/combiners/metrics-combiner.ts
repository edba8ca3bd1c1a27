/** Joins the answers of a metrics query's jobs into series. */
import { create } from '@bufbuild/protobuf';
import { tempopb, type common } from '@tempo-ts/contracts';
import type { LabelValue, PartialSeries, SeriesLabel } from '@tempo-ts/ports';
import type { Query } from '@tempo-ts/traceql';
import { SeriesCombiner, type Series, type SeriesExemplar } from '@tempo-ts/traceql-engine';
import type { MetricsPlan } from '../sharders/metrics-sharder.ts';

/** The answer to a metrics query, growing. */
export class MetricsCombiner {
  readonly #query: Query;
  readonly #request: tempopb.QueryRangeRequest;
  readonly #plan: MetricsPlan;
  readonly #series: SeriesCombiner;
  readonly #isOut: boolean[];
  #completedJobs = 0;
  #inspectedTraces = 0;
  #inspectedSpans = 0;
  #inspectedBytes = 0;

  constructor(query: Query, request: tempopb.QueryRangeRequest, plan: MetricsPlan) {
    this.#query = query;
    this.#request = request;
    this.#plan = plan;
    this.#series = new SeriesCombiner(query, request);
    this.#isOut = plan.jobs.map(() => true);
  }

  /** Takes the answer of the job at `index`. */
  add(partial: PartialSeries, index: number): void {
    this.#series.add(partial);
    this.#isOut[index] = false;
    this.#completedJobs += 1;
    this.#inspectedTraces += partial.inspectedTraces;
    this.#inspectedSpans += partial.inspectedSpans;
    this.#inspectedBytes += partial.inspectedBytes;
  }

  /** Number of buckets of time. */
  get intervals(): number {
    return this.#series.intervals;
  }

  /** The series as far as jobs have answered; with `includes`, the samples of those buckets alone. */
  result(includes: (interval: number) => boolean = () => true): tempopb.QueryRangeResponse {
    const { series, warnings } = this.#series.finish();
    const stamps = Array.from({ length: this.intervals }, (_, i) => this.#series.timestampMs(i));
    return create(tempopb.QueryRangeResponseSchema, {
      series: series
        .map((one) => timeSeries(one, stamps, includes))
        .filter(({ samples }) => samples.length > 0),
      metrics: this.metrics(),
      ...partialStatus(warnings),
    });
  }

  /** The first sample of each series. */
  instantResult(): tempopb.QueryInstantResponse {
    const { series, warnings } = this.#series.finish();
    return create(tempopb.QueryInstantResponseSchema, {
      series: series.map(({ labels, values }) => ({
        labels: labels.map((label) => keyValue(label)),
        value: values[0]!,
      })),
      metrics: this.metrics(),
      ...partialStatus(warnings),
    });
  }

  /** What the query cost so far. */
  metrics(): tempopb.SearchMetrics {
    const { jobs, totalBlocks, totalBlockBytes } = this.#plan;
    return create(tempopb.SearchMetricsSchema, {
      inspectedTraces: this.#inspectedTraces,
      inspectedSpans: BigInt(this.#inspectedSpans),
      inspectedBytes: BigInt(this.#inspectedBytes),
      totalBlocks,
      totalBlockBytes: BigInt(totalBlockBytes),
      totalJobs: jobs.length,
      completedJobs: this.#completedJobs,
    });
  }

  /** One byte per bucket: 1 where no job that is still out can change anything. */
  settledIntervals(): Uint8Array {
    const settled = new Uint8Array(this.intervals).fill(1);
    // The most frequent values of `compare` are those of the whole range.
    const isOpen = this.#query.metrics?.kind === 'metrics-compare' && this.#isOut.includes(true);
    if (isOpen) return settled.fill(0);
    const startMs = Number(this.#request.start) / 1e6;
    const stepMs = Number(this.#request.step) / 1e6;
    for (const [index, { startUnixMs, endUnixMs }] of this.#plan.spanTimes.entries()) {
      if (!this.#isOut[index]) continue;
      const first = Math.max(0, Math.floor((startUnixMs - startMs) / stepMs) - 1);
      const end = Math.min(settled.length, Math.ceil((endUnixMs - startMs) / stepMs) + 1);
      if (first < end) settled.fill(0, first, end);
    }
    return settled;
  }
}

function timeSeries(
  { labels, values, exemplars }: Series,
  stamps: readonly bigint[],
  includes: (interval: number) => boolean,
): tempopb.TimeSeries {
  const samples: tempopb.Sample[] = [];
  for (let i = 0; i < values.length; i += 1) {
    const value = values[i]!;
    if (Number.isNaN(value) || !includes(i)) continue;
    samples.push({ $typeName: 'tempopb.Sample', value, timestampMs: stamps[i]! });
  }
  return {
    $typeName: 'tempopb.TimeSeries',
    labels: labels.map((label) => keyValue(label)),
    samples,
    exemplars: exemplars
      .filter(({ interval }) => includes(interval))
      .map((exemplar) => exemplarOf(exemplar)),
  };
}

function exemplarOf({ labels, value, unixMs }: SeriesExemplar): tempopb.Exemplar {
  return {
    $typeName: 'tempopb.Exemplar',
    labels: labels.map((label) => keyValue(label)),
    value,
    timestampMs: BigInt(unixMs),
  };
}

function keyValue({ name, value }: SeriesLabel): common.KeyValue {
  return {
    $typeName: 'opentelemetry.proto.common.v1.KeyValue',
    key: name,
    value: { $typeName: 'opentelemetry.proto.common.v1.AnyValue', value: anyValue(value) },
  };
}

function anyValue(value: LabelValue): common.AnyValue['value'] {
  switch (typeof value) {
    case 'string':
      return { case: 'stringValue', value };
    case 'bigint':
      return { case: 'intValue', value };
    case 'number':
      return { case: 'doubleValue', value };
    default:
      return { case: 'boolValue', value };
  }
}

function partialStatus(warnings: readonly string[]) {
  if (warnings.length === 0) return {};
  return { status: tempopb.PartialStatus.PARTIAL, message: warnings.join(' ') };
}
