/** Real Tempo material that lies outside the repository; tests that need it skip without it. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from './tempo-process.ts';

/** The path of `name` below the test data folder, or undefined (and a printed line) without it. */
export function findTestdata(...name: string[]): string | undefined {
  const folder = process.env['TEMPO_TESTDATA'] ?? join(repositoryRoot, '..', 'shared', 'testdata');
  const path = join(folder, ...name);
  if (existsSync(path)) return path;
  process.stderr.write(`skipped: ${name.join('/')} is not there (set TEMPO_TESTDATA)\n`);
  return undefined;
}
