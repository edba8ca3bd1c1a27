import { describe, expect, it } from '@jest/globals';
import { loadText, LOCAL_STORAGE } from './testing/load-text.ts';
import { verifyConfig } from './verify-config.ts';

const warnedPaths = (text: string, args: readonly string[] = []) =>
  loadText(text, { args })
    .warnings.filter(({ part }) => part === undefined)
    .map(({ path }) => path);

describe('suspect settings', () => {
  it('a plain configuration has none', () => {
    expect(warnedPaths(LOCAL_STORAGE)).toEqual([]);
  });

  it.each([
    ['ingester.complete_block_timeout', 'ingester: {complete_block_timeout: 1m}'],
    [
      'compactor.compaction.compacted_block_retention',
      'compactor: {compaction: {compacted_block_retention: 0h}}',
    ],
    [
      'compactor.compaction.retention_concurrency',
      'compactor: {compaction: {retention_concurrency: 0}}',
    ],
    [
      'distributor.log_received_spans.enabled',
      'distributor: {log_received_spans: {enabled: true}}',
    ],
    [
      'distributor.log_discarded_spans.enabled',
      'distributor: {log_discarded_spans: {enabled: true}}',
    ],
    ['query_frontend.mcp_server.enabled', 'query_frontend: {mcp_server: {enabled: true}}'],
    [
      'query_frontend.trace_by_id.concurrent_shards',
      'query_frontend: {trace_by_id: {concurrent_shards: 51}}',
    ],
    ['backend_scheduler.work.prune_age', 'backend_scheduler: {work: {prune_age: 10m}}'],
    ['block_builder.wal.version', 'block_builder: {block: {version: vParquet5}}'],
    [
      'block_builder.assigned_partitions',
      'block_builder: {assigned_partitions: {a: [1]}, partitions_per_instance: 2}',
    ],
    [
      'overrides.user_configurable_overrides.client',
      'overrides: {user_configurable_overrides: {client: {backend: local, local: {path: /tmp/blocks}}}}',
    ],
  ])('%s', (path, yaml) => {
    expect(warnedPaths(`${LOCAL_STORAGE}${yaml}\n`)).toContain(path);
  });

  it('blocklist_poll_concurrency 0 warns and the default is used', () => {
    const { config, warnings } = loadText(
      'storage: {trace: {backend: local, local: {path: x}, blocklist_poll_concurrency: 0}}',
    );
    expect(warnings.map(({ path }) => path)).toEqual(['storage.trace.blocklist_poll_concurrency']);
    expect(config.storage.trace.blocklist_poll_concurrency).toBe(50);
  });

  it('s3 settings that no longer count warn', () => {
    const s3 =
      'storage: {trace: {backend: s3, s3: {bucket: b, native_aws_auth_enabled: true}, cache: redis}}';
    expect(warnedPaths(s3)).toContain('storage.trace.s3.native_aws_auth_enabled');
    expect(warnedPaths(s3)).toContain('storage.trace.cache');
  });

  it('the local backend warns when components are apart', () => {
    expect(warnedPaths(LOCAL_STORAGE, ['-target=querier'])).toContain('storage.trace.backend');
  });

  it('the flat form of limits warns', () => {
    const text = `${LOCAL_STORAGE}overrides: {ingestion_rate_limit_bytes: 5}\n`;
    expect(loadText(text).warnings.map(({ message }) => message)).toEqual([
      'the flat form of limits is deprecated',
    ]);
  });
});

describe('verifyConfig', () => {
  it('is 0 without warnings', () => {
    expect(verifyConfig(loadText(LOCAL_STORAGE))).toEqual({
      exitCode: 0,
      lines: ['tempo.yaml: the configuration is valid, without warnings'],
    });
  });

  it('is 1 with warnings, each with its place', () => {
    const loaded = loadText(`${LOCAL_STORAGE}cache:\n  background: {writeback_buffer: 1}\n`);
    expect(verifyConfig(loaded)).toEqual({
      exitCode: 1,
      lines: [
        'tempo.yaml:2: cache is accepted, but caching is not available yet (set here: background.writeback_buffer): nothing is cached outside the process',
      ],
    });
  });
});
