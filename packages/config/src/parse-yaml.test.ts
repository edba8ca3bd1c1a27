import { describe, expect, it } from '@jest/globals';
import { parseYaml } from './parse-yaml.ts';
import { plainValue, type MapNode } from './source-node.ts';

const plain = (text: string) => {
  const { node, problems } = parseYaml(text, 'f.yaml');
  return node
    ? plainValue(node)
    : problems.map(({ line, column, message }) => ({ line, column, message }));
};

describe('parseYaml', () => {
  it('keeps the place of every key and value', () => {
    const { node } = parseYaml('a:\n  b: 5\n  c: [x, "y"]\n', 'f.yaml');
    const [a] = (node as MapNode).entries;
    const [b, c] = (a!.value as MapNode).entries;
    expect(a!.position).toEqual({ source: 'f.yaml', line: 1, column: 1 });
    expect(b!.position).toEqual({ source: 'f.yaml', line: 2, column: 3 });
    expect(b!.value.position).toEqual({ source: 'f.yaml', line: 2, column: 6 });
    expect(c!.value).toMatchObject({
      kind: 'list',
      items: [
        { plain: true, text: 'x' },
        { plain: false, text: 'y' },
      ],
    });
  });

  it('follows anchors and merge keys; what is said itself wins', () => {
    expect(plain('base: &b {x: 1, y: 2}\nuse:\n  <<: *b\n  y: 3\nsame: *b\n')).toEqual({
      base: { x: 1, y: 2 },
      use: { y: 3, x: 1 },
      same: { x: 1, y: 2 },
    });
  });

  it('says where the text is no YAML', () => {
    expect(plain('a: 1\nb: [1, 2\n')).toMatchObject([{ line: 3 }]);
    expect(plain('a: 1\na: 2\n')).toEqual([
      { line: 2, column: 1, message: 'map keys must be unique' },
    ]);
    expect(plain('? [x]\n: 1\n')).toMatchObject([{ message: 'a key must be a single word' }]);
  });

  it('takes an empty text for nothing', () => {
    expect(plain('')).toBeNull();
    expect(plain('# only a comment\n')).toBeNull();
  });

  it('stops at aliases that multiply without end', () => {
    const levels = Array.from({ length: 12 }, (_, level) => {
      const refs = Array.from({ length: 9 }, () => `*l${level}`).join(', ');
      return `l${level + 1}: &l${level + 1} [${refs}]`;
    });
    const text = `l0: &l0 [x, x, x, x, x, x, x, x, x]\n${levels.join('\n')}\n`;
    expect(plain(text)).toMatchObject([{ message: 'too many or too deeply nested values' }]);
  });

  it('stops at nesting without end', () => {
    expect(plain(`${'['.repeat(200)}${']'.repeat(200)}`)).toMatchObject([
      { message: 'too many or too deeply nested values' },
    ]);
  });
});
