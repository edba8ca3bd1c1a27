/** Rules about documents: what they name exists. */
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { listFiles, readText } from './repository.ts';

const files = new Set(listFiles());
const documents = [...files].filter((path) => path.endsWith('.md'));

describe('documents', () => {
  it('name only files that exist in the walk-through tables', () => {
    const text = readText('docs/architecture.md');
    const named = [...text.matchAll(/`((?:packages|services|test-e2e|proto|docs)\/[^`]+\.\w+)`/g)];
    const missing = named
      .map((match) => match[1]!)
      .filter((path) => !path.includes('<') && !files.has(path));
    expect(missing).toEqual([]);
  });

  it('link only to files that exist', () => {
    const broken: string[] = [];
    for (const document of documents)
      for (const match of readText(document).matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)) {
        const target = match[1]!;
        if (/^[a-z]+:/.test(target)) continue;
        const path = normalize(join(dirname(document), target));
        const exists = files.has(path) || [...files].some((file) => file.startsWith(`${path}/`));
        if (!exists) broken.push(`${document} → ${target}`);
      }
    expect(broken).toEqual([]);
  });

  it('cite rules that exist, and every rule of a SPEC.md is cited by a test', () => {
    const problems: string[] = [];
    for (const spec of documents.filter((path) => path.endsWith('/SPEC.md'))) {
      const folder = dirname(spec);
      const rules = new Set(
        [...readText(spec).matchAll(/\*\*([A-Z]{1,3}\d+)\*\*/g)].map((m) => m[1]!),
      );
      const tests = [...files].filter(
        (path) => path.startsWith(`${folder}/src/`) && path.endsWith('.test.ts'),
      );
      const cited = new Set(
        tests.flatMap((path) =>
          [...readText(path).matchAll(/\b([A-Z]{1,3}\d+)(?=[:,\s–-])/g)].map((m) => m[1]!),
        ),
      );
      for (const rule of rules) if (!cited.has(rule)) problems.push(`${spec}: ${rule} has no test`);
    }
    expect(problems).toEqual([]);
  });
});
