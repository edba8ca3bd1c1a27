/** Declarations of keys that hold one value. */
import { formatDuration, parseDurationMs } from '@tempo-ts/runtime';
import { formatBase2Bytes, parseBase2Bytes } from './byte-size.ts';
import { describedBy, type Field, type FieldOptions, type YamlValue } from './field.ts';
import { Secret } from './secret.ts';
import { describeNode, type ScalarNode } from './source-node.ts';

/** Reads one scalar: the value, or a phrase that says what would have been accepted. */
type ParseScalar<T> = (node: ScalarNode) => { readonly value: T } | { readonly accepted: string };

interface ScalarDeclaration<T> {
  readonly typeName: string;
  readonly default: T;
  readonly zero: T;
  readonly parse: ParseScalar<T>;
  readonly write: (value: T) => YamlValue;
  /** True when messages must not show the value. */
  readonly hidden?: boolean;
}

/** A key holding one value, read by `declaration.parse`. */
function scalar<T>(
  declaration: ScalarDeclaration<T>,
  description: string,
  options: FieldOptions,
): Field<T> {
  return {
    kind: 'scalar',
    typeName: declaration.typeName,
    default: declaration.default,
    zero: declaration.zero,
    ...describedBy(description, options),
    read(node, context, base) {
      if (node.kind === 'null') return base;
      const given = declaration.hidden ? 'the value' : describeNode(node);
      if (node.kind !== 'scalar') {
        const message = `${given} is given where ${declaration.typeName} is expected`;
        context.problem(node.position, 'wrong_type', message);
        return base;
      }
      const parsed = declaration.parse(node);
      if ('value' in parsed) return parsed.value;
      context.problem(node.position, 'invalid_value', `${given} is not ${parsed.accepted}`);
      return base;
    },
    write: (value) => declaration.write(value),
  };
}

/** A regular expression, kept as the text it was written as. */
export function regularExpression(
  defaultValue: string,
  description: string,
  options: FieldOptions = {},
): Field<string> {
  const typeName = 'a regular expression';
  const parse: ParseScalar<string> = ({ text: pattern }) =>
    isRegularExpression(pattern) ? { value: pattern } : { accepted: typeName };
  const declaration = { typeName, default: defaultValue, zero: '', parse, write: String };
  return scalar(declaration, description, options);
}

function isRegularExpression(pattern: string): boolean {
  try {
    return new RegExp(pattern) instanceof RegExp;
  } catch {
    return false;
  }
}

/** A string. */
export function text(
  defaultValue: string,
  description: string,
  options: FieldOptions & { readonly check?: (text: string) => string | undefined } = {},
): Field<string> {
  const parse: ParseScalar<string> = (node) => {
    const accepted = options.check?.(node.text);
    return accepted === undefined ? { value: node.text } : { accepted };
  };
  const declaration = { typeName: 'a string', default: defaultValue, zero: '', parse };
  return scalar({ ...declaration, write: String }, description, options);
}

/** One of a few words. */
export function choice<const C extends string>(
  choices: readonly C[],
  defaultValue: NoInfer<C>,
  description: string,
  options: FieldOptions & { readonly zero?: NoInfer<C> } = {},
): Field<C> {
  const parse: ParseScalar<C> = (node) => {
    const found = choices.find((each) => each === node.text);
    return found === undefined ? { accepted: `one of ${listWords(choices)}` } : { value: found };
  };
  const zero = options.zero ?? choices.find((each) => each === '') ?? defaultValue;
  const typeName = `one of ${listWords(choices)}`;
  const field = scalar(
    { typeName, default: defaultValue, zero, parse, write: (value: C) => value },
    description,
    options,
  );
  return { ...field, choices };
}

function listWords(words: readonly string[]): string {
  return words.map((word) => (word === '' ? '""' : word)).join(', ');
}

const NO_SECRET = new Secret('');
const SECRET: ScalarDeclaration<Secret> = {
  typeName: 'a secret string',
  default: NO_SECRET,
  zero: NO_SECRET,
  hidden: true,
  parse: (node) => ({ value: new Secret(node.text) }),
  write: (value) => value.toString(),
};

/** A password, key or token; never printed. */
export function secret(description: string, options: FieldOptions = {}): Field<Secret> {
  return scalar(SECRET, description, options);
}

const TRUE_WORDS = new Set(['true', 'yes', 'on', 'y', 't', '1']);
const FALSE_WORDS = new Set(['false', 'no', 'off', 'n', 'f', '0']);

const parseBool: ParseScalar<boolean> = (node) => {
  const word = node.text.toLowerCase();
  if (node.plain && TRUE_WORDS.has(word)) return { value: true };
  if (node.plain && FALSE_WORDS.has(word)) return { value: false };
  return { accepted: 'true or false (without quotes)' };
};

/** True or false, in any of the spellings of YAML 1.1 (`yes`, `on`) as Tempo reads it. */
export function bool(
  defaultValue: boolean,
  description: string,
  options: FieldOptions = {},
): Field<boolean> {
  return scalar(
    {
      typeName: 'true or false',
      default: defaultValue,
      zero: false,
      parse: parseBool,
      write: (value) => value,
    },
    description,
    options,
  );
}

export interface NumberOptions extends FieldOptions {
  readonly min?: number;
  readonly max?: number;
}

/** A whole number; negative only when `min` allows it. */
export function int(
  defaultValue: number,
  description: string,
  options: NumberOptions = {},
): Field<number> {
  const { min = 0, max = Number.MAX_SAFE_INTEGER } = options;
  const range = rangeInWords(min, max);
  const parse: ParseScalar<number> = (node) => {
    const value = readNumber(node);
    const good = value !== undefined && Number.isSafeInteger(value) && value >= min && value <= max;
    return good ? { value } : { accepted: `a whole number${range} (without quotes or unit)` };
  };
  const declaration = { typeName: `a whole number${range}`, default: defaultValue, zero: 0, parse };
  return scalar({ ...declaration, write: (value: number) => value }, description, options);
}

/** A number. */
export function float(
  defaultValue: number,
  description: string,
  options: NumberOptions = {},
): Field<number> {
  const { min = 0, max = Number.MAX_VALUE } = options;
  const range = rangeInWords(min, max);
  const parse: ParseScalar<number> = (node) => {
    const value = readNumber(node);
    const good = value !== undefined && Number.isFinite(value) && value >= min && value <= max;
    return good ? { value } : { accepted: `a number${range} (without quotes)` };
  };
  const declaration = { typeName: `a number${range}`, default: defaultValue, zero: 0, parse };
  return scalar({ ...declaration, write: (value: number) => value }, description, options);
}

function rangeInWords(min: number, max: number): string {
  if (max < Number.MAX_SAFE_INTEGER) return ` from ${min} to ${max}`;
  if (min > Number.MIN_SAFE_INTEGER && min !== 0) return ` of at least ${min}`;
  return '';
}

/** The number a plain scalar stands for; `_` may group digits. */
function readNumber(node: ScalarNode): number | undefined {
  if (!node.plain) return undefined;
  const digits = node.text.replaceAll('_', '').trim();
  return /^[-+]?(0x[0-9a-f]+|0o[0-7]+|\d+\.?\d*(e[-+]?\d+)?|\.\d+(e[-+]?\d+)?)$/i.test(digits)
    ? Number(digits)
    : undefined;
}

/** Longest duration Go can hold, in milliseconds; Tempo's default for "never". */
export const MAX_DURATION_MS = 9_223_372_036_854;

export interface DurationOptions extends NumberOptions {
  /** Prometheus syntax: `1d`, `2w`, `1y` are understood, and written that way. */
  readonly days?: boolean;
}

/**
 * A duration in Go syntax (`1h30m`, `250ms`). The value is in milliseconds. A bare number is read
 * as nanoseconds, as Tempo does; `0` is the only one anybody means.
 */
export function duration(
  defaultText: string,
  description: string,
  options: DurationOptions = {},
): Field<number> {
  const days = options.days === true;
  const accepted = days
    ? 'a duration such as 90s, 12h or 7d'
    : 'a duration such as 90s, 5m or 1h30m';
  const parse: ParseScalar<number> = (node) => {
    const bare = readNumber(node);
    const value = bare === undefined ? parseDurationMs(node.text, { days }) : bare / 1e6;
    if (value === undefined || value < (options.min ?? 0)) return { accepted };
    return { value: Math.min(value, MAX_DURATION_MS) };
  };
  const defaultMs = Math.min(parseDurationMs(defaultText, { days: true }) ?? NaN, MAX_DURATION_MS);
  const write = (value: number) =>
    value === MAX_DURATION_MS ? '2562047h47m16.854775807s' : formatDuration(value);
  const declaration = { typeName: 'a duration', default: defaultMs, zero: 0, parse, write };
  return scalar(declaration, description, options);
}

const parseByteSize: ParseScalar<number> = (node) => {
  const value = parseBase2Bytes(node.text);
  return value === undefined ? { accepted: 'a size such as 512B, 64KiB or 1MiB' } : { value };
};

/** A size in bytes with binary units: `64KiB`, `1MiB512KiB`. The value is in bytes. */
export function byteSize(
  defaultBytes: number,
  description: string,
  options: FieldOptions = {},
): Field<number> {
  const declaration = {
    typeName: 'a size in bytes',
    default: defaultBytes,
    zero: 0,
    parse: parseByteSize,
  };
  return scalar({ ...declaration, write: formatBase2Bytes }, description, options);
}

/** Words joined by commas in one string, as some of Tempo's keys want it; a list is taken too. */
export function commaList(
  defaultValue: readonly string[],
  description: string,
  options: FieldOptions = {},
): Field<readonly string[]> {
  const single = scalar<readonly string[]>(
    {
      typeName: 'words joined by commas',
      default: defaultValue,
      zero: [],
      parse: (node) => ({
        value: node.text
          .split(',')
          .map((word) => word.trim())
          .filter(Boolean),
      }),
      write: (value) => value.join(','),
    },
    description,
    options,
  );
  return {
    ...single,
    read(node, context, base) {
      if (node.kind !== 'list') return single.read(node, context, base);
      return node.items.flatMap((item, index) => single.read(item, context.at(`[${index}]`), []));
    },
  };
}
