/**
 * The compactor's metrics, under Tempo's names. Those of merging stand at zero until blocks are
 * merged: dashboards and alerts read them.
 */
import type { CounterMetric, MetricsRegistry } from '@tempo-ts/telemetry';

/** Highest level of which a series exists from the start. */
const FIRST_LEVELS = ['0', '1'] as const;

/** Makes the metrics of merging. */
export function registerCompactionMetrics(metrics: MetricsRegistry): void {
  for (const [name, help] of [
    ['tempodb_compaction_blocks_total', 'Blocks merged.'],
    ['tempodb_compaction_objects_written_total', 'Traces written to merged blocks.'],
    ['tempodb_compaction_bytes_written_total', 'Bytes written to merged blocks.'],
    ['tempodb_compaction_objects_combined_total', 'Traces put together of several blocks.'],
  ] as const) {
    const counter = metrics.counter({ name, help, labels: ['level'] });
    for (const level of FIRST_LEVELS) counter.inc({ level }, 0);
  }
  metrics.gauge({
    name: 'tempodb_compaction_outstanding_blocks',
    help: 'Blocks that could be merged.',
    labels: ['tenant'],
  });
  for (const [name, help] of [
    ['tempodb_compaction_errors_total', 'Errors while merging.'],
    ['tempo_compactor_blocks_compacted_total', 'Blocks that were merged into others.'],
  ] as const)
    fromZero(metrics.counter({ name, help }));
}

function fromZero(counter: CounterMetric): void {
  counter.inc({}, 0);
}
