import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { YamlValue } from './field.ts';
import { parseTenantLimits } from './parse-overrides.ts';
import { yamlDocument } from './render-config.ts';
import { renderLimits } from './render-limits.ts';
import { legacyLimitNames } from './schema/legacy-limits.ts';
import { limitsSchema } from './schema/limits.ts';
import { arbitrarySetting } from './testing/arbitrary-settings.ts';
import { loadText, LOCAL_STORAGE, problemsOf } from './testing/load-text.ts';

/** Any limits, as they would stand in a file. */
const anyLimits = arbitrarySetting(limitsSchema) as fc.Arbitrary<Record<string, YamlValue>>;

/** The same limits in the flat form. */
function flatten(scoped: Readonly<Record<string, YamlValue>>): Record<string, YamlValue> {
  const flat: Record<string, YamlValue> = {};
  for (const shared of ['forwarders', 'cost_attribution'])
    if (scoped[shared] !== undefined) flat[shared] = scoped[shared];
  for (const [name, path] of legacyLimitNames()) {
    const value = path
      .split('.')
      .reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], scoped);
    if (value !== undefined) flat[name] = value as YamlValue;
  }
  return flat;
}

const read = (text: string) => parseTenantLimits(text, { source: 'o.yaml' });

describe('parseTenantLimits', () => {
  it('what an entry leaves out is zero, not the default', () => {
    const { limits } = read('overrides: {a: {ingestion: {burst_size_bytes: 5}}}');
    expect(limits.get('a')).toEqual({
      ...limitsSchema.zero,
      ingestion: { ...limitsSchema.zero.ingestion, burst_size_bytes: 5 },
    });
  });

  it('says which limits a tenant sets', () => {
    const { settings } = read('overrides:\n  a: {global: {max_bytes_per_trace: 1}}\n  "*": {}\n');
    expect([...settings]).toEqual([
      ['a', ['global', 'global.max_bytes_per_trace']],
      ['*', []],
    ]);
  });

  it('an entry without a value is no entry', () => {
    expect([...read('overrides:\n  a:\n  b: {}\n').limits.keys()]).toEqual(['b']);
  });

  it('an empty file has no entries', () => {
    for (const text of ['', 'overrides:\n', 'overrides: {}'])
      expect(read(text).limits.size).toBe(0);
  });

  it('the flat form says the same as the scoped form', () => {
    const flat = read(
      'overrides: {a: {ingestion_rate_limit_bytes: 1, max_traces_per_user: 2, max_bytes_per_trace: 3, block_retention: 24h, max_search_duration: 7d, metrics_generator_processors: [span-metrics], metrics_generator_forwarder_queue_size: 4, metrics_generator_processor_span_metrics_dimensions: [x], forwarders: [f]}}',
    );
    const scoped = read(
      'overrides: {a: {ingestion: {rate_limit_bytes: 1, max_traces_per_user: 2}, global: {max_bytes_per_trace: 3}, compaction: {block_retention: 24h}, read: {max_search_duration: 7d}, metrics_generator: {processors: [span-metrics], forwarder: {queue_size: 4}, processor: {span_metrics: {dimensions: [x]}}}, forwarders: [f]}}',
    );
    expect(flat.limits.get('a')).toEqual(scoped.limits.get('a'));
    expect(flat.warnings[0]?.message).toBe('the flat form of limits is deprecated');
  });

  it('any limits say the same in both forms', () => {
    fc.assert(
      fc.property(anyLimits, (value) => {
        const scoped = read(yamlDocument({ overrides: { a: value } })).limits.get('a');
        const flat = read(yamlDocument({ overrides: { a: flatten(value) } })).limits.get('a');
        expect(flat).toEqual(scoped);
      }),
      { numRuns: 30 },
    );
  });

  it('limits that are shown are read back as they are', () => {
    fc.assert(
      fc.property(anyLimits, (value) => {
        const parsed = read(yamlDocument({ overrides: { a: value } })).limits.get('a')!;
        const shown = renderLimits(parsed).replace(/^/gm, '    ');
        const back = read(`overrides:\n  a:\n${shown.trim() === '' ? '    {}' : shown}`);
        expect(back.limits.get('a')).toEqual(parsed);
      }),
      { numRuns: 30 },
    );
  });

  it('forms may not be mixed', () => {
    const text =
      'overrides: {a: {ingestion_rate_limit_bytes: 1, read: {unsafe_query_hints: true}}}';
    expect(problemsOf(() => read(text))).toEqual([
      'o.yaml:1:17: overrides.a: mixes the flat form of limits (ingestion_rate_limit_bytes) with the scoped form (read); use the scoped form only',
    ]);
  });

  it('mistakes are told with tenant, place and suggestion', () => {
    const text = 'overrides:\n  a: {ingestion: {rate_limit_byte: 1}}\n  b: 5\nlimits: {}\n';
    expect(problemsOf(() => read(text))).toEqual([
      'o.yaml:4:1: limits: unknown key, accepted here: overrides',
      'o.yaml:2:19: overrides.a.ingestion.rate_limit_byte: unknown key, did you mean `overrides.a.ingestion.rate_limit_bytes`?',
      'o.yaml:3:6: overrides.b: 5 is given where a section is expected',
    ]);
  });

  it('dedicated columns and buckets are checked', () => {
    const columns = Array.from(
      { length: 6 },
      (_, index) => `{scope: span, name: n${index}, type: int}`,
    );
    const text = `overrides: {a: {storage: {parquet_dedicated_columns: [${columns.join(', ')}]}, metrics_generator: {processor: {span_metrics: {histogram_buckets: [1, 1]}}}}}`;
    expect(
      problemsOf(() => read(text)).map((line) => line.split(': ').slice(2).join(': ')),
    ).toEqual([
      'there are more than 5 dedicated int columns for span attributes',
      'the bounds 1, 1 do not rise strictly',
    ]);
  });

  it('variables are replaced when the environment is given', () => {
    const text = 'overrides: {a: {global: {max_bytes_per_trace: ${MAX}}}}';
    const { limits } = parseTenantLimits(text, { source: 'o.yaml', env: { MAX: '7' } });
    expect(limits.get('a')?.global.max_bytes_per_trace).toBe(7);
  });
});

describe('overrides in the main file', () => {
  it('the flat form lies on top of the defaults', () => {
    const { config } = loadText(
      `${LOCAL_STORAGE}overrides: {ingestion_rate_limit_bytes: 5, per_tenant_override_period: 1m}\n`,
    );
    expect(config.overrides.defaults.ingestion).toEqual({
      ...limitsSchema.default.ingestion,
      rate_limit_bytes: 5,
    });
    expect(config.overrides.per_tenant_override_period).toBe(60_000);
  });

  it('the flat form may not be mixed with defaults', () => {
    const text = `${LOCAL_STORAGE}overrides: {max_bytes_per_trace: 5, defaults: {}}\n`;
    expect(problemsOf(() => loadText(text))).toEqual([
      'tempo.yaml:2:13: overrides: mixes the flat form of limits (max_bytes_per_trace) with overrides.defaults; use overrides.defaults only',
    ]);
  });
});
