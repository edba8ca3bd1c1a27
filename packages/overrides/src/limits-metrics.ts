/** Limits as metrics, read by Tempo's tenant dashboard. */
import type { Limits } from '@tempo-ts/config';
import type { GaugeMetric, MetricsRegistry } from '@tempo-ts/telemetry';

/** Value of each `limit_name`. Durations are in seconds; 0 means no limit or that of a component. */
function limitValues(limits: Limits): Readonly<Record<string, number>> {
  return {
    max_local_traces_per_user: limits.ingestion.max_traces_per_user,
    max_global_traces_per_user: limits.ingestion.max_global_traces_per_user,
    max_bytes_per_trace: limits.global.max_bytes_per_trace,
    max_bytes_per_tag_values_query: limits.read.max_bytes_per_tag_values_query,
    max_blocks_per_tag_values_query: limits.read.max_blocks_per_tag_values_query,
    ingestion_rate_limit_bytes: limits.ingestion.rate_limit_bytes,
    ingestion_burst_size_bytes: limits.ingestion.burst_size_bytes,
    block_retention: limits.compaction.block_retention / 1000,
    compaction_window: limits.compaction.compaction_window / 1000,
    metrics_generator_max_active_series: limits.metrics_generator.max_active_series,
  };
}

/** The only limit that is exported as 1 or not at all. */
const DRY_RUN = 'metrics_generator_dry_run_enabled';

/** Exports the default limits and those of tenants that have their own. */
export class LimitsMetrics {
  readonly #defaults: GaugeMetric;
  readonly #overrides: GaugeMetric;
  /** Names exported per tenant, so that they can be withdrawn. */
  #exported: ReadonlyMap<string, readonly string[]> = new Map();

  constructor(metrics: MetricsRegistry) {
    this.#defaults = metrics.gauge({
      name: 'tempo_limits_defaults',
      help: 'Default resource limits',
      labels: ['limit_name'],
    });
    this.#overrides = metrics.gauge({
      name: 'tempo_limits_overrides',
      help: 'Resource limit overrides applied to tenants',
      labels: ['limit_name', 'user'],
    });
  }

  /** Publishes the default limits. */
  setDefaults(limits: Limits): void {
    for (const [name, value] of Object.entries(limitValues(limits)))
      this.#defaults.set({ limit_name: name }, value);
  }

  /** Publishes the limits of `tenants` and withdraws those of all others. */
  setTenants(tenants: ReadonlyMap<string, Limits>): void {
    const exported = new Map<string, readonly string[]>();
    for (const [user, limits] of tenants) {
      const values = Object.entries(limitValues(limits));
      if (limits.metrics_generator.disable_collection) values.push([DRY_RUN, 1]);
      for (const [name, value] of values) this.#overrides.set({ limit_name: name, user }, value);
      exported.set(
        user,
        values.map(([name]) => name),
      );
    }
    for (const [user, names] of this.#exported)
      for (const name of names)
        if (!exported.get(user)?.includes(name)) this.#overrides.remove({ limit_name: name, user });
    this.#exported = exported;
  }
}
