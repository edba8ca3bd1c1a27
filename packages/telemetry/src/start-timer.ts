/** Measures how long something takes into a histogram of seconds. */
import type { Clock } from '@tempo-ts/runtime';
import type { HistogramMetric, Labels } from './metrics-registry.ts';

/** Starts now; the returned function observes the seconds since and returns them. */
export function startTimer(histogram: HistogramMetric, clock: Clock): (labels?: Labels) => number {
  const startedMs = clock.monotonicMs();
  return (labels = {}) => {
    const seconds = (clock.monotonicMs() - startedMs) / 1000;
    histogram.observe(labels, seconds);
    return seconds;
  };
}
