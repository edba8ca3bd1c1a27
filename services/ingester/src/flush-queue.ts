/**
 * Operations that are tried until they succeed: writing a block, uploading a block. At most so many
 * run at once; a failed one waits 30 s, then 60 s, then 120 s between attempts, for ever.
 */
import type { Clock, Random, Timer, Timers } from '@tempo-ts/runtime';
import type { Logger } from '@tempo-ts/telemetry';
import type { IngesterMetrics } from './metrics.ts';

/** Something to be done until it succeeds. */
export interface QueuedOperation {
  /** One operation of a key is in the queue at a time. */
  readonly key: string;
  /** For logs: `block written`. */
  readonly name: string;
  /** MUST settle soon after `signal` is aborted. */
  run(signal: AbortSignal): Promise<void>;
}

interface Entry {
  readonly operation: QueuedOperation;
  attempt: number;
  dueMs: number;
  isRunning: boolean;
}

export interface FlushQueueOptions {
  readonly concurrency: number;
  readonly capacity: number;
  readonly backoffMs: { readonly first: number; readonly longest: number };
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly logger: Logger;
  readonly metrics: IngesterMetrics;
}

export class FlushQueue {
  readonly #options: FlushQueueOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #aborts = new Set<AbortController>();
  readonly #settled = new Set<Promise<void>>();
  #timer: Timer | undefined;
  #isStopped = false;
  /** While draining, what failed is dropped instead of waiting for its next attempt. */
  #isDraining = false;

  constructor(options: FlushQueueOptions) {
    this.#options = options;
  }

  /** Operations that wait or run. */
  get length(): number {
    return this.#entries.size;
  }

  has(key: string): boolean {
    return this.#entries.has(key);
  }

  /** False when the queue is full or stopped; the operation was not taken. */
  offer(operation: QueuedOperation): boolean {
    if (this.#isStopped) return false;
    if (this.#entries.has(operation.key)) return true;
    if (this.#entries.size >= this.#options.capacity) return false;
    const dueMs = this.#options.clock.monotonicMs();
    this.#entries.set(operation.key, { operation, attempt: 0, dueMs, isRunning: false });
    this.#pump();
    return true;
  }

  /** Gives every operation one more attempt now; resolves when none is left to run. */
  async drain(): Promise<void> {
    this.#isDraining = true;
    for (const entry of this.#entries.values()) entry.dueMs = 0;
    this.#pump();
    while (this.#entries.size > 0) {
      if (this.#settled.size === 0) break;
      await Promise.race(this.#settled);
    }
    this.#isDraining = false;
  }

  /** Forgets the operations of these keys that do not run yet. */
  remove(keys: Iterable<string>): void {
    for (const key of keys) if (!this.#entries.get(key)?.isRunning) this.#entries.delete(key);
  }

  /** Aborts what runs, forgets what waits. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#timer?.stop();
    for (const abort of this.#aborts) abort.abort(new Error('the ingester stops'));
    await Promise.all(this.#settled);
    this.#entries.clear();
  }

  #pump(): void {
    this.#timer?.stop();
    this.#timer = undefined;
    const nowMs = this.#options.clock.monotonicMs();
    let nextDueMs = Infinity;
    for (const entry of this.#entries.values()) {
      if (entry.isRunning) continue;
      if (this.#settled.size >= this.#options.concurrency) break;
      if (entry.dueMs <= nowMs) this.#start(entry);
      else nextDueMs = Math.min(nextDueMs, entry.dueMs);
    }
    if (nextDueMs < Infinity && !this.#isStopped)
      this.#timer = this.#options.timers.after(nextDueMs - nowMs, () => this.#pump());
  }

  #start(entry: Entry): void {
    entry.isRunning = true;
    const settled: Promise<void> = this.#attempt(entry).then(() => {
      this.#settled.delete(settled);
      if (!this.#isStopped) this.#pump();
    });
    this.#settled.add(settled);
  }

  /** Never rejects. */
  async #attempt(entry: Entry): Promise<void> {
    const { metrics, logger } = this.#options;
    const { operation } = entry;
    const abort = new AbortController();
    this.#aborts.add(abort);
    entry.attempt += 1;
    if (entry.attempt > 1) metrics.flushRetries.inc();
    try {
      await operation.run(abort.signal);
      this.#entries.delete(operation.key);
    } catch (error) {
      if (this.#isStopped) return;
      metrics.failedFlushes.inc();
      if (entry.attempt > 1) metrics.flushFailedRetries.inc();
      if (this.#isDraining) this.#entries.delete(operation.key);
      const waitMs = this.#backoffMs(entry.attempt);
      entry.dueMs = this.#options.clock.monotonicMs() + waitMs;
      const { name, key } = operation;
      logger.error(`${name} failed`, { key, attempt: entry.attempt, retryInMs: waitMs, error });
    } finally {
      entry.isRunning = false;
      this.#aborts.delete(abort);
    }
  }

  /** Doubles with each attempt; up to a tenth less, so that operations do not stay in step. */
  #backoffMs(attempt: number): number {
    const { first, longest } = this.#options.backoffMs;
    const wait = Math.min(longest, first * 2 ** Math.min(attempt - 1, 20));
    return Math.round(wait * (1 - this.#options.random.next() / 10));
  }
}
