/** What was built: shown by /api/status/buildinfo and /status/version, exported as a metric. */
import type { MetricsRegistry } from './metrics-registry.ts';

/** Names are those of Tempo's answers; `go` stands for the runtime. */
export interface BuildInfo {
  readonly version: string;
  readonly revision: string;
  readonly branch: string;
  readonly buildUser: string;
  readonly buildDate: string;
  /** The runtime: `node24.1.0`. */
  readonly goVersion: string;
  /** In Go's words: `linux`, `darwin`. */
  readonly goOs: string;
  /** In Go's words: `amd64`, `arm64`. */
  readonly goArch: string;
}

/** `fields` completed by what the running process knows. */
export function buildInfo(fields: Partial<BuildInfo> & { readonly version: string }): BuildInfo {
  return {
    revision: '',
    branch: '',
    buildUser: '',
    buildDate: '',
    goVersion: `node${process.versions.node}`,
    goOs: process.platform,
    goArch: process.arch === 'x64' ? 'amd64' : process.arch,
    ...fields,
  };
}

/** Exports `tempo_build_info`, which is always 1: dashboards find processes by it. */
export function registerBuildInfo(registry: MetricsRegistry, build: BuildInfo): void {
  const gauge = registry.gauge({
    name: 'tempo_build_info',
    help: 'What was built; the value is always 1.',
    labels: ['version', 'revision', 'branch', 'goversion', 'goos', 'goarch', 'tags'],
  });
  gauge.set(
    {
      version: build.version,
      revision: build.revision,
      branch: build.branch,
      goversion: build.goVersion,
      goos: build.goOs,
      goarch: build.goArch,
      tags: 'unknown',
    },
    1,
  );
}
