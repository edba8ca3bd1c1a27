/** Explains a key that does not exist: what was probably meant, and where the key belongs. */
import type { Field } from './field.ts';
import { joinPath } from './read-context.ts';
import { findNearest } from './suggest.ts';

/** How many places a misplaced key is looked up in before the message says `and others`. */
const MOST_PLACES = 3;

export interface UnknownKeyPlace {
  /** Keys that exist where the unknown one was found. */
  readonly siblings: readonly string[];
  readonly parentPath: string;
  /** The whole schema: last segment of a path → paths. */
  readonly pathsByKey: ReadonlyMap<string, readonly string[]>;
}

/** `unknown key, did you mean …`. */
export function explainUnknownKey(key: string, place: UnknownKeyPlace): string {
  const sibling = findNearest(key, place.siblings);
  if (sibling !== undefined)
    return `unknown key, did you mean \`${joinPath(place.parentPath, sibling)}\`?`;
  const elsewhere = place.pathsByKey.get(key) ?? pathsNear(key, place.pathsByKey);
  if (elsewhere.length === 0) return `unknown key, accepted here: ${listKeys(place.siblings)}`;
  const shown = elsewhere.slice(0, MOST_PLACES).map((path) => `\`${path}\``);
  const more =
    elsewhere.length > MOST_PLACES ? ` (and ${elsewhere.length - MOST_PLACES} more)` : '';
  return `unknown key here, did you mean ${shown.join(' or ')}${more}?`;
}

function pathsNear(
  key: string,
  pathsByKey: ReadonlyMap<string, readonly string[]>,
): readonly string[] {
  const near = findNearest(key, pathsByKey.keys());
  return (near === undefined ? undefined : pathsByKey.get(near)) ?? [];
}

function listKeys(keys: readonly string[]): string {
  return keys.length > 12 ? `${keys.slice(0, 12).join(', ')}, …` : keys.join(', ');
}

/** All paths of a schema by their last segment, shortest path first. */
export function indexPaths(root: Field<unknown>): ReadonlyMap<string, readonly string[]> {
  const byKey = new Map<string, string[]>();
  visitFields(root, (path, key) => {
    const paths = byKey.get(key);
    if (paths) paths.push(path);
    else byKey.set(key, [path]);
  });
  for (const paths of byKey.values())
    paths.sort((one, other) => one.split('.').length - other.split('.').length);
  return byKey;
}

/** Calls `visit` for every key of the schema, parents before children, in order of declaration. */
export function visitFields(
  field: Field<unknown>,
  visit: (path: string, key: string, field: Field<unknown>) => void,
  path = '',
): void {
  for (const [key, child] of field.children ?? []) {
    const childPath = joinPath(path, key);
    visit(childPath, key, child);
    visitFields(child, visit, childPath);
  }
}
