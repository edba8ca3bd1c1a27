/**
 * Regular expressions of queries (SPEC T8): RE2 syntax, matched against the whole value, `.` matches
 * a newline too. Matching takes time linear in the value, whatever the pattern.
 */
import { RE2JS } from 're2js';

/** A compiled pattern. */
export interface Pattern {
  /** Whether all of `text` matches. */
  matches(text: string): boolean;
}

/** Compiles `source`; undefined when it is no valid RE2 expression. */
export function compilePattern(source: string): Pattern | undefined {
  try {
    const compiled = RE2JS.compile(source, RE2JS.DOTALL);
    return { matches: (text) => compiled.matches(text) };
  } catch {
    return undefined;
  }
}

/**
 * How many positions `source` has when its repetitions (`x{2,5}`) are written out, at least; what is
 * wrong with it is left to the compiler. Takes time linear in the source.
 */
export function patternPositions(source: string): number {
  /** Positions of the enclosing groups, the innermost last; the whole pattern first. */
  const groups: { before: number; atom: number }[] = [];
  let group = { before: 0, atom: 0 };
  const parts = /\\[^]|\[(?:\^?\]?(?:\\[^]|[^\\\]])*)\]|\{(\d+)(?:,(\d*))?\}|[^]/g;
  for (const [part, least, most] of source.matchAll(parts)) {
    if (part === '(') {
      groups.push(group);
      group = { before: 0, atom: 0 };
    } else if (part === ')') {
      const inner = group.before + group.atom;
      const outer = groups.pop() ?? { before: 0, atom: 0 };
      group = { before: outer.before + outer.atom, atom: inner + 1 };
    } else if (least === undefined) {
      group = { before: group.before + group.atom, atom: 1 };
    } else {
      const times = Math.max(1, Number(least), Number(most || 0));
      group = { before: group.before, atom: group.atom * times };
    }
  }
  for (const { before, atom } of groups) group.before += before + atom;
  return group.before + group.atom;
}
