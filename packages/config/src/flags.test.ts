import { describe, expect, it } from '@jest/globals';
import { FLAG_PATHS } from './flag-paths.ts';
import { parseFlags } from './flags.ts';
import { formatProblem } from './problem.ts';
import { plainValue } from './source-node.ts';
import { tempoSchema } from './schema/tempo-config.ts';
import { visitFields } from './unknown-key.ts';

const read = (...args: string[]) => {
  const { settings, problems, process } = parseFlags(args);
  return {
    settings: settings && plainValue(settings),
    problems: problems.map(formatProblem),
    process,
  };
};

describe('parseFlags', () => {
  it('every flag sets a key that exists', () => {
    const paths = new Set<string>();
    visitFields(tempoSchema, (path) => paths.add(path));
    expect([...FLAG_PATHS].filter(([, path]) => !paths.has(path))).toEqual([]);
  });

  it('one dash or two, with or without equals sign', () => {
    const settings = { server: { http_listen_port: '3201' } };
    for (const args of [
      ['-server.http-listen-port=3201'],
      ['--server.http-listen-port=3201'],
      ['-server.http-listen-port', '3201'],
      ['--server.http-listen-port', '3201'],
    ])
      expect(read(...args)).toMatchObject({ settings, problems: [] });
  });

  it('switches need no value and take none behind a space', () => {
    expect(
      read('-multitenancy.enabled', '-config.expand-env=true', '-config.verify'),
    ).toMatchObject({
      settings: { multitenancy_enabled: 'true' },
      process: { expandEnv: true, verify: true },
      problems: [],
    });
    expect(read('-multitenancy.enabled=f').settings).toEqual({ multitenancy_enabled: 'false' });
    expect(read('-config.expand-env', 'true').problems).toEqual([
      'true: is not a flag; write -config.expand-env=true',
    ]);
    expect(read('-config.verify=maybe').problems).toEqual([
      '-config.verify: "maybe" is not true or false',
    ]);
  });

  it('--verify-config is -config.verify', () => {
    expect(read('--verify-config').process.verify).toBe(true);
  });

  it('-version, -help, -health and -config.file are about the process', () => {
    expect(
      read('-version', '-h', '-config.file=a=b.yaml', '-health', '-health.url=http://x').process,
    ).toEqual({
      configFile: 'a=b.yaml',
      expandEnv: false,
      verify: false,
      version: true,
      help: true,
      health: true,
      healthUrl: 'http://x',
    });
  });

  it('a flag given twice adds to a list, and wins otherwise', () => {
    expect(
      read(
        '-memberlist.host-port=a:1',
        '-memberlist.host-port=b:2',
        '-target=all',
        '-target=querier',
      ).settings,
    ).toEqual({ memberlist: { join_members: ['a:1', 'b:2'] }, target: 'querier' });
  });

  it('maps are given as YAML', () => {
    expect(read('-block-builder.assigned-partitions={"a": [1, 2]}').settings).toEqual({
      block_builder: { assigned_partitions: { a: [1, 2] } },
    });
  });

  it('flags of the Go runtime are taken and ignored', () => {
    expect(read('-mem-ballast-size-mbs=64', '-mutex-profile-fraction', '5')).toMatchObject({
      settings: undefined,
      problems: [],
    });
  });

  it('an unknown flag suggests the nearest one', () => {
    expect(read('-ingester.max-blok-bytes=1').problems).toEqual([
      '-ingester.max-blok-bytes: unknown flag, did you mean -ingester.max-block-bytes?',
    ]);
    expect(read('--nothing.like.it', 'x').problems).toHaveLength(2);
  });

  it('a flag without its value says so', () => {
    expect(read('-target').problems).toEqual(['-target: needs a value']);
  });
});
