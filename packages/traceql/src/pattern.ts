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
