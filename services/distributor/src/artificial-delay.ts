/** `artificial_delay`: makes answers take a while, so that senders see the latency of a slow network. */
import type { Clock, Random, Timers } from '@tempo-ts/runtime';
import type { HistogramMetric } from '@tempo-ts/telemetry';

/** The delay varies by up to this part of itself in either direction. */
const JITTER = 0.1;

export interface ArtificialDelayOptions {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly addedLatency: HistogramMetric;
}

export class ArtificialDelay {
  readonly #options: ArtificialDelayOptions;

  constructor(options: ArtificialDelayOptions) {
    this.#options = options;
  }

  /** Waits until `delayMs` (jittered) have passed since `startMs`; at once when the sender is gone. */
  async pad(startMs: number, delayMs: number, signal: AbortSignal): Promise<void> {
    if (delayMs <= 0) return;
    const { clock, timers, random, addedLatency } = this.#options;
    const wantedMs = delayMs * (1 + JITTER * (2 * random.next() - 1));
    const remainingMs = wantedMs - (clock.monotonicMs() - startMs);
    if (remainingMs <= 0) return;
    addedLatency.observe({}, remainingMs / 1000);
    try {
      await timers.sleep(remainingMs, signal);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }
}
