/**
 * The distributor: takes spans from receivers, applies the tenant's limits, cuts requests into pieces
 * per trace and writes those to ingesters.
 */
import { IngestError, type ReceivedSpans, type SpanSink } from '@tempo-ts/ports';
import type { Clock, Random, Timers } from '@tempo-ts/runtime';
import type { ServiceModule, ServiceState } from '@tempo-ts/server';
import type { Logger, MetricsRegistry } from '@tempo-ts/telemetry';
import { ArtificialDelay } from './artificial-delay.ts';
import type { DistributorConfig, IngestionOverrides } from './config.ts';
import { InflightBytes } from './inflight-bytes.ts';
import { IngestionRateLimiter } from './ingestion-rate-limiter.ts';
import { SpanInspection } from './log-received-spans.ts';
import { createDistributorMetrics } from './metrics.ts';
import { PushTraces } from './push-traces.ts';
import { IngesterWriter, type IngesterClient } from './send-to-ingesters.ts';

/** Something that listens for spans and hands them to the sink. */
export interface SpanReceiver {
  /** Begins to listen and to push into `sink`. */
  start(sink: SpanSink): Promise<void>;
  /** Stops listening and resolves when what it had accepted is answered. */
  stop(): Promise<void>;
}

export interface DistributorOptions {
  readonly config: DistributorConfig;
  readonly overrides: IngestionOverrides;
  readonly ingester: IngesterClient;
  /** What pushes into the distributor; started and stopped with it. */
  readonly receivers: readonly SpanReceiver[];
  /** Healthy distributors, this one included; for the rate strategy `global`. Default 1. */
  readonly distributorCount?: () => number;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly logger: Logger;
  readonly metrics: MetricsRegistry;
}

/** The component, which is also where receivers put spans. */
export type Distributor = ServiceModule & SpanSink;

/** A distributor that is not started yet. It takes spans from `start()` to `stop()`. */
export function createDistributor(options: DistributorOptions): Distributor {
  return new DistributorModule(options);
}

class DistributorModule implements Distributor {
  readonly name = 'distributor';
  readonly #options: DistributorOptions;
  readonly #metrics;
  readonly #inflight: InflightBytes;
  readonly #pushTraces: PushTraces;
  readonly #delay: ArtificialDelay;
  #state: ServiceState = 'new';

  constructor(options: DistributorOptions) {
    const { config, overrides, clock } = options;
    this.#options = options;
    this.#metrics = createDistributorMetrics(options.metrics);
    const metrics = this.#metrics;
    this.#inflight = new InflightBytes(config.max_inflight_push_bytes, metrics.inflightBytes);
    this.#pushTraces = new PushTraces({
      config,
      overrides,
      metrics,
      inflight: this.#inflight,
      ingesters: new IngesterWriter(options.ingester, metrics),
      rateLimiter: new IngestionRateLimiter({
        clock,
        limits: (tenant) => overrides.limits(tenant).ingestion,
        distributorCount: options.distributorCount ?? (() => 1),
      }),
      inspection: new SpanInspection({
        config,
        logger: options.logger,
        debugSpansReceived: metrics.debugSpansReceived,
      }),
    });
    this.#delay = new ArtificialDelay({ ...options, addedLatency: metrics.addedLatency });
  }

  async start(): Promise<void> {
    this.#state = 'running';
    for (const receiver of this.#options.receivers) await receiver.start(this);
  }

  /** Receivers stop first, so that what was accepted is still written. */
  async stop(): Promise<void> {
    this.#state = 'stopping';
    for (const receiver of this.#options.receivers.toReversed()) await receiver.stop();
    await this.#inflight.idle();
    this.#state = 'terminated';
  }

  notReadyReason(): string | undefined {
    return this.#state === 'running' ? undefined : `Distributor not ready: ${this.#state}`;
  }

  async push(spans: ReceivedSpans, signal: AbortSignal): Promise<void> {
    if (this.#state !== 'running' && this.#state !== 'stopping')
      throw new IngestError('unavailable', `distributor is ${this.#state}, send again`);
    const startMs = this.#options.clock.monotonicMs();
    try {
      await this.#pushTraces.push(spans);
    } finally {
      const elapsedMs = this.#options.clock.monotonicMs() - startMs;
      this.#metrics.pushDuration.observe({}, elapsedMs / 1000);
      await this.#delay.pad(startMs, this.#artificialDelayMs(spans), signal);
    }
  }

  #artificialDelayMs({ tenant }: ReceivedSpans): number {
    const own = this.#options.overrides.limits(tenant).ingestion.artificial_delay;
    return own ?? this.#options.config.artificial_delay;
  }
}
