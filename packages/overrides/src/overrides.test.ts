import { describe, expect, it } from '@jest/globals';
import { limitsSchema, type TempoConfig } from '@tempo-ts/config';
import { VirtualClock } from '@tempo-ts/runtime/testing';
import { createMetricsRegistry } from '@tempo-ts/telemetry';
import { createOverrides, type Overrides } from './overrides.ts';
import { memoryLog } from './testing/memory-log.ts';

const FILE = '/etc/overrides.yaml';

/** Overrides watching a file whose text the test changes. */
function watch(text: string | undefined, settings: { env?: Record<string, string> } = {}) {
  const file = { text, reads: 0 };
  const clock = new VirtualClock();
  const metrics = createMetricsRegistry();
  const log = memoryLog();
  const config = {
    defaults: limitsSchema.default,
    per_tenant_override_config: text === undefined ? '' : FILE,
    per_tenant_override_period: 10_000,
  } as TempoConfig['overrides'];
  const overrides = createOverrides({
    config,
    timers: clock,
    logger: log.logger,
    metrics,
    readFile: () => {
      file.reads++;
      return file.text === undefined
        ? Promise.reject(new Error('ENOENT'))
        : Promise.resolve(file.text);
    },
    ...settings,
  });
  /** Replaces the file and lets the period pass. */
  const change = async (next: string | undefined) => {
    file.text = next;
    clock.advance(10_000);
    await overrides.reload();
  };
  const successful = () => metrics.value('tempo_runtime_config_last_reload_successful');
  return { overrides, metrics, log, change, successful, clock, file };
}

const rate = (overrides: Overrides, tenant: string) =>
  overrides.limits(tenant).ingestion.rate_limit_bytes;

describe('overrides', () => {
  it('without a file every tenant has the defaults', async () => {
    const { overrides } = watch(undefined);
    await overrides.start();
    expect(overrides.limits('a')).toEqual(limitsSchema.default);
    expect(overrides.tenants()).toEqual([]);
    await overrides.stop();
  });

  it("a tenant's entry replaces the defaults; the wildcard is for tenants without one", async () => {
    const { overrides } = watch(
      'overrides: {a: {ingestion: {rate_limit_bytes: 1}}, "*": {ingestion: {rate_limit_bytes: 2}}}',
    );
    await overrides.start();
    expect([rate(overrides, 'a'), rate(overrides, 'b')]).toEqual([1, 2]);
    expect(overrides.limits('a').global.max_bytes_per_trace).toBe(0);
    expect(overrides.limits('a').ingestion.retry_info_enabled).toBe(false);
    expect(overrides.tenants()).toEqual(['*', 'a']);
    await overrides.stop();
  });

  it('what makes no sense as zero falls back to the defaults', async () => {
    const { overrides } = watch('overrides: {a: {ingestion: {rate_strategy: global}}}');
    await overrides.start();
    expect(overrides.limits('a').ingestion.rate_strategy).toBe('local');
    expect(overrides.limits('a').metrics_generator).toMatchObject({
      generate_native_histograms: 'classic',
      native_histogram_bucket_factor: 1.1,
      native_histogram_max_bucket_number: 100,
      native_histogram_min_reset_duration: 900_000,
    });
    await overrides.stop();
  });

  it('a changed file takes effect after the period', async () => {
    const { overrides, change, successful } = watch(
      'overrides: {a: {ingestion: {rate_limit_bytes: 1}}}',
    );
    await overrides.start();
    await change('overrides: {a: {ingestion: {rate_limit_bytes: 5}}}');
    expect(rate(overrides, 'a')).toBe(5);
    await change('overrides: {}');
    expect(rate(overrides, 'a')).toBe(15_000_000);
    expect(await successful()).toBe(1);
    await overrides.stop();
  });

  it.each([
    ['a mistake', 'overrides: {a: {ingestion: {rate_limit: 1}}}'],
    ['no YAML', 'overrides: {a'],
    ['no file', undefined],
  ])('%s keeps the last good limits and says so once', async (_what, broken) => {
    const { overrides, change, successful, log } = watch(
      'overrides: {a: {ingestion: {rate_limit_bytes: 1}}}',
    );
    await overrides.start();
    await change(broken);
    await change(broken);
    expect(rate(overrides, 'a')).toBe(1);
    expect(await successful()).toBe(0);
    expect(
      log.lines.filter(({ level }) => level === 'error').map(({ message }) => message),
    ).toEqual(['failed to reload per-tenant overrides, keeping the last good ones']);
    await change('overrides: {a: {ingestion: {rate_limit_bytes: 2}}}');
    expect(rate(overrides, 'a')).toBe(2);
    expect(await successful()).toBe(1);
    await overrides.stop();
  });

  it('a broken file stops the start', async () => {
    const { overrides, successful } = watch('overrides: {a: {ingestion: {rate_limit: 1}}}');
    await expect(overrides.start()).rejects.toThrow(
      'overrides.a.ingestion.rate_limit: unknown key',
    );
    expect(await successful()).toBe(0);
  });

  it('after stop the file is not read any more', async () => {
    const { overrides, clock, file } = watch('overrides: {}');
    await overrides.start();
    await overrides.stop();
    const reads = file.reads;
    clock.advance(60_000);
    expect(file.reads).toBe(reads);
  });

  it('limits an entry resets to zero by leaving them out are named', async () => {
    const { overrides, log } = watch(
      'overrides: {a: {ingestion: {rate_limit_bytes: 1, burst_size_bytes: 2, max_traces_per_user: 0}}}',
    );
    await overrides.start();
    expect(log.lines.filter(({ level }) => level === 'warn').map(({ fields }) => fields)).toEqual([
      { tenant: 'a', limits: 'read.max_bytes_per_tag_values_query,global.max_bytes_per_trace' },
    ]);
    await overrides.stop();
  });

  it('variables are replaced when the environment is given', async () => {
    const { overrides } = watch('overrides: {a: {ingestion: {rate_limit_bytes: ${RATE}}}}', {
      env: { RATE: '9' },
    });
    await overrides.start();
    expect(rate(overrides, 'a')).toBe(9);
    await overrides.stop();
  });
});

describe('limits as metrics', () => {
  it('defaults are exported from the beginning', async () => {
    const { metrics } = watch(undefined);
    const value = (name: string) => metrics.value('tempo_limits_defaults', { limit_name: name });
    expect(await value('ingestion_rate_limit_bytes')).toBe(15_000_000);
    expect(await value('max_local_traces_per_user')).toBe(10_000);
    expect(await value('max_bytes_per_trace')).toBe(5_000_000);
    expect(await value('block_retention')).toBe(0);
  });

  it('tenants are exported while they have an entry', async () => {
    const { overrides, metrics, change } = watch(
      'overrides: {a: {compaction: {block_retention: 2h}, metrics_generator: {disable_collection: true}}, b: {}}',
    );
    const value = (name: string, user: string) =>
      metrics.value('tempo_limits_overrides', { limit_name: name, user });
    await overrides.start();
    expect(await value('block_retention', 'a')).toBe(7200);
    expect(await value('metrics_generator_dry_run_enabled', 'a')).toBe(1);
    expect(await metrics.render()).toContain('user="b"');
    await change('overrides: {a: {ingestion: {rate_limit_bytes: 3}}}');
    expect(await value('ingestion_rate_limit_bytes', 'a')).toBe(3);
    const text = await metrics.render();
    expect(text).not.toContain('user="b"');
    expect(text).not.toContain('metrics_generator_dry_run_enabled');
    await overrides.stop();
  });

  it('the hash of the file is exported, one at a time', async () => {
    const { overrides, metrics, change } = watch('overrides: {}');
    await overrides.start();
    await change('overrides: {a: {}}');
    expect((await metrics.render()).match(/^tempo_runtime_config_hash\{/gm)).toHaveLength(1);
    await overrides.stop();
  });
});

describe('status pages', () => {
  it('a tenant shows its limits without what is zero', async () => {
    const { overrides } = watch(
      'overrides: {a: {ingestion: {rate_limit_bytes: 1}, metrics_generator: {remote_write_headers: {X: hunter2}}}}',
    );
    await overrides.start();
    expect(overrides.status('a')).toEqual({
      tenant: 'a',
      usingDefaultOrWildcard: false,
      runtimeOverrides: [
        'ingestion:',
        '  rate_strategy: local',
        '  rate_limit_bytes: 1',
        'metrics_generator:',
        '  generate_native_histograms: classic',
        '  remote_write_headers:',
        '    X: <redacted>',
        '  native_histogram_bucket_factor: 1.1',
        '  native_histogram_max_bucket_number: 100',
        '  native_histogram_min_reset_duration: 15m0s',
        '',
      ].join('\n'),
    });
    expect(overrides.status('b').usingDefaultOrWildcard).toBe(true);
    expect(overrides.status('b').runtimeOverrides).toContain('rate_limit_bytes: 15000000');
    await overrides.stop();
  });

  it('the runtime configuration shows defaults and entries, or their difference', async () => {
    const { overrides } = watch(
      'overrides: {a: {ingestion: {rate_limit_bytes: 1, max_traces_per_user: 10000}}}',
    );
    await overrides.start();
    const full = overrides.runtimeConfig();
    expect(full.startsWith('---\ndefaults:\n  ingestion:\n    rate_strategy: local\n')).toBe(true);
    expect(full).toContain('overrides:\n  a:\n    ingestion:\n      rate_limit_bytes: 1\n');
    const diff = overrides.runtimeConfig('diff');
    expect(diff).toContain('rate_limit_bytes: 1\n');
    expect(diff).not.toContain('max_traces_per_user');
    await overrides.stop();
  });
});
