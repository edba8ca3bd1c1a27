/** Writes everything that is generated: contracts from proto/, the configuration reference. */
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';

rmSync('packages/contracts/src/gen', { recursive: true, force: true });
run('buf', ['generate']);
run('node', ['--conditions=@tempo-ts/source', 'packages/config/src/render-reference-main.ts']);

function run(command, args) {
  const child = spawnSync(command, args, { stdio: 'inherit' });
  if (child.status !== 0) process.exit(child.status ?? 1);
}
