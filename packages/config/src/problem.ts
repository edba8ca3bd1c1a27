/** What can be wrong or remarkable about a configuration. */
import type { LaterPart } from './availability.ts';
import type { SourcePosition } from './source-node.ts';

/** Why a configuration is refused. */
export type ConfigProblemCode =
  | 'unreadable_file'
  | 'invalid_yaml'
  | 'invalid_expansion'
  | 'unknown_key'
  | 'wrong_type'
  | 'invalid_value'
  | 'missing_value'
  | 'unknown_flag'
  | 'invalid_flag';

/** One reason why the configuration is refused. */
export interface ConfigProblem extends SourcePosition {
  readonly code: ConfigProblemCode;
  /** Dotted YAML path, `ingester.max_block_bytes`, or the flag. Empty when it is the whole file. */
  readonly path: string;
  /** Lower case, naming the value and what is accepted. */
  readonly message: string;
}

/** Something the operator should know; the configuration is used all the same. */
export interface ConfigWarning {
  /** Dotted YAML path the warning is about. */
  readonly path: string;
  /** Where it was set; line 0 when it was not set in a file. */
  readonly source: string;
  readonly line: number;
  readonly message: string;
  /** What follows from it, what to do about it. May be empty. */
  readonly explain: string;
  /** Set when the key belongs to a part that does not work yet. */
  readonly part?: LaterPart;
}

/** Thrown for a configuration that cannot be used; carries every problem found, in file order. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    const lines = problems.map(formatProblem);
    super(
      lines.length === 1
        ? `invalid configuration: ${lines[0]}`
        : `invalid configuration, ${lines.length} problems:\n  ${lines.join('\n  ')}`,
    );
    this.problems = problems;
  }
}

/** `tempo.yaml:12:3: ingester.max_block_byte: unknown key, did you mean …`. */
export function formatProblem(problem: ConfigProblem): string {
  const place =
    problem.line > 0 ? `${problem.source}:${problem.line}:${problem.column}` : problem.source;
  const subject = problem.path === '' || problem.path === problem.source ? '' : `${problem.path}: `;
  return `${place}: ${subject}${problem.message}`;
}
