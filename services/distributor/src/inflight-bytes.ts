/** Bounds the bytes of requests that are being worked on, and tells when none are. */
import { IngestError } from '@tempo-ts/ports';
import type { GaugeMetric } from '@tempo-ts/telemetry';

export class InflightBytes {
  readonly #maxBytes: number;
  readonly #gauge: GaugeMetric;
  #bytes = 0;
  #holders = 0;
  #idle: (() => void)[] = [];

  constructor(maxBytes: number, gauge: GaugeMetric) {
    this.#maxBytes = maxBytes;
    this.#gauge = gauge;
  }

  /**
   * Runs `task` while `byteLength` bytes are held; the task may hold more with the function it gets.
   * A request that is alone always finds room: its own size has other limits.
   *
   * @throws IngestError `unavailable` when the budget has no room.
   */
  async hold<T>(
    byteLength: number,
    task: (holdMore: (byteLength: number) => void) => Promise<T>,
  ): Promise<T> {
    let held = 0;
    const holdMore = (more: number) => {
      if (this.#bytes > held) this.#checkRoom(more);
      held += more;
      this.#add(more);
    };
    holdMore(byteLength);
    this.#holders += 1;
    try {
      return await task(holdMore);
    } finally {
      this.#holders -= 1;
      this.#add(-held);
      if (this.#holders === 0) for (const resolve of this.#idle.splice(0)) resolve();
    }
  }

  /** Resolves when nothing is held. */
  idle(): Promise<void> {
    if (this.#holders === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  #checkRoom(byteLength: number): void {
    if (this.#bytes + byteLength <= this.#maxBytes) return;
    throw new IngestError(
      'unavailable',
      `${this.#bytes} bytes of spans are on their way to ingesters; ${byteLength} more would exceed ` +
        `distributor.max_inflight_push_bytes ${this.#maxBytes}`,
    );
  }

  #add(byteLength: number): void {
    this.#bytes += byteLength;
    this.#gauge.set({}, this.#bytes);
  }
}
