/** Turns a flat list of objects into a listing with or without a delimiter. */
import type { ObjectEntry, ObjectListing } from './object-store.ts';

/** Keeps `entries` below `prefix`; with a delimiter only those directly below it, others as prefixes. */
export function listEntries(
  entries: Iterable<ObjectEntry>,
  prefix: string,
  delimiter: '/' | undefined,
): ObjectListing {
  const objects: ObjectEntry[] = [];
  const prefixes = new Set<string>();
  for (const entry of entries) {
    if (!entry.key.startsWith(prefix)) continue;
    const end = delimiter === undefined ? -1 : entry.key.indexOf(delimiter, prefix.length);
    if (end < 0) objects.push(entry);
    else prefixes.add(entry.key.slice(0, end + 1));
  }
  objects.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  return { objects, prefixes: [...prefixes].toSorted() };
}
