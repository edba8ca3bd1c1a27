/**
 * Everything CI checks, in one order: generated code, formatting, lint and layers, types, tests.
 * Ends with the line `N passed, N failed` that counts test cases and each check as one.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const results = { passed: 0, failed: 0, skipped: 0 };
const scratch = mkdtempSync(join(tmpdir(), 'tempo-ts-check-'));

check('generated files are up to date', generatedIsCurrent);
check('formatting', () => succeeds('prettier', ['--check', '--log-level', 'warn', '.']));
check('lint', () => succeeds('oxlint', ['--quiet']));
check('layers', () => succeeds('turbo', ['boundaries', '--no-color']));
check('types', () => succeeds('tsc', ['-b']));
jest('unit', []);
jest('e2e', ['--config', 'jest.e2e.mjs', '--rootDir', 'test-e2e']);

rmSync(scratch, { recursive: true, force: true });
const skipped = results.skipped > 0 ? `, ${results.skipped} skipped` : '';
process.stdout.write(`${results.passed} passed, ${results.failed} failed${skipped}\n`);
process.exit(results.failed === 0 ? 0 : 1);

function check(name, isRight) {
  process.stdout.write(`== ${name}\n`);
  if (isRight()) results.passed += 1;
  else {
    results.failed += 1;
    process.stdout.write(`FAILED: ${name}\n`);
  }
}

/** Runs Jest and adds its counts; a suite that cannot start counts as one failure. */
function jest(name, args) {
  process.stdout.write(`== tests: ${name}\n`);
  const outputFile = join(scratch, `${name}.json`);
  succeeds('node', [
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
    'node_modules/jest/bin/jest.js',
    ...args,
    '--json',
    `--outputFile=${outputFile}`,
  ]);
  let report;
  try {
    report = JSON.parse(readFileSync(outputFile, 'utf8'));
  } catch {
    results.failed += 1;
    process.stdout.write(`FAILED: ${name} tests did not report\n`);
    return;
  }
  results.passed += report.numPassedTests;
  results.failed += report.numFailedTests + report.numRuntimeErrorTestSuites;
  results.skipped += report.numPendingTests;
}

function generatedIsCurrent() {
  const before = fingerprint();
  if (!succeeds('node', ['scripts/generate.mjs'])) return false;
  return fingerprint() === before;
}

function fingerprint() {
  const files = ['packages/contracts/src/gen', 'docs/configuration.md'];
  const child = spawnSync('sh', ['-c', `find ${files.join(' ')} -type f | sort | xargs sha256sum`]);
  return child.stdout.toString();
}

/** Jest's --json report on standard output is not wanted: it goes to the file alone. */
function succeeds(command, args) {
  const stdout = args.includes('--json') ? 'ignore' : 'inherit';
  return spawnSync(command, args, { stdio: ['ignore', stdout, 'inherit'] }).status === 0;
}
