/** Rules about source files. */
import { describe, expect, it } from '@jest/globals';
import { listFiles, listSources, readText } from './repository.ts';

const sources = listSources();

/** `path:line` of every line of `paths` that matches. */
function linesMatching(pattern: RegExp, paths: readonly string[]): string[] {
  return paths.flatMap((path) =>
    readText(path)
      .split('\n')
      .flatMap((line, index) => (pattern.test(line) ? [`${path}:${index + 1}`] : [])),
  );
}

const outsideTidy = sources.filter((path) => !path.startsWith('packages/tidy/'));

describe('source files', () => {
  it('have names that say something', () => {
    const vague = /(^|[/-])(utils?|helpers?|common|misc|shared|manager|base|impl|types)\.ts$/;
    expect(sources.filter((path) => vague.test(path))).toEqual([]);
  });

  it('leave no unfinished words', () => {
    expect(linesMatching(/\b(TODO|FIXME|XXX|HACK)\b|not implemented/i, outsideTidy)).toEqual([]);
  });

  it('narrow no test', () => {
    const tests = outsideTidy.filter((path) => path.endsWith('.test.ts'));
    expect(linesMatching(/\b(describe|it|test)\.only\b/, tests)).toEqual([]);
  });

  it('import test helpers only from tests', () => {
    const production = outsideTidy.filter(
      (path) =>
        !/\.(test|bench|fuzz)\.ts$/.test(path) &&
        !path.includes('/testing/') &&
        !path.startsWith('test-e2e/'),
    );
    expect(linesMatching(/from '@tempo-ts\/[a-z-]+\/testing'/, production)).toEqual([]);
  });

  it('hold no path of a machine', () => {
    const text = listFiles().filter((path) => /\.(ts|mjs|md|json|ya?ml|proto)$/.test(path));
    const candidates = text.filter(
      (path) => !path.startsWith('packages/tidy/') && path !== 'pnpm-lock.yaml',
    );
    expect(linesMatching(/(^|[^\w.])\/(work|home|root)\//, candidates)).toEqual([]);
  });

  it('begin with a sentence about their purpose', () => {
    const production = sources.filter(
      (path) => !/\.(test|bench|fuzz)\.ts$/.test(path) && !path.endsWith('/index.ts'),
    );
    const silent = production.filter((path) => !/^\/\*\*|^\/\/ /.test(readText(path)));
    expect(silent).toEqual([]);
  });

  it('have no default exports', () => {
    expect(linesMatching(/^export default /, sources)).toEqual([]);
  });
});
