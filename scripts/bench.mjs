/** `pnpm bench`: the benchmark of the whole process; see test-e2e/bench/run-bench.ts. */
import { spawnSync } from 'node:child_process';

const child = spawnSync(
  'node',
  [
    '--conditions=@tempo-ts/source',
    '--disable-warning=ExperimentalWarning',
    'test-e2e/bench/run-bench.ts',
    ...process.argv.slice(2),
  ],
  { stdio: 'inherit' },
);
process.exit(child.status ?? 1);
