/**
 * How many bytes are on their way to the head worker. A push that finds no room waits for a while,
 * which slows its sender down to the worker's pace; only then is it refused.
 */
import { IngestError } from '@tempo-ts/ports';
import type { Timer, Timers } from '@tempo-ts/runtime';

export interface BytesInFlightOptions {
  /** See IngesterBounds. */
  readonly maxBytesInFlight: number;
  /** Longest wait for room. */
  readonly maxWaitMs: number;
  readonly timers: Timers;
}

interface Waiter {
  readonly byteLength: number;
  readonly grant: () => void;
  readonly refuse: (error: IngestError) => void;
  readonly timer: Timer | undefined;
}

export class BytesInFlight {
  readonly #options: BytesInFlightOptions;
  /** In order of arrival. */
  #waiters: Waiter[] = [];
  #waitingBytes = 0;
  #bytes = 0;

  constructor(options: BytesInFlightOptions) {
    this.#options = options;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Resolves when there is room for `byteLength` more bytes, which are then counted. One push finds
   * room, however large, when nothing else is in flight.
   *
   * @throws IngestError `unavailable` after `maxWaitMs`, or when as much waits already as may be in
   *   flight; neither with `patient`.
   */
  reserve(byteLength: number, options: { readonly patient?: boolean } = {}): Promise<void> {
    if (this.#waiters.length === 0 && this.#hasRoom(byteLength)) {
      this.#bytes += byteLength;
      return Promise.resolve();
    }
    const { maxBytesInFlight, maxWaitMs, timers } = this.#options;
    if (!options.patient && this.#waitingBytes + byteLength > maxBytesInFlight)
      return Promise.reject(this.#refusal());
    return new Promise((grant, refuse) => {
      const timer = options.patient
        ? undefined
        : timers.after(maxWaitMs, () => this.#giveUp(waiter));
      const waiter: Waiter = { byteLength, grant, refuse, timer };
      this.#waiters.push(waiter);
      this.#waitingBytes += byteLength;
    });
  }

  /** The bytes are indexed, or were not stored after all. */
  release(byteLength: number): void {
    this.#bytes = Math.max(0, this.#bytes - byteLength);
    for (let first = this.#waiters[0]; first; first = this.#waiters[0]) {
      if (!this.#hasRoom(first.byteLength)) return;
      this.#forget(first);
      this.#bytes += first.byteLength;
      first.grant();
    }
  }

  /** Nothing is in flight any more; who waits is refused with `message`. */
  reset(message: string): void {
    this.#bytes = 0;
    for (const waiter of this.#waiters.slice()) {
      this.#forget(waiter);
      waiter.refuse(new IngestError('unavailable', message, { retryAfterMs: 1000 }));
    }
  }

  #hasRoom(byteLength: number): boolean {
    return this.#bytes === 0 || this.#bytes + byteLength <= this.#options.maxBytesInFlight;
  }

  #giveUp(waiter: Waiter): void {
    this.#forget(waiter);
    waiter.refuse(this.#refusal());
  }

  #forget(waiter: Waiter): void {
    waiter.timer?.stop();
    this.#waiters = this.#waiters.filter((other) => other !== waiter);
    this.#waitingBytes -= waiter.byteLength;
  }

  #refusal(): IngestError {
    const { maxBytesInFlight } = this.#options;
    return new IngestError(
      'unavailable',
      `${this.#bytes} bytes wait to be indexed, limit ${maxBytesInFlight} (maxBytesInFlight)`,
      { retryAfterMs: 1000 },
    );
  }
}
