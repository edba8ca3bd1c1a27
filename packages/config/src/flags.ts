/**
 * Command line flags. They have Tempo's names and Go's syntax: one or two dashes, `-flag=value` or
 * `-flag value`, and flags that are true or false need no value. Each sets one key of the
 * configuration, above the file; a few are about the process itself.
 */
import { FLAG_PATHS } from './flag-paths.ts';
import type { Field } from './field.ts';
import { parseYaml } from './parse-yaml.ts';
import type { ConfigProblem } from './problem.ts';
import { tempoSchema } from './schema/tempo-config.ts';
import { nestedNode, overlayNodes, type SourceNode, type SourcePosition } from './source-node.ts';
import { findNearest } from './suggest.ts';

/** What the flags say about the process itself. */
export interface ProcessFlags {
  /** `-config.file`; undefined when there is none. */
  readonly configFile: string | undefined;
  /** `-config.expand-env`. */
  readonly expandEnv: boolean;
  /** `-config.verify`: check the configuration, then end. */
  readonly verify: boolean;
  /** `-version`: print the version, then end. */
  readonly version: boolean;
  /** `-help`: print the flags, then end. */
  readonly help: boolean;
  /** `-health`: ask a running process whether it is ready, then end. */
  readonly health: boolean;
  /** `-health.url`. */
  readonly healthUrl: string;
}

/** Flags read from a command line. */
export interface ParsedFlags {
  readonly process: ProcessFlags;
  /** The keys set by flags; undefined when there are none. */
  readonly settings: SourceNode | undefined;
  readonly problems: readonly ConfigProblem[];
}

const SWITCHES = {
  'config.expand-env': 'expandEnv',
  'config.verify': 'verify',
  'verify-config': 'verify',
  version: 'version',
  help: 'help',
  h: 'help',
  health: 'health',
} as const satisfies Record<string, keyof ProcessFlags>;

const TEXTS = { 'config.file': 'configFile', 'health.url': 'healthUrl' } as const;

/** Flags of the Go runtime; taken and ignored. */
const IGNORED = new Set([
  'mem-ballast-size-mbs',
  'mutex-profile-fraction',
  'block-profile-threshold',
  'memberlist.message-history-buffer-bytes',
]);

/** Words Go takes for true and false. */
const SWITCH_WORDS: ReadonlyMap<string, boolean> = new Map([
  ...['1', 't', 'T', 'true', 'TRUE', 'True'].map((word) => [word, true] as const),
  ...['0', 'f', 'F', 'false', 'FALSE', 'False'].map((word) => [word, false] as const),
]);

/** Reads `args`, the command line without the program. Never throws; see `problems`. */
export function parseFlags(args: readonly string[]): ParsedFlags {
  const parser = new FlagParser(args);
  parser.parse();
  return { process: parser.process, settings: parser.settings, problems: parser.problems };
}

/** All flags with what they are about, for `-help`. */
export function flagNames(): readonly string[] {
  return [
    ...Object.keys(TEXTS),
    ...Object.keys(SWITCHES).filter((name) => name !== 'h'),
    ...FLAG_PATHS.keys(),
  ];
}

class FlagParser {
  readonly problems: ConfigProblem[] = [];
  settings: SourceNode | undefined;
  process: ProcessFlags = {
    configFile: undefined,
    expandEnv: false,
    verify: false,
    version: false,
    help: false,
    health: false,
    healthUrl: 'http://127.0.0.1:3200/ready',
  };
  readonly #args: readonly string[];
  #index = 0;

  constructor(args: readonly string[]) {
    this.#args = args;
  }

  parse(): void {
    while (this.#index < this.#args.length) {
      const arg = this.#args[this.#index++]!;
      const match = /^--?([^-=][^=]*)(?:=(.*))?$/s.exec(arg);
      if (arg === '--') continue;
      if (match) this.#flag(match[1]!, match[2]);
      else this.#complain(arg, 'invalid_flag', this.#explainArgument(arg));
    }
  }

  #flag(name: string, value: string | undefined): void {
    if (Object.hasOwn(SWITCHES, name)) {
      const on = this.#switch(name, value);
      this.process = { ...this.process, [SWITCHES[name as keyof typeof SWITCHES]]: on };
    } else if (Object.hasOwn(TEXTS, name)) {
      const text = this.#value(name, value);
      this.process = { ...this.process, [TEXTS[name as keyof typeof TEXTS]]: text };
    } else if (IGNORED.has(name)) {
      this.#value(name, value);
    } else {
      const path = FLAG_PATHS.get(name);
      if (path) this.#setting(name, path, value);
      else this.#complain(`-${name}`, 'unknown_flag', explainUnknownFlag(name));
    }
  }

  #switch(name: string, value: string | undefined): boolean {
    if (value === undefined) return true;
    const on = SWITCH_WORDS.get(value);
    if (on === undefined)
      this.#complain(`-${name}`, 'invalid_flag', `"${value}" is not true or false`);
    return on ?? false;
  }

  /** The value behind `=`, or the next argument. */
  #value(name: string, value: string | undefined): string {
    if (value !== undefined) return value;
    const next = this.#args[this.#index];
    if (next === undefined) {
      this.#complain(`-${name}`, 'invalid_flag', 'needs a value');
      return '';
    }
    this.#index++;
    return next;
  }

  #setting(name: string, path: string, value: string | undefined): void {
    const keys = path.split('.');
    const field = fieldAt(keys);
    const position: SourcePosition = { source: `-${name}`, line: 0, column: 0 };
    const isSwitch = field.typeName === 'true or false';
    const text = isSwitch ? String(this.#switch(name, value)) : this.#value(name, value);
    const node = flagNode(field, text, position);
    if (this.settings === undefined) {
      this.settings = nestedNode(keys, node, position);
      return;
    }
    this.settings = overlayNodes(this.settings, nestedNode(keys, node, position), joinLists);
  }

  #explainArgument(arg: string): string {
    const before = this.#args[this.#index - 2];
    const isSwitchValue = SWITCH_WORDS.has(arg) && before?.startsWith('-');
    return isSwitchValue
      ? `is not a flag; write ${before}=${arg}`
      : 'is not a flag; flags start with a dash';
  }

  #complain(path: string, code: 'unknown_flag' | 'invalid_flag', message: string): void {
    this.problems.push({ code, path, source: path, line: 0, column: 0, message });
  }
}

/** A flag given several times adds to a list, as Go's do. */
function joinLists(base: SourceNode, overlay: SourceNode): SourceNode {
  if (base.kind !== 'list' || overlay.kind !== 'list') return overlay;
  return { ...base, items: [...base.items, ...overlay.items] };
}

/** What `text` says for `field`: lists and maps are given as YAML or as a single item. */
function flagNode(field: Field<unknown>, text: string, position: SourcePosition): SourceNode {
  if (field.kind === 'map' || field.kind === 'free') {
    const { node } = parseYaml(text, position.source);
    if (node) return node;
  }
  const scalar: SourceNode = { kind: 'scalar', position, text, value: text, plain: true };
  const isList = field.kind === 'list' || field.typeName === 'words joined by commas';
  return isList ? { kind: 'list', position, items: [scalar] } : scalar;
}

function fieldAt(keys: readonly string[]): Field<unknown> {
  let field: Field<unknown> = tempoSchema;
  for (const key of keys) {
    const child = field.children?.get(key);
    if (!child) throw new Error(`no key ${keys.join('.')}`);
    field = child;
  }
  return field;
}

function explainUnknownFlag(name: string): string {
  const near = findNearest(name, flagNames());
  if (near !== undefined) return `unknown flag, did you mean -${near}?`;
  return 'unknown flag; -help lists all flags, and everything else is set in the file of -config.file';
}
