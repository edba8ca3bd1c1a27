/**
 * The metrics-generator as a component of a process. It checks its settings, takes part in readiness,
 * and says so once when somebody counts on metrics: it does not make metrics from spans yet.
 */
import type { Limits, TempoConfig } from '@tempo-ts/config';
import type { Timer, Timers } from '@tempo-ts/runtime';
import type { ServiceModule, ServiceState } from '@tempo-ts/server';
import type { Logger, MetricsRegistry } from '@tempo-ts/telemetry';
import { checkSettings, type GeneratorSettings } from './check-settings.ts';

/** How often overrides are looked at for processors, until some are found. */
const OVERRIDES_CHECK_MS = 60_000;

/** The limits of tenants, and which tenants have limits of their own. */
export interface GeneratorOverrides {
  limits(tenant: string): Pick<Limits, 'metrics_generator'>;
  tenants(): readonly string[];
}

export interface MetricsGeneratorOptions {
  readonly config: TempoConfig['metrics_generator'] & GeneratorSettings;
  readonly overrides: GeneratorOverrides;
  readonly timers: Timers;
  readonly logger: Logger;
  readonly metrics: MetricsRegistry;
}

/** @throws InvalidSettingError when the settings contradict each other. */
export function createMetricsGenerator(options: MetricsGeneratorOptions): ServiceModule {
  checkSettings(options.config);
  return new MetricsGeneratorModule(options);
}

class MetricsGeneratorModule implements ServiceModule {
  readonly name = 'metrics-generator';
  readonly #options: MetricsGeneratorOptions;
  #state: ServiceState = 'new';
  #timer: Timer | undefined;

  constructor(options: MetricsGeneratorOptions) {
    this.#options = options;
    // Dashboards and alerts read them; there is nothing to count yet.
    for (const [name, help, labels] of COUNTERS)
      options.metrics.counter({ name, help, labels: [...labels] });
  }

  async start(): Promise<void> {
    this.#state = 'running';
    if (this.#warnOfProcessors()) return;
    this.#timer = this.#options.timers.every(OVERRIDES_CHECK_MS, () => {
      if (this.#warnOfProcessors()) this.#timer?.stop();
    });
  }

  async stop(): Promise<void> {
    this.#timer?.stop();
    this.#state = 'terminated';
  }

  notReadyReason(): string | undefined {
    return this.#state === 'running' ? undefined : `Generator not ready: ${this.#state}`;
  }

  /** True when there was something to warn of. */
  #warnOfProcessors(): boolean {
    const { overrides, logger } = this.#options;
    // A tenant that no file names has the limits that hold for all others.
    for (const tenant of ['', ...overrides.tenants()]) {
      const { processors } = overrides.limits(tenant).metrics_generator;
      if (processors.length === 0) continue;
      logger.warn('processors are enabled but no metrics are generated from spans yet', {
        tenant: tenant === '' ? 'default' : tenant,
        processors: processors.join(','),
      });
      return true;
    }
    return false;
  }
}

const COUNTERS = [
  ['tempo_metrics_generator_spans_received_total', 'Spans received.', ['tenant']],
  ['tempo_metrics_generator_bytes_received_total', 'Bytes received.', ['tenant']],
  [
    'tempo_metrics_generator_spans_discarded_total',
    'Spans that no metric was made of.',
    ['tenant', 'reason', 'processor'],
  ],
] as const;
