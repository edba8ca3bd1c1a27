/** Rules about packages and services. */
import { describe, expect, it } from '@jest/globals';
import { listFiles, listPackages, listSources, readText } from './repository.ts';

interface Manifest {
  readonly name: string;
  readonly dependencies?: Record<string, string>;
  readonly devDependencies?: Record<string, string>;
  readonly exports?: Record<string, Record<string, string>>;
}

const files = listFiles();
const packages = listPackages();
const manifestOf = (folder: string) => JSON.parse(readText(`${folder}/package.json`)) as Manifest;

/** Library → the only packages that may import it outside tests. */
const OWNERS: Readonly<Record<string, readonly string[]>> = {
  express: ['packages/server', 'packages/receivers', 'services/query-frontend'],
  '@grpc/grpc-js': ['packages/server'],
  'prom-client': ['packages/telemetry'],
  pino: ['packages/telemetry'],
  'apache-arrow': ['packages/parquet'],
  'parquet-wasm': ['packages/parquet'],
  re2js: ['packages/traceql'],
};

/** Names of the packages that a source text imports; subpaths count for their package. */
function importsOf(text: string): readonly string[] {
  return [...text.matchAll(/(?:from |import\()'((?:@[^/']+\/)?[^/'.]+)[^']*'/g)].map((m) => m[1]!);
}

describe('packages', () => {
  it('have a README', () => {
    expect(packages.filter((folder) => !files.includes(`${folder}/README.md`))).toEqual([]);
  });

  it('are named after their folder', () => {
    for (const folder of packages)
      expect(manifestOf(folder).name).toBe(`@tempo-ts/${folder.split('/')[1]}`);
  });

  it('take every third-party version from the catalog', () => {
    for (const folder of packages) {
      const { dependencies = {}, devDependencies = {} } = manifestOf(folder);
      for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies }))
        expect([folder, name, version]).toEqual([
          folder,
          name,
          name.startsWith('@tempo-ts/') ? 'workspace:*' : 'catalog:',
        ]);
    }
  });

  it('export source to tests and dist to production', () => {
    for (const folder of packages) {
      if (folder === 'packages/tidy') continue;
      const front = manifestOf(folder).exports?.['.'];
      expect([folder, front]).toEqual([
        folder,
        {
          '@tempo-ts/source': './src/index.ts',
          types: './dist/index.d.ts',
          default: './dist/index.js',
        },
      ]);
    }
  });

  it('import every dependency they declare', () => {
    const unused = packages.flatMap((folder) => {
      const texts = listSources()
        .filter((path) => path.startsWith(`${folder}/`))
        .map(readText);
      return Object.keys(manifestOf(folder).dependencies ?? {})
        .filter((name) => !texts.some((text) => importsOf(text).includes(name)))
        .map((name) => `${folder}: ${name}`);
    });
    expect(unused).toEqual([]);
  });

  it('leave each third-party library to its owner', () => {
    const production = listSources().filter(
      (path) =>
        !/\.(test|bench)\.ts$/.test(path) &&
        !path.includes('/testing/') &&
        !path.startsWith('test-e2e/'),
    );
    const strangers: string[] = [];
    for (const path of production)
      for (const match of readText(path).matchAll(/from '([^'.][^']*)'/g)) {
        const owners = OWNERS[match[1]!];
        if (owners && !owners.some((owner) => path.startsWith(`${owner}/`)))
          strangers.push(`${path} imports ${match[1]}`);
      }
    expect(strangers).toEqual([]);
  });
});
