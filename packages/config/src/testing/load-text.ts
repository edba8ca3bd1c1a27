/** Loads a configuration from a text, for tests. */
import { loadConfig, type LoadedConfig } from '../load-config.ts';
import { ConfigError, formatProblem } from '../problem.ts';

export interface LoadTextOptions {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Loads `text` as the file `tempo.yaml`. */
export function loadText(text: string, options: LoadTextOptions = {}): LoadedConfig {
  return loadConfig({
    args: ['-config.file=tempo.yaml', ...(options.args ?? [])],
    readFile: (path) => {
      if (path !== 'tempo.yaml') throw new Error(`no file ${path}`);
      return text;
    },
    env: options.env ?? {},
  });
}

/** The problems `load` is refused for. */
export function problemsOf(load: () => unknown): readonly string[] {
  try {
    load();
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.map(formatProblem);
    throw error;
  }
  return [];
}

/** The least a file must say. */
export const LOCAL_STORAGE = 'storage: {trace: {backend: local, local: {path: /tmp/blocks}}}\n';
