/** The legacy `tags` parameter: logfmt pairs, `service.name=frontend error=true name="GET /"`. */
import { badRequest } from './parameters.ts';

/** The tags by name; a key without value is a tag with the empty value. */
export function parseLogfmtTags(source: string): Record<string, string> {
  const tags: Record<string, string> = {};
  let at = 0;
  for (;;) {
    at = skipBlanks(source, at);
    if (at >= source.length) return tags;
    const pair = readPair(source, at);
    if (Object.hasOwn(tags, pair.key))
      throw badRequest(`invalid tags: tag ${pair.key} has been set twice`);
    tags[pair.key] = pair.value;
    at = pair.end;
  }
}

interface Pair {
  readonly key: string;
  readonly value: string;
  readonly end: number;
}

function skipBlanks(source: string, start: number): number {
  let at = start;
  while (at < source.length && source.charCodeAt(at) <= 0x20) at += 1;
  return at;
}

function readPair(source: string, start: number): Pair {
  const key = word(source, start);
  const at = start + key.length;
  const next = source[at];
  if (key === '' || next === '"') throw unexpected(source, at);
  if (next !== '=') return { key, value: '', end: at };
  if (source[at + 1] === '"') return readQuoted(source, key, at + 1);
  const value = word(source, at + 1);
  const end = at + 1 + value.length;
  if (source[end] === '=' || source[end] === '"') throw unexpected(source, end);
  return { key, value, end };
}

function readQuoted(source: string, key: string, start: number): Pair {
  const quoted = /"(?:[^"\\]|\\[^])*"/y;
  quoted.lastIndex = start;
  const literal = quoted.exec(source)?.[0] ?? '';
  if (literal === '') throw syntaxError('unterminated quoted value', source.length);
  try {
    return { key, value: JSON.parse(literal) as string, end: start + literal.length };
  } catch {
    throw syntaxError('invalid quoted value', start + literal.length);
  }
}

/** The characters up to a blank, a control character, `=` or `"`. */
function word(source: string, start: number): string {
  let end = start;
  while (end < source.length && source.charCodeAt(end) > 0x20 && !'="'.includes(source[end]!))
    end += 1;
  return source.slice(start, end);
}

function unexpected(source: string, at: number) {
  return syntaxError(`unexpected '${source[at] ?? ''}'`, at + 1);
}

function syntaxError(message: string, position: number) {
  return badRequest(`invalid tags: ${message} at pos ${position}`);
}
