/**
 * Runs a pnpm script of this repository on a machine that has only Node (20 or newer) and npm:
 * installs the pinned pnpm (into npm's cache) and the packages when they are missing or outdated,
 * then hands over. `node scripts/bootstrap.mjs <script> [arguments]`.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PNPM_VERSION = '12.21.0';
const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const [script, ...args] = process.argv.slice(2);

if (!isInstalled()) {
  run('npx', ['--yes', `pnpm@${PNPM_VERSION}`, 'install', '--frozen-lockfile']);
  writeFileSync(stampFile(), lockfileHash());
}
// The packages bring the pinned Node: it comes first on the PATH, whatever the machine has.
const path = `${join(root, 'node_modules', '.bin')}:${process.env.PATH}`;
const command = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).scripts[script];
if (command === undefined) {
  process.stderr.write(`no script "${script}" in package.json\n`);
  process.exit(1);
}
run('sh', ['-c', `exec ${command} "$@"`, script, ...args], { PATH: path });

function run(file, argv, env = {}) {
  const child = spawnSync(file, argv, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ...env },
  });
  if (child.error) {
    process.stderr.write(`cannot run ${file}: ${child.error.message}\n`);
    process.exit(1);
  }
  if (child.status !== 0) process.exit(child.status ?? 1);
}

function isInstalled() {
  return existsSync(stampFile()) && readFileSync(stampFile(), 'utf8') === lockfileHash();
}

function stampFile() {
  return join(root, 'node_modules', '.tempo-ts-installed');
}

function lockfileHash() {
  const hash = createHash('sha256');
  for (const name of ['pnpm-lock.yaml', 'pnpm-workspace.yaml', 'package.json'])
    hash.update(readFileSync(join(root, name)));
  return hash.digest('hex');
}
