import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parse } from 'yaml';
import type { YamlValue } from './field.ts';
import { renderConfig, yamlDocument } from './render-config.ts';
import { sameValue } from './same-value.ts';
import { tempoSchema } from './schema/tempo-config.ts';
import { arbitrarySetting } from './testing/arbitrary-settings.ts';
import { loadText, LOCAL_STORAGE } from './testing/load-text.ts';

/** Any settings, made into a file that can be used. */
const settings = arbitrarySetting(tempoSchema)!.map((value) => {
  const given = value as Record<string, YamlValue>;
  const { http_api_prefix: _prefix, storage: _storage, ...others } = given;
  return { ...others, storage: { trace: { backend: 'local', local: { path: 'x' } } } };
});

describe('renderConfig', () => {
  it('what is rendered loads to the same configuration', () => {
    fc.assert(
      fc.property(settings, (value) => {
        const { config } = loadText(yamlDocument(value));
        expect(sameValue(loadText(renderConfig(config)).config, config)).toBe(true);
      }),
      { numRuns: 8 },
    );
  });

  it('what differs from the defaults is enough to load the same configuration', () => {
    fc.assert(
      fc.property(settings, (value) => {
        const { config } = loadText(yamlDocument(value));
        expect(sameValue(loadText(renderConfig(config, 'diff')).config, config)).toBe(true);
      }),
      { numRuns: 5 },
    );
  });

  it('is one YAML document with the keys in the order of the reference', () => {
    const text = renderConfig(loadText(LOCAL_STORAGE).config);
    expect(text.startsWith('---\ntarget: all\n')).toBe(true);
    expect(Object.keys(parse(text) as object)).toEqual([...tempoSchema.children.keys()]);
  });

  it('diff shows only what differs, defaults shows the defaults', () => {
    const { config } = loadText(`${LOCAL_STORAGE}target: querier\nserver: {log_level: debug}\n`);
    expect(parse(renderConfig(config, 'diff'))).toEqual({
      target: 'querier',
      server: { log_level: 'debug' },
      storage: { trace: { backend: 'local', local: { path: '/tmp/blocks' } } },
    });
    expect(parse(renderConfig(config, 'defaults'))).toMatchObject({
      server: { log_level: 'info' },
      ingester: { max_block_duration: '30m0s' },
    });
  });

  it('durations, sizes and words are written as Tempo writes them', () => {
    const text = renderConfig(loadText(LOCAL_STORAGE).config);
    for (const line of [
      'max_block_duration: 30m0s',
      'block_retention: 336h0m0s',
      'initial_stream_window_size: 63KiB1023B',
      'grpc_server_max_connection_idle: 2562047h47m16.854775807s',
      'false_positive: 0.01',
    ])
      expect(text).toContain(line);
  });

  it('never shows a secret', () => {
    const { config } = loadText(
      [
        'storage:',
        '  trace:',
        '    backend: s3',
        '    s3: {bucket: b, access_key: id, secret_key: hunter2, session_token: hunter2}',
        'metrics_generator: {storage: {remote_write: [{url: u, headers: {X-Key: hunter2}, basic_auth: {password: hunter2}}]}}',
        'overrides: {defaults: {metrics_generator: {remote_write_headers: {Authorization: hunter2}}}}',
        'ingest: {kafka: {sasl_password: hunter2}}',
      ].join('\n'),
    );
    for (const mode of ['full', 'diff'] as const) {
      expect(renderConfig(config, mode)).not.toContain('hunter2');
      expect(renderConfig(config, mode)).toContain('secret_key: <redacted>');
    }
    expect(config.storage.trace.s3.secret_key.reveal()).toBe('hunter2');
  });
});
