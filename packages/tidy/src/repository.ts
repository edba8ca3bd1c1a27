/** The repository's files, as git knows them, for the rules it keeps about itself. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder that holds package.json and pnpm-workspace.yaml. */
export const repositoryRoot = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');

/** Paths of all files that are tracked or would be added, relative to the root, sorted. */
export function listFiles(): readonly string[] {
  const output = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '-z'], {
    cwd: repositoryRoot,
    maxBuffer: 64 * 1024 * 1024,
  });
  const paths = output.toString().split('\0').filter(Boolean);
  return paths.filter((path) => existsSync(join(repositoryRoot, path))).toSorted();
}

/** The text of a file named relative to the root. */
export function readText(path: string): string {
  return readFileSync(join(repositoryRoot, path), 'utf8');
}

/** Our own TypeScript: neither generated nor declarations. */
export function listSources(): readonly string[] {
  return listFiles().filter(
    (path) => path.endsWith('.ts') && !path.includes('/gen/') && !path.endsWith('.d.ts'),
  );
}

/** Folders of packages and services that have a package.json. */
export function listPackages(): readonly string[] {
  return listFiles()
    .filter((path) => /^(packages|services)\/[^/]+\/package\.json$/.test(path))
    .map((path) => dirname(path));
}
