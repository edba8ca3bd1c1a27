/**
 * Regular expressions of the query language: RE2 syntax, anchored at both ends, `.` matches line
 * feeds (spec §5.5). Matching takes time linear in the text.
 *
 * Most patterns in use are alternatives of literal text with `.*` between; those are matched on
 * bytes, without decoding. All others go to RE2.
 */
import { textOf } from '@tempo-ts/span-batch';
import { QueryError } from '@tempo-ts/ports';
import { compilePattern as compileRe2 } from '@tempo-ts/traceql';
import { encodeUtf8 } from './hex-text.ts';

/** A compiled pattern. */
export interface Pattern {
  /** Whether all of `bytes[start … end)` matches. */
  matches(bytes: Uint8Array, start: number, end: number): boolean;
  matchesText(text: string): boolean;
}

const MAX_CACHED = 256;
const compiled = new Map<string, Pattern>();

/**
 * The pattern of `source`; recently used ones are kept.
 *
 * @throws QueryError `invalid` when it is not RE2 syntax.
 */
export function compilePattern(source: string): Pattern {
  const known = compiled.get(source);
  if (known) return known;
  const globs = parseGlobs(source);
  const pattern = globs ? globPattern(globs) : re2Pattern(source);
  if (compiled.size >= MAX_CACHED) compiled.delete(compiled.keys().next().value!);
  compiled.set(source, pattern);
  return pattern;
}

function re2Pattern(source: string): Pattern {
  const regex = compileRe2(source);
  if (!regex) throw new QueryError('invalid', `invalid regex: ${source}`);
  return {
    matches: (bytes, start, end) => regex.matches(textOf(bytes, start, end)),
    matchesText: (text) => regex.matches(text),
  };
}

/** Pieces of literal text that follow each other with anything between. */
type Glob = readonly Uint8Array[];

function globPattern(globs: readonly Glob[]): Pattern {
  const matches = (bytes: Uint8Array, start: number, end: number) => {
    for (const glob of globs) if (matchesGlob(glob, bytes, start, end)) return true;
    return false;
  };
  return {
    matches,
    matchesText: (text) => {
      const bytes = encodeUtf8(text);
      return matches(bytes, 0, bytes.length);
    },
  };
}

/** The first piece is a prefix, the last one a suffix, those between follow leftmost first. */
function matchesGlob(glob: Glob, bytes: Uint8Array, start: number, end: number): boolean {
  const first = glob[0]!;
  if (end - start < first.length || !hasAt(bytes, start, first)) return false;
  if (glob.length === 1) return end - start === first.length;
  const last = glob[glob.length - 1]!;
  let position = start + first.length;
  const limit = end - last.length;
  if (limit < position || !hasAt(bytes, limit, last)) return false;
  for (let i = 1; i < glob.length - 1; i += 1) {
    const piece = glob[i]!;
    while (position + piece.length <= limit && !hasAt(bytes, position, piece)) position += 1;
    if (position + piece.length > limit) return false;
    position += piece.length;
  }
  return true;
}

function hasAt(bytes: Uint8Array, position: number, piece: Uint8Array): boolean {
  for (let i = 0; i < piece.length; i += 1) if (bytes[position + i] !== piece[i]) return false;
  return true;
}

/** Undefined when the pattern is more than alternatives of literal text and `.*`. */
function parseGlobs(source: string): Glob[] | undefined {
  const globs: Glob[] = [];
  let pieces: Uint8Array[] = [];
  let literal = '';
  for (let i = 0; i < source.length; i += 1) {
    const character = source[i]!;
    if (character === '|') {
      globs.push([...pieces, encodeUtf8(literal)]);
      pieces = [];
      literal = '';
    } else if (
      character === '.' &&
      source[i + 1] === '*' &&
      !'?+*{'.includes(source[i + 2] ?? ' ')
    ) {
      pieces.push(encodeUtf8(literal));
      literal = '';
      i += 1;
    } else if (character === '\\') {
      const escaped = source[i + 1];
      if (escaped === undefined || !/[!-/:-@[-`{-~]/.test(escaped)) return undefined;
      literal += escaped;
      i += 1;
    } else if ('.*+?()[]{}^$'.includes(character)) {
      return undefined;
    } else {
      literal += character;
    }
    if ('*+?{'.includes(source[i + 1] ?? ' ') && source[i] !== '*') return undefined;
  }
  globs.push([...pieces, encodeUtf8(literal)]);
  return globs;
}
