import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { logfmtLine } from './logfmt.ts';
import { createLogger, silentLogger, type LoggerOptions } from './logger.ts';

function logger(options: Partial<LoggerOptions> = {}) {
  const lines: string[] = [];
  const destination = { write: (line: string) => lines.push(line) };
  const made = createLogger({ level: 'info', format: 'logfmt', destination, ...options });
  const withoutTime = () => lines.map((line) => line.replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/, 'TIME'));
  return { made, withoutTime };
}

describe('logger', () => {
  it('logfmt: time, level and message first, then fields in their order, quoted where needed', () => {
    const { made, withoutTime } = logger();
    made.info('block flushed', {
      tenant: 'a',
      blockId: 'x',
      spans: 12,
      empty: '',
      path: 'a b="c"',
    });
    made.warn('plain');
    expect(withoutTime()).toEqual([
      'ts=TIME level=info msg="block flushed" tenant=a blockId=x spans=12 empty="" path="a b=\\"c\\""\n',
      'ts=TIME level=warn msg=plain\n',
    ]);
  });

  it('json: one object per line', () => {
    const { made, withoutTime } = logger({ format: 'json' });
    made.error('flush failed', { tenant: 'a', attempt: 2 });
    expect(withoutTime()).toEqual([
      '{"level":"error","ts":"TIME","tenant":"a","attempt":2,"msg":"flush failed"}\n',
    ]);
  });

  it('errors print their message and those of their causes; bigints print as numbers', () => {
    const { made, withoutTime } = logger();
    const error = new Error('cannot flush', { cause: new Error('disk full') });
    made.error('failed', { error, bytes: 12n });
    expect(withoutTime()).toEqual([
      'ts=TIME level=error msg=failed error="cannot flush: disk full" bytes=12\n',
    ]);
  });

  it('an error that is its own cause ends', () => {
    const { made, withoutTime } = logger();
    const error = new Error('loop');
    error.cause = error;
    made.error('failed', { error });
    expect(withoutTime()[0]).toContain('error="loop: loop: loop: loop: loop"');
  });

  it('lines below the level are dropped', () => {
    const { made, withoutTime } = logger({ level: 'warn' });
    made.debug('a');
    made.info('b');
    made.warn('c');
    expect(withoutTime()).toEqual(['ts=TIME level=warn msg=c\n']);
  });

  it('a child adds its fields to every line', () => {
    const { made, withoutTime } = logger();
    made.child({ component: 'ingester' }).child({ tenant: 'a' }).info('cut', { traces: 3 });
    expect(withoutTime()).toEqual([
      'ts=TIME level=info msg=cut component=ingester tenant=a traces=3\n',
    ]);
  });

  it('the silent logger and its children drop everything', () => {
    expect(() => silentLogger.child({ a: 1 }).error('x')).not.toThrow();
  });

  it('a value never breaks its line', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (value) => {
        const line = logfmtLine({ ts: 't', level: 'info', msg: 'm', value });
        expect(line.indexOf('\n')).toBe(line.length - 1);
        expect(line.startsWith('ts=t level=info msg=m value=')).toBe(true);
      }),
    );
  });
});
