/**
 * The buckets of a metrics query (spec §9.3): left-open, right-closed, `(start + i·step,
 * start + (i+1)·step]`, each named by its end. A span belongs to the bucket of its own start time,
 * whatever trace, batch or block it lies in.
 */
import { QueryError } from '@tempo-ts/ports';
import type { BatchView } from '../batch-view.ts';

/** Start, end and step of the buckets in nanoseconds since 1970. */
export interface GridTimes {
  readonly start: bigint;
  readonly end: bigint;
  readonly step: bigint;
}

/** No bucket. */
export const OUTSIDE = -1;

/** Nanoseconds beyond which differences are not exact as doubles: 104 days. */
const EXACT = BigInt(Number.MAX_SAFE_INTEGER);

/** More buckets than any query may have (`max_intervals` is 10,000 unless it is raised). */
const MAX_INTERVALS = 1_000_000;

export class TimeGrid {
  readonly start: bigint;
  readonly step: bigint;
  /** Number of buckets. */
  readonly intervals: number;

  constructor({ start, end, step }: GridTimes) {
    if (step <= 0n || end <= start)
      throw new QueryError('invalid', 'end must be greater than start');
    const intervals = (end - start + step - 1n) / step;
    if (intervals > BigInt(MAX_INTERVALS))
      throw new QueryError('invalid', `more than ${MAX_INTERVALS} steps`);
    this.start = start;
    this.step = step;
    this.intervals = Number(intervals);
  }

  /** The end of bucket `i`, in milliseconds. */
  timestampMs(i: number): bigint {
    return (this.start + BigInt(i + 1) * this.step) / 1_000_000n;
  }

  /** The bucket of every span that is in a set; {@link OUTSIDE} for all others. */
  intervalsOf(view: BatchView, setOf: Int32Array): Int32Array {
    const last = this.start + BigInt(this.intervals) * this.step;
    return last - this.start <= EXACT && this.step <= EXACT
      ? this.#exactIntervals(view, setOf)
      : this.#longIntervals(view, setOf);
  }

  #exactIntervals(view: BatchView, setOf: Int32Array): Int32Array {
    const { words } = view.batch.spans.startUnixNanos;
    const found = new Int32Array(view.spanCount);
    const startLow = Number(this.start & 0xffffffffn);
    const startHigh = Number(this.start >> 32n);
    const step = Number(this.step);
    const range = step * this.intervals;
    const perStep = 1 / step;
    for (let span = 0; span < found.length; span += 1) {
      found[span] = OUTSIDE;
      if (setOf[span]! < 0) continue;
      const low = (words[2 * span]! >>> 0) - startLow;
      const high = (words[2 * span + 1]! >>> 0) - startHigh;
      // Far outside the sum is rounded, but never into the range.
      const offset = high * 4_294_967_296 + low - 1;
      if (offset < 0 || offset >= range) continue;
      // Rounded, at most one off; the rest is exact and tells.
      let interval = (offset * perStep) | 0;
      const rest = offset - interval * step;
      if (rest < 0) interval -= 1;
      else if (rest >= step) interval += 1;
      found[span] = interval;
    }
    return found;
  }

  #longIntervals(view: BatchView, setOf: Int32Array): Int32Array {
    const { words } = view.batch.spans.startUnixNanos;
    const found = new Int32Array(view.spanCount).fill(OUTSIDE);
    for (let span = 0; span < found.length; span += 1) {
      if (setOf[span]! < 0) continue;
      const nanos = (BigInt(words[2 * span + 1]! >>> 0) << 32n) | BigInt(words[2 * span]! >>> 0);
      const offset = nanos - this.start - 1n;
      if (offset < 0n) continue;
      const interval = offset / this.step;
      if (interval < BigInt(this.intervals)) found[span] = Number(interval);
    }
    return found;
  }
}
