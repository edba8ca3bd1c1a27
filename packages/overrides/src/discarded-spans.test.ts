import { describe, expect, it } from '@jest/globals';
import { createMetricsRegistry } from '@tempo-ts/telemetry';
import { createDiscardedSpans, DISCARD_REASONS } from './discarded-spans.ts';

describe('discarded spans', () => {
  it('are counted by reason and tenant', async () => {
    const metrics = createMetricsRegistry();
    const discarded = createDiscardedSpans(metrics);
    for (const reason of DISCARD_REASONS) discarded.count(reason, 'a', 2);
    discarded.count('rate_limited', 'b', 5);
    const value = (labels: Record<string, string>) =>
      metrics.value('tempo_discarded_spans_total', labels);
    expect(await value({ reason: 'rate_limited', tenant: 'a' })).toBe(2);
    expect(await value({ reason: 'rate_limited' })).toBe(7);
    expect(await value({})).toBe(2 * DISCARD_REASONS.length + 5);
  });

  it('are the same counter for everybody who counts in one registry', async () => {
    const metrics = createMetricsRegistry();
    createDiscardedSpans(metrics).count('trace_too_large', 'a', 1);
    createDiscardedSpans(metrics).count('trace_too_large', 'a', 1);
    expect(await metrics.value('tempo_discarded_spans_total')).toBe(2);
  });
});
