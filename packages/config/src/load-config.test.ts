import { describe, expect, it } from '@jest/globals';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadConfig } from './load-config.ts';
import { loadText, LOCAL_STORAGE, problemsOf } from './testing/load-text.ts';

const noFile = { args: [], readFile: () => '', env: {} };
const repositoryRoot = fileURLToPath(new URL('../../..', import.meta.url));
const testData = process.env['TEMPO_TESTDATA'] ?? join(repositoryRoot, '..', 'shared', 'testdata');
const quickStart = join(testData, 'tempo-quickstart.yaml');

describe('loadConfig', () => {
  it('without a file: local blocks below ./data, OTLP over both protocols, gRPC on the HTTP port', () => {
    const { config, warnings, source } = loadConfig(noFile);
    expect(warnings).toEqual([]);
    expect(source).toBe('built-in defaults for a single process');
    expect(config.stream_over_http_enabled).toBe(true);
    expect(config.server).toMatchObject({ http_listen_port: 3200, grpc_listen_port: 9095 });
    expect(config.storage.trace).toMatchObject({
      backend: 'local',
      wal: { path: './data/wal' },
      local: { path: './data/blocks' },
    });
    expect(config.distributor.receivers.otlp?.protocols).toMatchObject({
      grpc: { endpoint: 'localhost:4317' },
      http: { endpoint: 'localhost:4318', traces_url_path: '/v1/traces' },
    });
  });

  it("with a file: Tempo's own defaults", () => {
    const { config, source } = loadText(LOCAL_STORAGE);
    expect(source).toBe('tempo.yaml');
    expect(config.stream_over_http_enabled).toBe(false);
    expect(config.storage.trace.wal.path).toBe('/var/tempo/wal');
    expect(config.distributor.receivers).toEqual({});
  });

  it('flags win over the file, the file over the defaults', () => {
    const file = `${LOCAL_STORAGE}server: {http_listen_port: 1, grpc_listen_port: 2}\n`;
    const { config, isSet } = loadText(file, { args: ['-server.http-listen-port=3'] });
    expect(config.server).toMatchObject({
      http_listen_port: 3,
      grpc_listen_port: 2,
      log_level: 'info',
    });
    expect(isSet('server.http_listen_port')).toBe(true);
    expect(isSet('server.log_level')).toBe(false);
  });

  it('a wrong value of a flag names the flag', () => {
    expect(
      problemsOf(() => loadConfig({ ...noFile, args: ['-server.http-listen-port=http'] })),
    ).toEqual([
      '-server.http-listen-port: server.http_listen_port: "http" is not a whole number from 0 to 65535 (without quotes or unit)',
    ]);
  });

  it('the configuration cannot be changed', () => {
    const { config } = loadConfig(noFile);
    const server = config.server as { http_listen_port: number };
    expect(() => {
      server.http_listen_port = 1;
    }).toThrow(TypeError);
  });

  it('variables are replaced only with -config.expand-env', () => {
    const file = `${LOCAL_STORAGE}server: {log_level: "\${LEVEL:-warn}"}\n`;
    const expand = { args: ['-config.expand-env=true'] };
    expect(loadText(file, expand).config.server.log_level).toBe('warn');
    expect(loadText(file, { ...expand, env: { LEVEL: 'debug' } }).config.server.log_level).toBe(
      'debug',
    );
    expect(problemsOf(() => loadText(file))).toHaveLength(1);
    expect(problemsOf(() => loadText('server:\n  log_level: ${LEVEL\n', expand))).toEqual([
      'tempo.yaml:2:14: a ${ has no closing brace',
    ]);
  });

  it('a file that cannot be read says why', () => {
    expect(
      problemsOf(() => loadConfig({ ...noFile, args: ['-config.file=x.yaml'], readFile: fail })),
    ).toEqual(['x.yaml: cannot be read: ENOENT']);
  });

  it('a broken file does not keep -version and -help from their answer', () => {
    const options = { ...noFile, readFile: fail };
    for (const flag of ['-version', '-help', '-health'])
      expect(loadConfig({ ...options, args: ['-config.file=x.yaml', flag] }).flags).toMatchObject({
        configFile: 'x.yaml',
      });
  });

  it('all mistakes of a file are told at once, with line and suggestion', () => {
    const file = [
      'query_fronted: {}',
      'search: {max_duration: 1h}',
      'ingester:',
      '  max_block_durration: 5m',
      '  max_block_bytes: 500MB',
      'overrides:',
      '  defaults:',
      '    ingestion: {rate_limit: 5}',
    ].join('\n');
    expect(problemsOf(() => loadText(`${LOCAL_STORAGE}${file}\n`))).toEqual([
      'tempo.yaml:2:1: query_fronted: unknown key, did you mean `query_frontend`?',
      'tempo.yaml:3:1: search: unknown key here, did you mean `querier.search` or `query_frontend.search` or `storage.trace.search` (and 1 more)?',
      'tempo.yaml:5:3: ingester.max_block_durration: unknown key, did you mean `ingester.max_block_duration`?',
      'tempo.yaml:6:20: ingester.max_block_bytes: "500MB" is not a whole number of at least 1 (without quotes or unit)',
      'tempo.yaml:9:17: overrides.defaults.ingestion.rate_limit: unknown key here, did you mean `ingester_client.grpc_client_config.rate_limit` or `metrics_generator_client.grpc_client_config.rate_limit` or `live_store_client.grpc_client_config.rate_limit` (and 2 more)?',
    ]);
  });

  it('a store is needed, by every component that has blocks', () => {
    expect(problemsOf(() => loadText('server:\n'))).toEqual([
      'tempo.yaml: storage.trace.backend: must be set: local, s3, gcs or azure',
    ]);
    expect(problemsOf(() => loadText('storage: {trace: {backend: local}}'))).toEqual([
      'tempo.yaml: storage.trace.local.path: must be set, for storage.trace.backend is local',
    ]);
    expect(problemsOf(() => loadText('target: distributor'))).toEqual([]);
  });

  it('in one process rings are in memory, as in Tempo, and setting them does not warn', () => {
    const ring =
      'ingester: {lifecycler: {ring: {kvstore: {store: consul}, replication_factor: 3}}}\n';
    const all = loadText(LOCAL_STORAGE + ring);
    expect(all.config.ingester.lifecycler.ring).toMatchObject({
      kvstore: { store: 'inmemory' },
      replication_factor: 1,
    });
    expect(all.warnings).toEqual([]);
    const single = loadText(LOCAL_STORAGE + ring, { args: ['-target=ingester'] });
    expect(single.config.ingester.lifecycler.ring).toMatchObject({
      kvstore: { store: 'consul' },
      replication_factor: 3,
    });
    expect(single.warnings.map(({ path }) => path)).toEqual([
      'ingester.lifecycler.ring',
      'target',
      'storage.trace.backend',
    ]);
  });

  it('former names still count', () => {
    const { config, warnings } = loadText(`${LOCAL_STORAGE}auth_enabled: true\n`);
    expect(config.multitenancy_enabled).toBe(true);
    expect(warnings.map(({ message }) => message)).toEqual(['auth_enabled is deprecated']);
  });

  it("Tempo's quick-start file loads unchanged and warns about what is not there yet", () => {
    if (!existsSync(quickStart)) {
      process.stdout.write(`skipped: ${quickStart} is not there\n`);
      return;
    }
    const { config, warnings } = loadConfig({
      ...noFile,
      args: [`-config.file=${quickStart}`],
      readFile: (path) => readFileSync(path, 'utf8'),
    });
    expect(config.distributor.receivers.otlp?.protocols.grpc?.endpoint).toBe('0.0.0.0:4317');
    expect(config.distributor.log_received_spans).toMatchObject({
      enabled: true,
      log_sampling_fraction: 0.1,
    });
    expect(config.compactor.compaction.block_retention).toBe(720 * 3_600_000);
    expect(config.query_frontend.search.throughput_bytes_slo).toBe(2 ** 30);
    expect(config.overrides.defaults.metrics_generator.processors).toEqual([
      'service-graphs',
      'span-metrics',
    ]);
    expect(warnings.map(({ path, line }) => [path, line])).toEqual(
      expect.arrayContaining([
        ['distributor.receivers.jaeger', 14],
        ['distributor.receivers.zipkin', 21],
        ['metrics_generator', 52],
        ['distributor.log_received_spans.enabled', 10],
      ]),
    );
  });
});

function fail(): never {
  throw new Error('ENOENT');
}
