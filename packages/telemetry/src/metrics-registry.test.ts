import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { VirtualClock } from '@tempo-ts/runtime/testing';
import { buildInfo, registerBuildInfo } from './build-info.ts';
import { createMetricsRegistry } from './metrics-registry.ts';
import { registerProcessMetrics } from './process-metrics.ts';
import { startTimer } from './start-timer.ts';

describe('metrics registry', () => {
  it('renders counters, gauges and histograms under their names and labels', async () => {
    const registry = createMetricsRegistry();
    const spans = registry.counter({ name: 'spans_total', help: 'h', labels: ['tenant'] });
    const live = registry.gauge({ name: 'live', help: 'h', labels: ['tenant'] });
    const took = registry.histogram({ name: 'took_seconds', help: 'h', buckets: [0.5, 1] });
    spans.inc({ tenant: 'a' }, 2);
    spans.inc({ tenant: 'a' });
    live.set({ tenant: 'a' }, 5);
    live.dec({ tenant: 'a' });
    live.inc({ tenant: 'b' });
    live.remove({ tenant: 'b' });
    took.observe({}, 0.7);
    expect(registry.contentType).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(await registry.render()).toBe(
      [
        '# HELP spans_total h',
        '# TYPE spans_total counter',
        'spans_total{tenant="a"} 3',
        '',
        '# HELP live h',
        '# TYPE live gauge',
        'live{tenant="a"} 4',
        '',
        '# HELP took_seconds h',
        '# TYPE took_seconds histogram',
        'took_seconds_bucket{le="0.5"} 0',
        'took_seconds_bucket{le="1"} 1',
        'took_seconds_bucket{le="+Inf"} 1',
        'took_seconds_sum 0.7',
        'took_seconds_count 1',
        '',
      ].join('\n'),
    );
  });

  it('counters without labels exist from the start, so that an alert sees their first error', async () => {
    const registry = createMetricsRegistry();
    registry.counter({ name: 'errors_total', help: 'h' });
    expect(await registry.render()).toContain('errors_total 0');
  });

  it('asking twice for a name gives the same metric', async () => {
    const registry = createMetricsRegistry();
    const options = { name: 'x_total', help: 'h' };
    registry.counter(options).inc();
    registry.counter(options).inc();
    expect(await registry.value('x_total')).toBe(2);
  });

  it('value sums the series that have the labels', async () => {
    const registry = createMetricsRegistry();
    const counter = registry.counter({ name: 'x_total', help: 'h', labels: ['a', 'b'] });
    counter.inc({ a: '1', b: '1' }, 1);
    counter.inc({ a: '1', b: '2' }, 10);
    counter.inc({ a: '2', b: '2' }, 100);
    expect(await registry.value('x_total', { a: '1' })).toBe(11);
    expect(await registry.value('x_total')).toBe(111);
    expect(await registry.value('absent')).toBe(0);
  });

  it('a gauge may be computed when it is read', async () => {
    const registry = createMetricsRegistry();
    let now = 1;
    registry.gauge({ name: 'g', help: 'h', collect: (gauge) => gauge.set({}, now) });
    expect(await registry.value('g')).toBe(1);
    now = 2;
    expect(await registry.value('g')).toBe(2);
  });
});

describe('bound counters', () => {
  it('count the same as unbound ones, however they are mixed and read', async () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('bound'), tenant: fc.constantFrom('a', 'b'), by: fc.nat(9) }),
      fc.record({ kind: fc.constant('free'), tenant: fc.constantFrom('a', 'b'), by: fc.nat(9) }),
      fc.record({ kind: fc.constant('read'), tenant: fc.constantFrom('a', 'b'), by: fc.nat(9) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step), async (steps) => {
        const registry = createMetricsRegistry();
        const counter = registry.counter({ name: 'x_total', help: 'h', labels: ['tenant'] });
        const expected: Record<string, number> = { a: 0, b: 0 };
        for (const { kind, tenant, by } of steps) {
          if (kind === 'bound') counter.labels({ tenant }).inc(by);
          else if (kind === 'free') counter.inc({ tenant }, by);
          if (kind !== 'read') expected[tenant]! += by;
          else expect(await registry.value('x_total', { tenant })).toBe(expected[tenant]);
        }
        for (const tenant of ['a', 'b'])
          expect(await registry.value('x_total', { tenant })).toBe(expected[tenant]);
      }),
    );
  });

  it('are exported with 0 as soon as they are bound, and are one series in any label order', async () => {
    const registry = createMetricsRegistry();
    const counter = registry.counter({ name: 'x_total', help: 'h', labels: ['a', 'b'] });
    const first = counter.labels({ a: 1, b: 2 });
    expect(await registry.render()).toContain('x_total{a="1",b="2"} 0');
    expect(counter.labels({ b: 2, a: 1 })).toBe(first);
  });

  it('only go up', () => {
    const counter = createMetricsRegistry().counter({ name: 'x_total', help: 'h' });
    expect(() => counter.labels({}).inc(-1)).toThrow('a counter only goes up');
  });
});

describe('metrics of the process', () => {
  it('exports what the dashboards read', async () => {
    const registry = createMetricsRegistry();
    registerProcessMetrics(registry);
    registerBuildInfo(registry, buildInfo({ version: '1.0.0' }));
    const text = await registry.render();
    for (const name of [
      'process_cpu_seconds_total',
      'process_resident_memory_bytes',
      'process_start_time_seconds',
      'go_memstats_heap_inuse_bytes',
      'go_gc_duration_seconds_count',
      'nodejs_eventloop_lag_p99_seconds',
      'tempo_build_info{version="1.0.0",',
    ])
      expect(text).toMatch(new RegExp(`^${name.replace('{', '\\{')}.* \\S+$`, 'm'));
    expect(await registry.value('go_memstats_heap_inuse_bytes')).toBeGreaterThan(1_000_000);
  });

  it('a timer observes the seconds since its start', async () => {
    const registry = createMetricsRegistry();
    const clock = new VirtualClock();
    const histogram = registry.histogram({
      name: 'took_seconds',
      help: 'h',
      labels: ['op'],
      buckets: [1, 2],
    });
    const stop = startTimer(histogram, clock);
    clock.advance(1500);
    expect(stop({ op: 'x' })).toBe(1.5);
    expect(await registry.render()).toContain('took_seconds_bucket{le="2",op="x"} 1');
  });
});
