import { describe, expect, it } from '@jest/globals';
import { inspect } from 'node:util';
import {
  bool,
  byteSize,
  choice,
  commaList,
  duration,
  float,
  int,
  MAX_DURATION_MS,
  regularExpression,
  secret,
  text,
} from './scalar-fields.ts';
import { readYaml } from './testing/read-yaml.ts';

describe('scalar declarations', () => {
  it.each(['true', 'True', 'yes', 'on', 'Y'])('%s is true, as in YAML 1.1', (word) => {
    expect(readYaml(bool(false, ''), word)).toMatchObject({ value: true, problems: [] });
  });

  it.each(['false', 'no', 'OFF', 'n'])('%s is false, as in YAML 1.1', (word) => {
    expect(readYaml(bool(true, ''), word)).toMatchObject({ value: false, problems: [] });
  });

  it('a regular expression is kept as text; what is none is refused', () => {
    expect(readYaml(regularExpression('', ''), '"^/api"')).toMatchObject({ value: '^/api' });
    expect(readYaml(regularExpression('', ''), '"("')).toMatchObject({
      value: '',
      problems: ['f.yaml:1:1: "(" is not a regular expression'],
    });
  });

  it('a quoted boolean is refused', () => {
    expect(readYaml(bool(true, ''), '"false"')).toMatchObject({
      value: true,
      problems: ['f.yaml:1:1: "false" is not true or false (without quotes)'],
    });
  });

  it.each([
    ['3200', 3200],
    ['1e6', 1_000_000],
    ['5_000', 5000],
    ['0x10', 16],
    ['+7', 7],
  ])('%s is a whole number', (given, value) => {
    expect(readYaml(int(1, ''), given)).toMatchObject({ value, problems: [] });
  });

  it.each(['1.5', '"3200"', '500MiB', '-1', 'ten', '1e400', '[1]', '.inf'])(
    '%s is no whole number, and the default stays',
    (given) => {
      const { value, problems } = readYaml(int(1, ''), given);
      expect(value).toBe(1);
      expect(problems).toHaveLength(1);
    },
  );

  it('a number out of range names the range', () => {
    expect(readYaml(int(1, '', { max: 65_535 }), '70000').problems).toEqual([
      'f.yaml:1:1: 70000 is not a whole number from 0 to 65535 (without quotes or unit)',
    ]);
    expect(readYaml(float(1, '', { max: 1 }), '1.5').problems).toHaveLength(1);
    expect(readYaml(float(1, ''), '1.073741824e+09').value).toBe(1_073_741_824);
  });

  it.each([
    ['5m', 300_000],
    ['1h30m', 5_400_000],
    ['0', 0],
    ['0h', 0],
    ['250ms', 250],
    ['"30s"', 30_000],
    ['1000000000', 1000],
    ['2562047h47m16.854775807s', MAX_DURATION_MS],
  ])('%s is a duration in milliseconds', (given, value) => {
    expect(readYaml(duration('1s', ''), given)).toMatchObject({ value, problems: [] });
  });

  it.each(['5 minutes', '7d', '-5s', 'soon'])('%s is no duration', (given) => {
    expect(readYaml(duration('1s', ''), given)).toEqual({
      value: 1000,
      warnings: [],
      problems: [expect.stringContaining('is not a duration such as 90s, 5m or 1h30m')],
    });
  });

  it('days and weeks are understood where Prometheus durations are', () => {
    expect(readYaml(duration('1s', '', { days: true }), '7d').value).toBe(604_800_000);
  });

  it('a choice lists what is accepted', () => {
    const field = choice(['local', 's3', ''], '', 'x');
    expect(readYaml(field, 's3').value).toBe('s3');
    expect(readYaml(field, 'swift').problems).toEqual([
      'f.yaml:1:1: "swift" is not one of local, s3, ""',
    ]);
  });

  it('strings take numbers as they are written', () => {
    expect(readYaml(text('', ''), '0123').value).toBe('0123');
    expect(readYaml(text('', ''), 'yes').value).toBe('yes');
    expect(readYaml(text('', ''), '1.10').value).toBe('1.10');
  });

  it('nothing keeps the default', () => {
    expect(readYaml(text('x', ''), '~')).toMatchObject({ value: 'x', problems: [] });
  });

  it('words joined by commas may be a list as well', () => {
    expect(readYaml(commaList([], ''), 'a, b,,c').value).toEqual(['a', 'b', 'c']);
    expect(readYaml(commaList([], ''), '[a, "b,c"]').value).toEqual(['a', 'b', 'c']);
  });

  it('sizes have binary units', () => {
    expect(readYaml(byteSize(0, ''), '64KiB').value).toBe(65_536);
    expect(readYaml(byteSize(0, ''), '64 k').problems).toHaveLength(1);
  });

  it('a secret shows itself nowhere, also not when it is misplaced', () => {
    const { value, problems } = readYaml(secret(''), 'hunter2');
    expect(value.reveal()).toBe('hunter2');
    expect(problems).toEqual([]);
    expect(
      [String(value), JSON.stringify(value), inspect(value), inspect({ value })].join(),
    ).not.toContain('hunter2');
    expect(secret('').write(value, { path: '' })).toBe('<redacted>');
    expect(readYaml(secret(''), '[hunter2]').problems.join()).not.toContain('hunter2');
  });
});
