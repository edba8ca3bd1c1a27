/** The time of day and the passing of time, as values that tests can replace. */
import { performance } from 'node:perf_hooks';

/** Reads the time. */
export interface Clock {
  /** Milliseconds since 1970-01-01 UTC; may jump when the machine's clock is set. */
  nowUnixMs(): number;
  /** Milliseconds since an arbitrary moment; never goes back. Use it for durations. */
  monotonicMs(): number;
}

/** A started timer. */
export interface Timer {
  /** Stops the timer; does nothing when it has fired or was stopped. */
  stop(): void;
}

/** Starts timers. Whoever starts a timer stops it. Timers do not keep the process alive. */
export interface Timers {
  /** Calls `callback` once after `delayMs`. */
  after(delayMs: number, callback: () => void): Timer;
  /** Calls `callback` every `periodMs`, first after one period. */
  every(periodMs: number, callback: () => void): Timer;
  /** Resolves after `delayMs`; rejects with the signal's reason when it is aborted before. */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>;
}

/** The machine's clock. */
export const systemClock: Clock = {
  nowUnixMs: () => Date.now(),
  monotonicMs: () => performance.now(),
};

/** The event loop's timers. */
export const systemTimers: Timers = {
  after(delayMs, callback) {
    const handle = setTimeout(callback, delayMs);
    handle.unref();
    return { stop: () => clearTimeout(handle) };
  },
  every(periodMs, callback) {
    const handle = setInterval(callback, periodMs);
    handle.unref();
    return { stop: () => clearInterval(handle) };
  },
  sleep(delayMs, signal) {
    return new Promise((resolve, reject) => {
      const abort = () => {
        clearTimeout(handle);
        reject(signal?.reason instanceof Error ? signal.reason : new Error('aborted'));
      };
      const handle = setTimeout(() => {
        signal?.removeEventListener('abort', abort);
        resolve();
      }, delayMs);
      if (signal?.aborted) abort();
      else signal?.addEventListener('abort', abort, { once: true });
    });
  },
};
