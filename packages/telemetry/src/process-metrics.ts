/**
 * Metrics of the process itself: CPU, memory, files, event loop, garbage collection; and the few of
 * Go's runtime metrics that Tempo's dashboards read and that have a counterpart here.
 */
import { PerformanceObserver } from 'node:perf_hooks';
import type { MetricsRegistry } from './metrics-registry.ts';

/** Exports them from `registry`; call it once per process. */
export function registerProcessMetrics(registry: MetricsRegistry): void {
  registry.addRuntimeMetrics();
  registry.gauge({
    name: 'go_memstats_heap_inuse_bytes',
    help: 'JavaScript heap in use and buffers outside of it, of the main thread.',
    collect(gauge) {
      const { heapUsed, external } = process.memoryUsage();
      gauge.set({}, heapUsed + external);
    },
  });
  const collections = registry.summary({
    name: 'go_gc_duration_seconds',
    help: 'Garbage collections of the main thread.',
  });
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) collections.observe({}, entry.duration / 1000);
  });
  observer.observe({ entryTypes: ['gc'] });
}
