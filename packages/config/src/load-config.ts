/**
 * Command line + configuration file + environment → one typed, frozen configuration. Flags win over
 * the file, the file over the defaults. Without a file the defaults for a single process apply.
 */
import { findSuspectSettings, runsEverything } from './config-warnings.ts';
import { expandEnv, ExpansionError } from './expand-env.ts';
import { parseFlags, type ProcessFlags } from './flags.ts';
import { nodeFromValue } from './nodes-from-value.ts';
import { parseYaml } from './parse-yaml.ts';
import { ConfigError, type ConfigProblem, type ConfigWarning } from './problem.ts';
import { ReadContext } from './read-context.ts';
import { deepFreeze } from './same-value.ts';
import { settleConfig } from './settle-config.ts';
import { tempoPaths, tempoSchema, type TempoConfig } from './schema/tempo-config.ts';
import { SINGLE_PROCESS_DEFAULTS, SINGLE_PROCESS_SOURCE } from './single-process-defaults.ts';
import { overlayNodes, type SourceNode, type SourcePosition } from './source-node.ts';

export interface LoadConfigOptions {
  /** The command line without program and script. */
  readonly args: readonly string[];
  /** Reads a file as text; throws when it cannot. */
  readonly readFile: (path: string) => string;
  /** The environment, for `-config.expand-env`. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** A configuration that can be used. */
export interface LoadedConfig {
  readonly config: TempoConfig;
  /** What the operator should know; in the order of the file, then of the rules. */
  readonly warnings: readonly ConfigWarning[];
  /** The file it was read from, or what stood in for it. */
  readonly source: string;
  readonly flags: ProcessFlags;
  /** True when the key at this dotted path was set by the file or a flag. */
  readonly isSet: (path: string) => boolean;
}

/** Loads the configuration. Throws {@link ConfigError} with every problem found. */
export function loadConfig(options: LoadConfigOptions): LoadedConfig {
  const flags = parseFlags(options.args);
  if (flags.problems.length > 0) throw new ConfigError(flags.problems);
  const { configFile, help, version, health } = flags.process;
  // These print something and end: a broken file must not keep them from it.
  const readsFile = configFile !== undefined && !help && !version && !health;
  const source = readsFile ? configFile : SINGLE_PROCESS_SOURCE;
  const base = readsFile
    ? readConfigFile(configFile, flags.process.expandEnv, options)
    : nodeFromValue(SINGLE_PROCESS_DEFAULTS, { source, line: 0, column: 0 });
  const node = flags.settings ? overlayNodes(base, flags.settings) : base;
  const context = new ReadContext(tempoPaths);
  const read = tempoSchema.read(node, context, tempoSchema.default);
  const problems = [...context.problems, ...findMissing(read, context, source)];
  if (problems.length > 0) throw new ConfigError(problems);
  const config = deepFreeze(settleConfig(read));
  return {
    config,
    warnings: collectWarnings(read, context),
    source,
    flags: flags.process,
    isSet: (path) => context.positions.has(path),
  };
}

function readConfigFile(path: string, expand: boolean, options: LoadConfigOptions): SourceNode {
  const fail = (
    code: ConfigProblem['code'],
    message: string,
    place: Partial<SourcePosition> = {},
  ) => new ConfigError([{ code, path: '', source: path, line: 0, column: 0, message, ...place }]);
  let text: string;
  try {
    text = options.readFile(path);
  } catch (error) {
    throw fail('unreadable_file', `cannot be read: ${(error as Error).message}`);
  }
  let expanded = text;
  if (expand) {
    try {
      expanded = expandEnv(text, (name) => options.env[name]);
    } catch (error) {
      if (!(error instanceof ExpansionError)) throw error;
      throw fail('invalid_expansion', error.message, placeOf(text, error.offset));
    }
  }
  const { node, problems } = parseYaml(expanded, path);
  if (!node) throw new ConfigError(problems);
  return node;
}

function placeOf(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset).split('\n');
  return { line: before.length, column: before.at(-1)!.length + 1 };
}

/** What a process cannot do without. */
function findMissing(config: TempoConfig, context: ReadContext, source: string): ConfigProblem[] {
  const storeless =
    config.target === 'distributor' || config.target.startsWith('metrics-generator');
  const { backend, local } = config.storage.trace;
  if (storeless) return [];
  const at = (path: string, message: string): ConfigProblem[] => {
    const position = context.positions.get(path) ?? { source, line: 0, column: 0 };
    return [{ code: 'missing_value', path, message, ...position }];
  };
  const named = context.problems.some((problem) => problem.path.startsWith('storage'));
  if (named) return [];
  if (backend === '') return at('storage.trace.backend', 'must be set: local, s3, gcs or azure');
  if (backend === 'local' && local.path === '')
    return at('storage.trace.local.path', 'must be set, for storage.trace.backend is local');
  return [];
}

function collectWarnings(config: TempoConfig, context: ReadContext): ConfigWarning[] {
  const suspect = findSuspectSettings(config).map((warning) => {
    const position = context.positions.get(warning.path);
    return { ...warning, source: position?.source ?? '', line: position?.line ?? 0 };
  });
  // One process has its rings in memory, in Tempo as well: what is set about them changes nothing.
  const used = context.warnings.filter(
    ({ part }) => part !== 'rings' || !runsEverything(config.target),
  );
  return [...used, ...suspect];
}
