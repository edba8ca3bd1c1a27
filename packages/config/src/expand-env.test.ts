import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { expandEnv, type ExpansionError } from './expand-env.ts';

const env: Readonly<Record<string, string>> = {
  NAME: 'tempo',
  PATH_LIKE: '/usr/local/bin',
  EMPTY: '',
  PORT: '3200',
};
const expand = (text: string) => expandEnv(text, (name) => env[name]);

describe('expandEnv', () => {
  it.each([
    ['host: ${NAME}', 'host: tempo'],
    ['${NAME}${PORT}', 'tempo3200'],
    ['${MISSING}', ''],
    ['${MISSING:-fallback}', 'fallback'],
    ['${EMPTY:-fallback}', 'fallback'],
    ['${NAME:-fallback}', 'tempo'],
    ['${MISSING:=fallback}', 'fallback'],
    ['${MISSING=fallback}', 'fallback'],
    ['${MISSING:-${NAME}-0}', 'tempo-0'],
    ['${MISSING:-}', ''],
    ['${MISSING:-http://a:3200/x}', 'http://a:3200/x'],
    ['${#NAME}', '5'],
    ['${NAME^}', 'Tempo'],
    ['${NAME^^}', 'TEMPO'],
    ['${NAME:1:3}', 'emp'],
    ['${NAME:2}', 'mpo'],
    ['${PATH_LIKE##*/}', 'bin'],
    ['${PATH_LIKE#*/}', 'usr/local/bin'],
    ['${PATH_LIKE%/*}', '/usr/local'],
    ['${PATH_LIKE%%/*}', ''],
    ['${NAME/e/E}', 'tEmpo'],
    ['${PATH_LIKE//l/L}', '/usr/LocaL/bin'],
    ['${NAME/#te/TE}', 'TEmpo'],
    ['${NAME/%po/PO}', 'temPO'],
  ])('replaces %s as the shell does', (text, expected) => {
    expect(expand(text)).toBe(expected);
  });

  it.each([
    ['$NAME', '$NAME'],
    ['$$NAME', '$NAME'],
    ['$${NAME}', '${NAME}'],
    ['cost: 5$', 'cost: 5$'],
    ['C:\\\\temp', 'C:\\temp'],
    ['regex: a\\.b', 'regex: a\\.b'],
  ])('leaves %s alone but for the escape', (text, expected) => {
    expect(expand(text)).toBe(expected);
  });

  it.each([
    ['a: ${NAME', 'a ${ has no closing brace', 3],
    ['a: ${}', 'a ${ is not followed by the name of a variable', 3],
    ['a: ${NAME@Q}', '${NAME@Q} uses an operator that is not known', 3],
  ])('says where %s is wrong', (text, message, offset) => {
    expect(() => expand(text)).toThrow(message);
    let at = -1;
    try {
      expand(text);
    } catch (error) {
      at = (error as ExpansionError).offset;
    }
    expect(at).toBe(offset);
  });

  it('refuses nesting without end', () => {
    expect(() => expand('${A:-'.repeat(100) + '}'.repeat(100))).toThrow('nested too deeply');
  });

  it('changes nothing in a text without dollars and backslashes', () => {
    fc.assert(
      fc.property(
        fc.string().map((text) => text.replace(/[$\\]/g, '')),
        (text) => {
          expect(expand(text)).toBe(text);
        },
      ),
    );
  });

  it('puts any value in place of its variable', () => {
    fc.assert(
      fc.property(fc.string(), (value) => {
        expect(expandEnv('a ${V} b', () => value)).toBe(`a ${value} b`);
      }),
    );
  });
});
