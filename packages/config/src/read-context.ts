/** Collects what is found while a schema reads nodes: problems, uses of keys, deprecations. */
import { describeMissing, explainMissing, type Availability } from './availability.ts';
import type { ConfigProblem, ConfigProblemCode, ConfigWarning } from './problem.ts';
import type { SourceNode, SourcePosition } from './source-node.ts';

/** State of one reading; `at` gives the view of one key. */
export class ReadContext {
  /** Dotted path of what is being read. */
  readonly path: string;
  readonly problems: ConfigProblem[];
  readonly warnings: ConfigWarning[];
  /** Position of every key that was set. */
  readonly positions: Map<string, SourcePosition>;
  /** Paths of the whole schema, for suggestions: last segment → full paths. */
  readonly pathsByKey: ReadonlyMap<string, readonly string[]>;
  /** True below a key whose use was already reported. */
  readonly reported: boolean;

  constructor(
    pathsByKey: ReadonlyMap<string, readonly string[]> = new Map(),
    parent?: ReadContext,
    path = '',
    reported = false,
  ) {
    this.path = path;
    this.problems = parent?.problems ?? [];
    this.warnings = parent?.warnings ?? [];
    this.positions = parent?.positions ?? new Map();
    this.pathsByKey = parent?.pathsByKey ?? pathsByKey;
    this.reported = reported;
  }

  /** The context of the value at `key`. */
  at(key: string, reported = this.reported): ReadContext {
    return new ReadContext(undefined, this, joinPath(this.path, key), reported);
  }

  problem(position: SourcePosition, code: ConfigProblemCode, message: string): void {
    const { source, line, column } = position;
    this.problems.push({ code, path: this.path, source, line, column, message });
  }

  warn(position: SourcePosition, message: string, explain: string): void {
    const { source, line } = position;
    this.warnings.push({ path: this.path, source, line, message, explain });
  }

  /** Says that a key was replaced; `instead` is what to use. */
  warnDeprecated(position: SourcePosition, instead: string): void {
    this.warn(position, `${this.path} is deprecated`, instead);
  }

  /** Says that a key which does nothing (yet) was set; `keys` names what was set below it. */
  warnUnavailable(node: SourceNode, availability: Availability, keys: readonly string[]): void {
    if (availability.kind === 'works') return;
    const set = keys.length > 0 ? ` (set here: ${keys.join(', ')})` : '';
    if (availability.kind === 'no_effect') {
      this.warn(node.position, `${this.path} has no effect${set}`, availability.why);
      return;
    }
    const { part } = availability;
    const { source, line } = node.position;
    this.warnings.push({
      path: this.path,
      source,
      line,
      message: `${this.path} is accepted, but ${describeMissing(part)}${set}`,
      explain: explainMissing(part),
      part,
    });
  }
}

/** `a.b` + `c` → `a.b.c`; keys that are not plain words are put in brackets. */
export function joinPath(path: string, key: string): string {
  if (key.startsWith('[')) return `${path}${key}`;
  return path === '' ? key : `${path}.${key}`;
}
