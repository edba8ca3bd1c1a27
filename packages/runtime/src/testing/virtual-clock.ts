/** A clock and timers that move only when a test says so. */
import type { Clock, Timer, Timers } from '../clock.ts';

interface Entry {
  dueMs: number;
  readonly callback: () => void;
  readonly periodMs?: number;
}

/** Time under the control of a test. */
export class VirtualClock implements Clock, Timers {
  readonly #entries = new Set<Entry>();
  #nowMs: number;

  constructor(startUnixMs = 1_700_000_000_000) {
    this.#nowMs = startUnixMs;
  }

  nowUnixMs(): number {
    return this.#nowMs;
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, callback: () => void): Timer {
    return this.#add({ dueMs: this.#nowMs + delayMs, callback });
  }

  every(periodMs: number, callback: () => void): Timer {
    return this.#add({ dueMs: this.#nowMs + periodMs, callback, periodMs });
  }

  sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = this.after(delayMs, resolve);
      signal?.addEventListener('abort', () => {
        timer.stop();
        reject(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
      });
    });
  }

  /** Moves time forward by `durationMs`, firing what falls due in order of its time. */
  advance(durationMs: number): void {
    const endMs = this.#nowMs + durationMs;
    for (;;) {
      const next = [...this.#entries]
        .filter((entry) => entry.dueMs <= endMs)
        .toSorted((a, b) => a.dueMs - b.dueMs)[0];
      if (!next) break;
      this.#nowMs = Math.max(this.#nowMs, next.dueMs);
      if (next.periodMs === undefined) this.#entries.delete(next);
      else next.dueMs += next.periodMs;
      next.callback();
    }
    this.#nowMs = endMs;
  }

  #add(entry: Entry): Timer {
    this.#entries.add(entry);
    return { stop: () => this.#entries.delete(entry) };
  }
}
