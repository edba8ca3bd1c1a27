import { describe, expect, it } from '@jest/globals';
import { VirtualClock } from '@tempo-ts/runtime/testing';
import { createMetricsRegistry, silentLogger, type LogFields } from '@tempo-ts/telemetry';
import { createMetricsGenerator, type MetricsGeneratorOptions } from './module.ts';

const CONFIG = {
  registry: { collection_interval: 15_000 },
  storage: { path: '', remote_write: [] as unknown[] },
};

function setUp(
  processorsOf: (tenant: string) => readonly string[],
  config: typeof CONFIG = CONFIG,
) {
  const warnings: unknown[] = [];
  const clock = new VirtualClock();
  const metrics = createMetricsRegistry();
  const module = createMetricsGenerator({
    config: config as unknown as MetricsGeneratorOptions['config'],
    overrides: {
      tenants: () => ['a', '*'],
      limits: (tenant) =>
        ({ metrics_generator: { processors: processorsOf(tenant) } }) as unknown as ReturnType<
          MetricsGeneratorOptions['overrides']['limits']
        >,
    },
    timers: clock,
    logger: {
      ...silentLogger,
      warn: (message: string, fields?: LogFields) => warnings.push([message, fields]),
    },
    metrics,
  });
  return { module, warnings, clock, metrics };
}

/** Why settings are refused. */
function refusal(config: Partial<typeof CONFIG>): string | undefined {
  try {
    setUp(() => [], { ...CONFIG, ...config });
  } catch (error) {
    return (error as Error).message;
  }
  return undefined;
}

describe('createMetricsGenerator', () => {
  it('is ready once started and says nothing while nobody wants metrics', async () => {
    const { module, warnings, clock } = setUp(() => []);
    expect(module.notReadyReason?.()).toBe('Generator not ready: new');
    await module.start();
    expect(module.notReadyReason?.()).toBeUndefined();
    clock.advance(10 * 60_000);
    expect(warnings).toEqual([]);
    await module.stop();
    expect(module.notReadyReason?.()).toBe('Generator not ready: terminated');
  });

  it('warns once of processors that are enabled, also when that happens later', async () => {
    let processors: string[] = [];
    const { module, warnings, clock } = setUp((tenant) => (tenant === 'a' ? processors : []));
    await module.start();
    processors = ['span-metrics', 'service-graphs'];
    clock.advance(10 * 60_000);
    expect(warnings).toEqual([
      [
        'processors are enabled but no metrics are generated from spans yet',
        { tenant: 'a', processors: 'span-metrics,service-graphs' },
      ],
    ]);
  });

  it('refuses settings that cannot work, naming the key', () => {
    expect(refusal({ registry: { collection_interval: 0 } })).toBe(
      'metrics_generator.registry.collection_interval: must be longer than 0s',
    );
    expect(refusal({ storage: { path: '', remote_write: [{}] } })).toBe(
      'metrics_generator.storage.path: must be set when metrics_generator.storage.remote_write is: samples wait there',
    );
    expect(refusal({ storage: { path: 'wal', remote_write: [{}] } })).toBeUndefined();
  });
});
