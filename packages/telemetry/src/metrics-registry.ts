/** Prometheus metrics. Every component makes its metrics with the registry it is given. */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry, Summary } from 'prom-client';

export type Labels = Readonly<Record<string, string | number>>;

/** One series of a counter, for hot paths: adding to it is one addition, no label is looked up. */
export interface BoundCounter {
  inc(value?: number): void;
}

/** Only goes up. */
export interface CounterMetric {
  inc(labels?: Labels, value?: number): void;
  /** The series with these labels; asked for once, kept by the caller. Exported from now on. */
  labels(labels: Labels): BoundCounter;
}

/** Goes up and down. */
export interface GaugeMetric {
  set(labels: Labels, value: number): void;
  inc(labels?: Labels, value?: number): void;
  dec(labels?: Labels, value?: number): void;
  /** Forgets the series with these labels. */
  remove(labels: Labels): void;
}

/** Counts observations in buckets. */
export interface HistogramMetric {
  observe(labels: Labels, value: number): void;
}

export interface MetricOptions {
  /** Tempo's name, letter by letter. */
  readonly name: string;
  readonly help: string;
  readonly labels?: readonly string[];
}

/** Makes metrics and renders them. Asking twice for one name gives the same metric. */
export interface MetricsRegistry {
  counter(options: MetricOptions): CounterMetric;
  gauge(options: MetricOptions & { readonly collect?: (gauge: GaugeMetric) => void }): GaugeMetric;
  /** `buckets` are upper bounds in the metric's unit. */
  histogram(options: MetricOptions & { readonly buckets: readonly number[] }): HistogramMetric;
  /** Totals of events that have a size, without buckets: exported as a summary's sum and count. */
  summary(options: MetricOptions): HistogramMetric;
  /** Adds the library's metrics of process and runtime: `process_*`, `nodejs_*`. Once. */
  addRuntimeMetrics(): void;
  /** The exposition text. */
  render(): Promise<string>;
  readonly contentType: string;
  /** The sum of a metric's series whose labels include `labels`; for tests and status pages. */
  value(name: string, labels?: Labels): Promise<number>;
}

/** An empty registry. */
export function createMetricsRegistry(): MetricsRegistry {
  return new PrometheusRegistry(new Registry());
}

/** A bound series: keeps what was added since the last read. */
class PendingCounter implements BoundCounter {
  readonly labels: Record<string, string | number>;
  #pending = 0;

  constructor(labels: Record<string, string | number>) {
    this.labels = labels;
  }

  inc(value = 1): void {
    if (value < 0) throw new RangeError('a counter only goes up');
    this.#pending += value;
  }

  take(): number {
    const pending = this.#pending;
    this.#pending = 0;
    return pending;
  }
}

/** Labels in the metric's order, so that `{a, b}` and `{b, a}` are one series. */
function seriesKey(labels: Labels, names: readonly string[]): string {
  return JSON.stringify(names.map((name) => labels[name] ?? null));
}

class PrometheusRegistry implements MetricsRegistry {
  readonly #registry: Registry;
  readonly #made = new Map<string, CounterMetric | GaugeMetric | HistogramMetric>();

  constructor(registry: Registry) {
    this.#registry = registry;
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  counter(options: MetricOptions): CounterMetric {
    return this.#once(options.name, () => {
      const bound = new Map<string, PendingCounter>();
      const counter: Counter = new Counter({
        ...this.#configuration(options),
        // What bound series have gathered is handed over when somebody reads the metric.
        collect() {
          for (const series of bound.values()) counter.inc(series.labels, series.take());
        },
      });
      return {
        inc: (labels = {}, value = 1) => counter.inc({ ...labels }, value),
        labels(labels) {
          const key = seriesKey(labels, options.labels ?? []);
          const series = bound.get(key) ?? new PendingCounter({ ...labels });
          bound.set(key, series);
          return series;
        },
      };
    });
  }

  gauge(options: MetricOptions & { collect?: (gauge: GaugeMetric) => void }): GaugeMetric {
    return this.#once(options.name, () => {
      const collect = options.collect;
      const gauge = new Gauge({
        ...this.#configuration(options),
        ...(collect ? { collect: () => collect(metric) } : {}),
      });
      const metric: GaugeMetric = {
        set: (labels, value) => gauge.set({ ...labels }, value),
        inc: (labels = {}, value = 1) => gauge.inc({ ...labels }, value),
        dec: (labels = {}, value = 1) => gauge.dec({ ...labels }, value),
        remove: (labels) => gauge.remove({ ...labels }),
      };
      return metric;
    });
  }

  histogram(options: MetricOptions & { buckets: readonly number[] }): HistogramMetric {
    return this.#once(options.name, () => {
      const histogram = new Histogram({
        ...this.#configuration(options),
        buckets: [...options.buckets],
      });
      return { observe: (labels, value) => histogram.observe({ ...labels }, value) };
    });
  }

  summary(options: MetricOptions): HistogramMetric {
    return this.#once(options.name, () => {
      const summary = new Summary({ ...this.#configuration(options), percentiles: [] });
      return { observe: (labels, value) => summary.observe({ ...labels }, value) };
    });
  }

  addRuntimeMetrics(): void {
    collectDefaultMetrics({ register: this.#registry, eventLoopMonitoringPrecision: 20 });
  }

  render(): Promise<string> {
    return this.#registry.metrics();
  }

  async value(name: string, labels: Labels = {}): Promise<number> {
    const metric = await this.#registry.getSingleMetric(name)?.get();
    const wanted = Object.entries(labels);
    let sum = 0;
    for (const series of metric?.values ?? []) {
      const has: Readonly<Record<string, string | number | undefined>> = series.labels;
      if (wanted.every(([key, value]) => String(has[key]) === String(value))) sum += series.value;
    }
    return sum;
  }

  #configuration(options: MetricOptions) {
    return {
      name: options.name,
      help: options.help,
      labelNames: [...(options.labels ?? [])],
      registers: [this.#registry],
    };
  }

  #once<M extends CounterMetric | GaugeMetric | HistogramMetric>(name: string, make: () => M): M {
    const made = (this.#made.get(name) as M | undefined) ?? make();
    this.#made.set(name, made);
    return made;
  }
}
