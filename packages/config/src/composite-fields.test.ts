import { describe, expect, it } from '@jest/globals';
import { free, list, mapOf, optional, section, withDefaults } from './composite-fields.ts';
import { bool, duration, int, text } from './scalar-fields.ts';
import { readYaml } from './testing/read-yaml.ts';

const schema = section('Root.', {
  name: text('tempo', 'Name.'),
  search: section('Search.', {
    max_duration: duration('168h', 'Longest.'),
    concurrent_jobs: int(1000, 'Jobs.'),
  }),
  weights: section(
    'Weights.',
    { enabled: bool(true, 'On.'), limits: section('Limits.', { most: int(4, 'Most.') }) },
    { later: 'jobWeights' },
  ),
  workers: int(0, 'Workers.', { noEffect: 'there are none' }),
  old: bool(false, 'Old.', { deprecated: 'use name' }),
  endpoints: list(text('', 'One.'), ['a'], 'Several.'),
  labels: mapOf(int(0, 'One.'), { x: 1 }, 'Labels.'),
  tls: optional(section('TLS.', { cert: text('none', 'Certificate.') }), { nullEnables: true }),
  anything: free({}, 'Anything.'),
});

describe('sections', () => {
  it('what is not said keeps its default', () => {
    expect(readYaml(schema, 'search: {concurrent_jobs: 7}')).toEqual({
      value: { ...schema.default, search: { max_duration: 604_800_000, concurrent_jobs: 7 } },
      problems: [],
      warnings: [],
    });
    expect(readYaml(schema, 'search:\nname: x\n').value).toEqual({ ...schema.default, name: 'x' });
  });

  it('all problems are reported at once, with path, place and value', () => {
    const yaml = 'name: [a]\nsearch:\n  max_duration: soon\n  jobs: 1\nendpoints: x\n';
    expect(readYaml(schema, yaml).problems).toEqual([
      'f.yaml:1:7: name: a list of 1 is given where a string is expected',
      'f.yaml:3:17: search.max_duration: "soon" is not a duration such as 90s, 5m or 1h30m',
      'f.yaml:4:3: search.jobs: unknown key, accepted here: max_duration, concurrent_jobs',
      'f.yaml:5:12: endpoints: "x" is given where a list of strings is expected',
    ]);
  });

  it('a misspelt key suggests its neighbour', () => {
    expect(readYaml(schema, 'search: {max_duraton: 1h}').problems).toEqual([
      'f.yaml:1:10: search.max_duraton: unknown key, did you mean `search.max_duration`?',
    ]);
  });

  it('a misplaced key suggests the place it belongs to', () => {
    expect(readYaml(schema, 'max_duration: 1h').problems).toEqual([
      'f.yaml:1:1: max_duration: unknown key here, did you mean `search.max_duration`?',
    ]);
    expect(readYaml(schema, 'search: {certs: x}').problems).toEqual([
      'f.yaml:1:10: search.certs: unknown key here, did you mean `tls.cert`?',
    ]);
  });

  it('a part that does not work yet warns once, naming what was set', () => {
    const yaml = 'weights: {enabled: false, limits: {most: 5}}';
    expect(readYaml(schema, yaml).warnings).toEqual([
      'weights is accepted, but job weights are not available yet (set here: enabled, limits.most)',
    ]);
  });

  it('keys set to their default do not warn', () => {
    expect(readYaml(schema, 'weights: {enabled: true}\nworkers: 0\nold: false').warnings).toEqual(
      [],
    );
  });

  it('keys without effect and deprecated keys warn when they are used', () => {
    expect(readYaml(schema, 'workers: 3\nold: true').warnings).toEqual([
      'workers has no effect',
      'old is deprecated',
    ]);
  });

  it('lists and maps replace their default as a whole', () => {
    const { value } = readYaml(schema, 'endpoints: [b]\nlabels: {y: 2}');
    expect([value.endpoints, value.labels]).toEqual([['b'], { y: 2 }]);
    expect(readYaml(schema, 'endpoints:\nlabels:\n').value).toEqual(schema.default);
  });

  it('an optional section is absent unless named; named without value it has its defaults', () => {
    expect(readYaml(schema, '{}').value.tls).toBeUndefined();
    expect(readYaml(schema, 'tls:').value.tls).toEqual({ cert: 'none' });
    expect(readYaml(schema, 'tls: {cert: x}').value.tls).toEqual({ cert: 'x' });
  });

  it('free YAML is handed on', () => {
    expect(readYaml(schema, 'anything: {a: [1, true, null]}').value.anything).toEqual({
      a: [1, true, null],
    });
  });

  it('other defaults go to any depth and change nothing else', () => {
    const other = withDefaults(schema, { name: 'x', weights: { limits: { most: 9 } } });
    expect(other.default).toEqual({
      ...schema.default,
      name: 'x',
      weights: { enabled: true, limits: { most: 9 } },
    });
    expect(schema.default.weights.limits.most).toBe(4);
  });

  it('zero is nothing of everything', () => {
    expect(schema.zero).toEqual({
      name: '',
      search: { max_duration: 0, concurrent_jobs: 0 },
      weights: { enabled: false, limits: { most: 0 } },
      workers: 0,
      old: false,
      endpoints: [],
      labels: {},
      tls: undefined,
      anything: undefined,
    });
  });
});
