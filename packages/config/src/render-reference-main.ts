/**
 * Writes docs/configuration.md. Run from the repository root:
 * `node --conditions=@tempo-ts/source packages/config/src/render-reference-main.ts`.
 * With `--check` nothing is written and the exit code is 1 when the file is not up to date.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { renderReference } from './render-reference.ts';

const target = fileURLToPath(new URL('../../../docs/configuration.md', import.meta.url));
const text = renderReference();

if (process.argv.includes('--check')) {
  const current = readFileSync(target, 'utf8');
  if (current !== text) {
    process.stderr.write('docs/configuration.md is not up to date\n');
    process.exitCode = 1;
  }
} else {
  writeFileSync(target, text);
}
