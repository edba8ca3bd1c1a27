/**
 * Environment variables in a configuration file, as `-config.expand-env` has them. The forms are
 * those of the library Tempo uses (drone/envsubst): only `${…}` is replaced, a bare `$NAME` stays,
 * `$$` is a single dollar (so `$${V}` stays `${V}`), `\\` and `\/` lose their backslash, an unset
 * variable is the empty string.
 */

/** A `${…}` that cannot be understood. */
export class ExpansionError extends Error {
  override readonly name = 'ExpansionError';
  /** Position in the text, in UTF-16 units. */
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

/** Pairs that stand for their second character; recognised outside braces only. */
const ESCAPES: ReadonlySet<string> = new Set(['$$', '\\\\', '\\/']);

/** Deepest nesting of `${A:-${B:-…}}`. */
const MAX_DEPTH = 50;

/**
 * `text` with its variables replaced by `lookUp`. Supported: `${V}`, `${V:-default}` and, with the
 * same meaning, `:=`, `=`, `:+`, `:?` (a default may hold variables), `${#V}` length,
 * `${V^}`, `${V^^}`, `${V,}`, `${V,,}` case, `${V:offset}`, `${V:offset:length}`, `${V#pre}`,
 * `${V##pre}`, `${V%post}`, `${V%%post}`, `${V/from/to}`, `${V//from/to}`, `${V/#pre/to}`,
 * `${V/%post/to}`.
 */
export function expandEnv(text: string, lookUp: (name: string) => string | undefined): string {
  const expander = new Expander(text, (name) => lookUp(name) ?? '');
  return expander.expand(0, 0).text;
}

class Expander {
  readonly #text: string;
  readonly #lookUp: (name: string) => string;

  constructor(text: string, lookUp: (name: string) => string) {
    this.#text = text;
    this.#lookUp = lookUp;
  }

  /**
   * Expands from `start`, up to the end or, when `opened` is where a `${` was opened, up to the
   * closing brace.
   */
  expand(start: number, depth: number, opened?: number): { text: string; end: number } {
    const inBraces = opened !== undefined;
    if (depth > MAX_DEPTH) throw new ExpansionError('variables are nested too deeply', start);
    let out = '';
    let index = start;
    while (index < this.#text.length) {
      const char = this.#text[index]!;
      if (inBraces && char === '}') return { text: out, end: index };
      if (!inBraces && ESCAPES.has(this.#text.slice(index, index + 2))) {
        out += this.#text[index + 1]!;
        index += 2;
      } else if (char === '$' && this.#text[index + 1] === '{') {
        const variable = this.#variable(index, depth);
        out += variable.text;
        index = variable.end;
      } else {
        out += char;
        index++;
      }
    }
    if (inBraces) throw new ExpansionError('a ${ has no closing brace', opened);
    return { text: out, end: index };
  }

  /** The value of the `${…}` at `start`; `end` is behind its closing brace. */
  #variable(start: number, depth: number): { text: string; end: number } {
    const head = /(#?)([A-Za-z_][A-Za-z0-9_]*|\d+)/y;
    head.lastIndex = start + 2;
    const match = head.exec(this.#text);
    if (!match) throw new ExpansionError('a ${ is not followed by the name of a variable', start);
    const rest = this.expand(head.lastIndex, depth + 1, start);
    const value = this.#lookUp(match[2]!);
    const end = rest.end + 1;
    if (match[1] === '#') return { text: String(Array.from(value).length), end };
    const text = rest.text === '' ? value : applyOperator(value, rest.text);
    if (text !== undefined) return { text, end };
    const shown = this.#text.slice(start, Math.min(end, start + 40));
    throw new ExpansionError(`${shown} uses an operator that is not known`, start);
  }
}

/** `value` changed by what follows the name in the braces; undefined when that is unknown. */
function applyOperator(value: string, operation: string): string | undefined {
  const withDefault = /^(?::[-=+?]|=)/.exec(operation);
  if (withDefault) return value === '' ? operation.slice(withDefault[0].length) : value;
  const cased = changeCase(value, operation);
  if (cased !== undefined) return cased;
  const part = /^:(\d+)(?::(\d+))?$/.exec(operation);
  if (part) {
    const from = Number(part[1]);
    return value.slice(from, part[2] === undefined ? undefined : from + Number(part[2]));
  }
  return trimOrReplace(value, operation);
}

function changeCase(value: string, operation: string): string | undefined {
  switch (operation) {
    case '^^':
      return value.toUpperCase();
    case ',,':
      return value.toLowerCase();
    case '^':
      return value.charAt(0).toUpperCase() + value.slice(1);
    case ',':
      return value.charAt(0).toLowerCase() + value.slice(1);
    default:
      return undefined;
  }
}

function trimOrReplace(value: string, operation: string): string | undefined {
  const trim = /^(##?|%%?)(.*)$/s.exec(operation);
  if (trim) return trimEnd(value, trim[1]!, trim[2]!);
  const replace = /^\/([/#%]?)([^/]*)(?:\/(.*))?$/s.exec(operation);
  if (!replace) return undefined;
  const [, mode, from = '', to = ''] = replace;
  if (from === '') return value;
  if (mode === '#') return value.startsWith(from) ? to + value.slice(from.length) : value;
  if (mode === '%') return value.endsWith(from) ? value.slice(0, -from.length) + to : value;
  const parts = value.split(from);
  if (mode === '/') return parts.join(to);
  return parts.length === 1 ? value : parts[0] + to + parts.slice(1).join(from);
}

/** Cuts the shortest or longest piece matching the shell pattern off the start or end. */
function trimEnd(value: string, operator: string, pattern: string): string {
  const matcher = shellPattern(pattern);
  const lengths = Array.from({ length: value.length + 1 }, (_, length) => length);
  if (operator.length === 2) lengths.reverse();
  const fromStart = operator.startsWith('#');
  for (const length of lengths) {
    const piece = fromStart ? value.slice(0, length) : value.slice(value.length - length);
    if (matcher.test(piece))
      return fromStart ? value.slice(length) : value.slice(0, value.length - length);
  }
  return value;
}

/** `*` and `?` as the shell has them; everything else stands for itself. */
function shellPattern(pattern: string): RegExp {
  const body = pattern.replace(/[.*+?^${}()|[\]\\]/g, (char) => {
    if (char === '*') return '.*';
    return char === '?' ? '.' : `\\${char}`;
  });
  return new RegExp(`^${body}$`, 's');
}
