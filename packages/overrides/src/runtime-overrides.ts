/**
 * The per-tenant file: read at start, read again every period. A file that cannot be used keeps
 * the limits of the last good one.
 */
import { createHash } from 'node:crypto';
import { formatWarning, parseTenantLimits, type TenantLimits } from '@tempo-ts/config';
import type { Timer, Timers } from '@tempo-ts/runtime';
import type { GaugeMetric, Logger, MetricsRegistry } from '@tempo-ts/telemetry';

export interface RuntimeOverridesOptions {
  /** `overrides.per_tenant_override_config`. */
  readonly path: string;
  /** `overrides.per_tenant_override_period`. */
  readonly periodMs: number;
  readonly timers: Timers;
  readonly logger: Logger;
  readonly metrics: MetricsRegistry;
  /** Reads a file as text. */
  readonly readFile: (path: string) => Promise<string>;
  /** Replaces `${VAR}` in the file when given (`-config.expand-env`). */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** Called with the contents of every new good file. */
  readonly onChange: (tenants: TenantLimits) => void;
}

/** Watches the per-tenant file. */
export class RuntimeOverrides {
  readonly #options: RuntimeOverridesOptions;
  readonly #successful: GaugeMetric;
  readonly #hash: GaugeMetric;
  #timer: Timer | undefined;
  #text: string | undefined;
  #currentHash = '';
  #reading: Promise<void> | undefined;
  /** The last complaint logged: the same one is not repeated every period. */
  #lastComplaint = '';

  constructor(options: RuntimeOverridesOptions) {
    this.#options = options;
    this.#successful = options.metrics.gauge({
      name: 'tempo_runtime_config_last_reload_successful',
      help: 'Whether the last runtime-config reload attempt was successful.',
    });
    this.#hash = options.metrics.gauge({
      name: 'tempo_runtime_config_hash',
      help: 'Hash of the currently active runtime configuration.',
      labels: ['sha256'],
    });
  }

  /** Reads the file and keeps watching it. Rejects when the file cannot be used. */
  async start(): Promise<void> {
    await this.#load();
    this.#timer = this.#options.timers.every(this.#options.periodMs, () => void this.reload());
  }

  /** Stops watching, after a running read. */
  async stop(): Promise<void> {
    this.#timer?.stop();
    await this.#reading;
  }

  /** Reads the file again; a failure is logged and counted, the limits stay. Never rejects. */
  reload(): Promise<void> {
    this.#reading ??= this.#tryLoad().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  async #tryLoad(): Promise<void> {
    const { logger, path } = this.#options;
    try {
      await this.#load();
      this.#lastComplaint = '';
    } catch (error) {
      const complaint = (error as Error).message;
      if (complaint !== this.#lastComplaint)
        logger.error('failed to reload per-tenant overrides, keeping the last good ones', {
          path,
          error,
        });
      this.#lastComplaint = complaint;
    }
  }

  async #load(): Promise<void> {
    const { path, env, readFile, onChange, logger } = this.#options;
    try {
      const text = await readFile(path);
      if (text !== this.#text) {
        const tenants = parseTenantLimits(text, { source: path, ...(env ? { env } : {}) });
        for (const warning of tenants.warnings)
          logger.warn(formatWarning(warning), { path: warning.path });
        onChange(tenants);
        this.#text = text;
        this.#publishHash(text);
      }
      this.#successful.set({}, 1);
    } catch (error) {
      this.#successful.set({}, 0);
      throw error;
    }
  }

  #publishHash(text: string): void {
    const sha256 = createHash('sha256').update(text).digest('hex');
    if (this.#currentHash !== '') this.#hash.remove({ sha256: this.#currentHash });
    this.#hash.set({ sha256 }, 1);
    this.#currentHash = sha256;
  }
}
