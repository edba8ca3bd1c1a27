/** `-config.verify`: says whether a configuration is without warnings. */
import type { LoadedConfig } from './load-config.ts';
import type { ConfigWarning } from './problem.ts';

/** The answer of `-config.verify`: 0 when there is nothing to say, 1 when there are warnings. */
export function verifyConfig(loaded: Pick<LoadedConfig, 'warnings' | 'source'>): {
  readonly exitCode: 0 | 1;
  readonly lines: readonly string[];
} {
  if (loaded.warnings.length === 0)
    return {
      exitCode: 0,
      lines: [`${loaded.source}: the configuration is valid, without warnings`],
    };
  return { exitCode: 1, lines: loaded.warnings.map(formatWarning) };
}

/** `tempo.yaml:12: compactor.compaction is accepted, but …: …`. */
export function formatWarning(warning: ConfigWarning): string {
  const place = warning.line > 0 ? `${warning.source}:${warning.line}: ` : '';
  const explain = warning.explain === '' ? '' : `: ${warning.explain}`;
  return `${place}${warning.message}${explain}`;
}
