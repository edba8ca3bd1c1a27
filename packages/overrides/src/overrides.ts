/** Which limits hold for which tenant, now. */
import {
  renderLimits,
  renderTenantLimits,
  type Limits,
  type TempoConfig,
  type TenantLimits,
} from '@tempo-ts/config';
import type { Timers } from '@tempo-ts/runtime';
import type { Logger, MetricsRegistry } from '@tempo-ts/telemetry';
import { completeLimits } from './limits.ts';
import { LimitsMetrics } from './limits-metrics.ts';
import { findResetLimits } from './reset-limits.ts';
import { RuntimeOverrides } from './runtime-overrides.ts';

export interface OverridesOptions {
  /** The section `overrides`. */
  readonly config: TempoConfig['overrides'];
  readonly timers: Timers;
  readonly logger: Logger;
  readonly metrics: MetricsRegistry;
  /** Reads a file as text. */
  readonly readFile: (path: string) => Promise<string>;
  /** Given when `-config.expand-env` is: replaces `${VAR}` in the per-tenant file as well. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
}

/** What `/status/overrides/{tenant}` shows. */
export interface TenantOverridesStatus {
  readonly tenant: string;
  /** Limits of the per-tenant file as YAML: the tenant's own, else those of `*`, else the defaults. */
  readonly runtimeOverrides: string;
  /** True when the tenant has no entry of its own. */
  readonly usingDefaultOrWildcard: boolean;
}

/** The limits of tenants. Reading them costs one look-up. */
export interface Overrides {
  /** Reads the per-tenant file, if there is one, and keeps watching it. Rejects when it is invalid. */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Reads the per-tenant file now; never rejects. */
  reload(): Promise<void>;
  /** The limits that hold for `tenant` now; asked for anew each time they are needed. */
  limits(tenant: string): Limits;
  /** Tenants with an entry in the per-tenant file, sorted; `*` stands for all others. */
  tenants(): readonly string[];
  status(tenant: string): TenantOverridesStatus;
  /** The YAML of `/status/runtime_config`; `diff` shows what tenants have otherwise than the defaults. */
  runtimeConfig(mode?: 'full' | 'diff'): string;
}

/** The entry of the per-tenant file for tenants without one. */
export const WILDCARD_TENANT = '*';

/** The limits configured by `options.config`. */
export function createOverrides(options: OverridesOptions): Overrides {
  return new ConfiguredOverrides(options);
}

class ConfiguredOverrides implements Overrides {
  readonly #defaults: Limits;
  readonly #logger: Logger;
  readonly #metrics: LimitsMetrics;
  readonly #file: RuntimeOverrides | undefined;
  /** What the file says. */
  #entries: ReadonlyMap<string, Limits> = new Map();
  /** What holds: entries completed. */
  #limits: ReadonlyMap<string, Limits> = new Map();
  /** What holds for tenants without an entry. */
  #others: Limits;

  constructor(options: OverridesOptions) {
    const { config } = options;
    this.#defaults = config.defaults;
    this.#others = config.defaults;
    this.#logger = options.logger;
    this.#metrics = new LimitsMetrics(options.metrics);
    this.#metrics.setDefaults(config.defaults);
    const path = config.per_tenant_override_config;
    this.#file =
      path === ''
        ? undefined
        : new RuntimeOverrides({
            ...options,
            path,
            periodMs: config.per_tenant_override_period,
            onChange: (tenants) => this.#replace(tenants),
          });
  }

  async start(): Promise<void> {
    await this.#file?.start();
  }

  async stop(): Promise<void> {
    await this.#file?.stop();
  }

  async reload(): Promise<void> {
    await this.#file?.reload();
  }

  limits(tenant: string): Limits {
    return this.#limits.get(tenant) ?? this.#others;
  }

  tenants(): readonly string[] {
    return [...this.#entries.keys()].toSorted();
  }

  status(tenant: string): TenantOverridesStatus {
    return {
      tenant,
      runtimeOverrides: renderLimits(this.limits(tenant)),
      usingDefaultOrWildcard: !this.#entries.has(tenant),
    };
  }

  runtimeConfig(mode: 'full' | 'diff' = 'full'): string {
    return renderTenantLimits({ defaults: this.#defaults, tenants: this.#entries }, mode);
  }

  #replace({ limits, settings }: TenantLimits): void {
    this.#entries = limits;
    this.#limits = new Map(
      [...limits].map(([tenant, entry]) => [tenant, completeLimits(entry, this.#defaults)]),
    );
    this.#others = this.#limits.get(WILDCARD_TENANT) ?? this.#defaults;
    this.#metrics.setTenants(this.#limits);
    this.#logger.info('loaded per-tenant overrides', { tenants: limits.size });
    for (const [tenant, set] of settings) {
      const reset = findResetLimits(set, this.#defaults);
      if (reset.length > 0)
        this.#logger.warn(
          'the entry of a tenant replaces the default limits: those it leaves out are zero',
          { tenant, limits: reset.join(',') },
        );
    }
  }
}
