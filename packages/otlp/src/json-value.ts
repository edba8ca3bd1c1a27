/**
 * Reading protobuf JSON by hand: one value at a time, each error naming the path to it. Numbers of 64
 * bits arrive as bigint when JavaScript's number would round them (`parseJson`).
 */
import { InvalidOtlpError } from './errors.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

/** How a value was reached: `resourceSpans[0].scopeSpans[1]`. Text is made only for errors. */
export interface JsonPath {
  readonly parent: JsonPath | undefined;
  readonly step: string | number;
}

/** An integer that a double cannot hold exactly begins with at least 16 digits. */
const LONG_INTEGER = /[[:,\s]-?\d{16}/;

/**
 * Most opening braces and brackets and commas of a body. Each stands for a value in memory, which takes a hundred
 * times its bytes: 20 MiB of `{},` would keep the thread busy for seconds. An attribute has four of
 * them, so this is room for 250,000.
 */
export const MAX_JSON_MARKS = 1_000_000;

/**
 * Parses JSON text; integers of 16 digits or more become bigint.
 *
 * @throws InvalidOtlpError when it is not UTF-8 or not JSON (`malformed`), or has more than
 *   MAX_JSON_MARKS values (`too_large`).
 */
export function parseJson(body: Uint8Array): unknown {
  refuseTooManyMarks(body);
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(body);
    return LONG_INTEGER.test(text) ? JSON.parse(text, keepLongIntegers) : JSON.parse(text);
  } catch (error) {
    const reason = (error as Error).message;
    throw new InvalidOtlpError('malformed', `invalid OTLP JSON: ${reason}`, { cause: error });
  }
}

function refuseTooManyMarks(body: Uint8Array): void {
  if (body.length <= MAX_JSON_MARKS) return;
  const length = body.length;
  let marks = 0;
  let isInString = false;
  for (let position = 0; position < length; position++) {
    const byte = body[position]!;
    if (byte === QUOTE) isInString = !isInString;
    else if (isInString) {
      // The character behind a backslash ends nothing.
      if (byte === BACKSLASH) position++;
    } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET || byte === COMMA) marks++;
  }
  if (marks > MAX_JSON_MARKS)
    throw new InvalidOtlpError(
      'too_large',
      `OTLP JSON with ${marks} values exceeds ${MAX_JSON_MARKS}; send smaller batches, or protobuf`,
    );
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;

function keepLongIntegers(_key: string, value: unknown, context?: { readonly source?: string }) {
  const source = context?.source;
  const isLong = typeof value === 'number' && source !== undefined && /^-?\d{16,}$/.test(source);
  return isLong ? BigInt(source) : value;
}

/** Throws InvalidOtlpError naming the path. */
export function failAt(path: JsonPath | undefined, problem: string): never {
  let place = '';
  for (let at = path; at; at = at.parent)
    place = (typeof at.step === 'number' ? `[${at.step}]` : `.${at.step}`) + place;
  throw new InvalidOtlpError(
    'malformed',
    `invalid OTLP JSON at ${place.slice(1) || 'the top'}: ${problem}`,
  );
}

/** The value of a field under its JSON or its proto name; undefined when missing or null. */
export function fieldOf(object: JsonObject, jsonName: string, protoName: string): unknown {
  const value = Object.hasOwn(object, jsonName) ? object[jsonName] : undefined;
  if (value !== undefined && value !== null) return value;
  return Object.hasOwn(object, protoName) ? (object[protoName] ?? undefined) : undefined;
}

export function objectAt(value: unknown, path: JsonPath | undefined): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    failAt(path, `an object is expected, not ${describe(value)}`);
  return value as JsonObject;
}

export function arrayAt(value: unknown, path: JsonPath): readonly unknown[] {
  if (!Array.isArray(value)) failAt(path, `an array is expected, not ${describe(value)}`);
  return value;
}

export function stringAt(value: unknown, path: JsonPath): string {
  if (typeof value !== 'string') failAt(path, `a string is expected, not ${describe(value)}`);
  if (!value.isWellFormed()) failAt(path, 'a string has a lone surrogate');
  return value;
}

export function booleanAt(value: unknown, path: JsonPath): boolean {
  if (typeof value !== 'boolean') failAt(path, `true or false is expected, not ${describe(value)}`);
  return value;
}

/** A double: a number, its text, `NaN`, `Infinity` or `-Infinity`. */
export function doubleAt(value: unknown, path: JsonPath): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number(value);
  if (typeof value === 'string') {
    if (value === 'NaN') return Number.NaN;
    if (value === 'Infinity' || value === '-Infinity') return Number(value);
    if (/^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(value)) return Number(value);
  }
  return failAt(path, `a number is expected, not ${describe(value)}`);
}

/** An integer within the range, given as a number or as text. */
export function integerAt(
  value: unknown,
  path: JsonPath,
  range: { readonly min: bigint; readonly max: bigint },
): bigint {
  const integer = toInteger(value);
  if (integer === undefined) return failAt(path, `an integer is expected, not ${describe(value)}`);
  if (integer < range.min || integer > range.max)
    failAt(path, `${integer} is not between ${range.min} and ${range.max}`);
  return integer;
}

function toInteger(value: unknown): bigint | undefined {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'string') {
    if (/^-?\d{1,20}$/.test(value)) return BigInt(value);
    return /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(value) ? toInteger(Number(value)) : undefined;
  }
  return typeof value === 'number' && Number.isInteger(value) ? BigInt(value) : undefined;
}

/** Base64, standard or URL alphabet, padding optional. */
export function base64At(value: unknown, path: JsonPath): Uint8Array {
  const text = stringAt(value, path);
  if (!/^[A-Za-z0-9+/_-]*={0,2}$/.test(text) || text.replace(/=+$/, '').length % 4 === 1)
    failAt(path, `base64 is expected, not ${describe(text)}`);
  return new Uint8Array(Buffer.from(text, 'base64'));
}

/** A short rendering of a value for a message. */
export function describe(value: unknown): string {
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object' && value !== null) return 'an object';
  if (typeof value === 'string')
    return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
  return String(value);
}
