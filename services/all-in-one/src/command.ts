/**
 * The command: reads command line and configuration, then runs all components until it is told to
 * end. Exit codes are Tempo's: 1 for a configuration that cannot be used.
 */
import { readFileSync } from 'node:fs';
import {
  ConfigError,
  flagNames,
  formatProblem,
  formatWarning,
  loadConfig,
  verifyConfig,
  type LoadedConfig,
} from '@tempo-ts/config';
import { createLogger } from '@tempo-ts/telemetry';
import { checkHealth } from './health-check.ts';
import { runTempo } from './run-tempo.ts';
import { currentBuild } from './version.ts';

/** Does what the command line says; sets the exit code. Resolves when the process may end. */
export async function runCommand(args: readonly string[]): Promise<void> {
  const loaded = load(args);
  if (!loaded) return end(1);
  const { flags, config } = loaded;
  const build = currentBuild(process.env);
  if (flags.help)
    return print(
      [...flagNames()].toSorted().map((name) => `  -${name}`),
      0,
    );
  if (flags.version) return print([`tempo-ts, version ${build.version} (${build.goVersion})`], 0);
  if (flags.health) return end(await checkHealth(flags.healthUrl));
  if (flags.verify) {
    const { exitCode, lines } = verifyConfig(loaded);
    return print(lines, exitCode);
  }
  if (config.target !== 'all')
    return print(
      [`target "${config.target}" cannot be run yet: this build runs all components (-target=all)`],
      1,
    );
  const logger = createLogger({
    level: config.server.log_level,
    format: config.server.log_format,
  });
  for (const warning of loaded.warnings) logger.warn(formatWarning(warning));
  await runTempo({ loaded, build, logger, env: process.env });
}

/** The configuration, or undefined when what is wrong with it has been printed. */
function load(args: readonly string[]): LoadedConfig | undefined {
  try {
    return loadConfig({
      // pnpm and npm pass on the `--` that separates their arguments from ours.
      args: args[0] === '--' ? args.slice(1) : args,
      readFile: (path) => readFileSync(path, 'utf8'),
      env: process.env,
    });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    for (const problem of error.problems) process.stderr.write(`${formatProblem(problem)}\n`);
    return undefined;
  }
}

function print(lines: readonly string[], exitCode: number): void {
  const output = exitCode === 0 ? process.stdout : process.stderr;
  output.write(lines.map((line) => `${line}\n`).join(''));
  end(exitCode);
}

function end(exitCode: number): void {
  process.exitCode = exitCode;
}
