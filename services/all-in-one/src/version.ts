/** Which build this is. */
import { readFileSync } from 'node:fs';
import { buildInfo, type BuildInfo } from '@tempo-ts/telemetry';

interface Manifest {
  readonly version: string;
}

/** Version from the package's manifest; revision and branch from the environment of the image. */
export function currentBuild(env: Readonly<Record<string, string | undefined>>): BuildInfo {
  const manifest = JSON.parse(
    readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
  ) as Manifest;
  return buildInfo({
    version: manifest.version,
    revision: env['TEMPO_TS_REVISION'] ?? '',
    branch: env['TEMPO_TS_BRANCH'] ?? '',
  });
}
