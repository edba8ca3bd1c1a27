/**
 * `npm test`: installs the Debian packages that the tests need (as root, when they are missing) and
 * runs every check and test.
 */
import { spawnSync } from 'node:child_process';

/** Program that must be there → Debian package that brings it. */
const NEEDED = { curl: 'curl' };

const missing = Object.entries(NEEDED).filter(([program]) => !has(program));
if (missing.length > 0) {
  const packages = missing.map(([, name]) => name);
  if (process.getuid?.() !== 0) {
    process.stderr.write(`tests need these Debian packages: ${packages.join(' ')}\n`);
    process.exit(1);
  }
  run('apt-get', ['update', '-qq']);
  run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages]);
}
run('node', ['scripts/check.mjs']);

function has(program) {
  return spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;
}

function run(command, args) {
  const child = spawnSync(command, args, { stdio: 'inherit' });
  if (child.status !== 0) process.exit(child.status ?? 1);
}
