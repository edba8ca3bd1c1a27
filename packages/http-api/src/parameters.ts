/**
 * Reads URL parameters the way Tempo does: the first value counts, an empty one is none, and a value
 * that cannot be read is named in Go's words.
 */
import { QueryError } from '@tempo-ts/ports';
import { parseDurationMs } from '@tempo-ts/runtime';

/** The request is the client's mistake: HTTP 400 with this text. */
export function badRequest(text: string): QueryError {
  return new QueryError('invalid', text);
}

/** The value of a parameter, or undefined when it is absent or empty. */
export function textParameter(parameters: URLSearchParams, name: string): string | undefined {
  return parameters.get(name) || undefined;
}

/** A decimal integer; `parser` is the Go function that the message names. */
export function integerParameter(
  parameters: URLSearchParams,
  name: string,
  parser: 'Atoi' | 'ParseInt' = 'Atoi',
): number | undefined {
  const text = textParameter(parameters, name);
  if (text === undefined) return undefined;
  const fail = (reason: string) =>
    badRequest(`invalid ${name}: strconv.${parser}: parsing ${JSON.stringify(text)}: ${reason}`);
  if (!/^[+-]?\d+$/.test(text)) throw fail('invalid syntax');
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw fail('value out of range');
  return value;
}

const MAX_SECONDS = 0xffff_ffff;

/** Whole seconds since 1970 that fit 32 bits. */
export function secondsParameter(parameters: URLSearchParams, name: string): number | undefined {
  const value = integerParameter(parameters, name, 'ParseInt');
  if (value === undefined || (value >= 0 && value <= MAX_SECONDS)) return value;
  const text = JSON.stringify(textParameter(parameters, name));
  throw badRequest(`invalid ${name}: strconv.ParseInt: parsing ${text}: value out of range`);
}

/** A Go duration (`1.5s`, `100ms`), in milliseconds; with `days` also `1d`, `2w`, `1y`. */
export function durationParameter(
  parameters: URLSearchParams,
  name: string,
  options: { readonly days?: boolean } = {},
): number | undefined {
  const text = textParameter(parameters, name);
  if (text === undefined) return undefined;
  const value = parseDurationMs(text, options);
  if (value === undefined)
    throw badRequest(`invalid ${name}: time: invalid duration ${JSON.stringify(text)}`);
  return value;
}
