/**
 * What a configuration file (or a flag) says, with the place where it says it. The schema reads
 * these nodes and never sees the YAML library.
 */

/** Where a setting was written. `line` and `column` count from 1; they are 0 for a flag. */
export interface SourcePosition {
  /** File name, or the flag as written: `-server.http-listen-port`. */
  readonly source: string;
  readonly line: number;
  readonly column: number;
}

export interface ScalarNode {
  readonly kind: 'scalar';
  readonly position: SourcePosition;
  /** The text as written, without quotes. */
  readonly text: string;
  /** What YAML makes of it. */
  readonly value: string | number | boolean;
  /** False when it was quoted, that is: certainly meant as a string. */
  readonly plain: boolean;
}

export interface NullNode {
  readonly kind: 'null';
  readonly position: SourcePosition;
}

export interface MapEntry {
  readonly key: string;
  readonly position: SourcePosition;
  readonly value: SourceNode;
}

export interface MapNode {
  readonly kind: 'map';
  readonly position: SourcePosition;
  readonly entries: readonly MapEntry[];
}

export interface ListNode {
  readonly kind: 'list';
  readonly position: SourcePosition;
  readonly items: readonly SourceNode[];
}

export type SourceNode = ScalarNode | NullNode | MapNode | ListNode;

/** The value at `key`, or undefined when the map does not have it. */
export function findEntry(node: MapNode, key: string): MapEntry | undefined {
  return node.entries.find((entry) => entry.key === key);
}

/**
 * `base` with everything `overlay` says laid over it. Maps are joined key by key; where both say
 * something else `join` decides, by default for the overlay.
 */
export function overlayNodes(
  base: SourceNode | undefined,
  overlay: SourceNode,
  join: (base: SourceNode, overlay: SourceNode) => SourceNode = (_base, over) => over,
): SourceNode {
  if (base === undefined) return overlay;
  if (base.kind !== 'map' || overlay.kind !== 'map') return join(base, overlay);
  const entries = base.entries.map((entry) => {
    const over = findEntry(overlay, entry.key);
    return over ? { ...over, value: overlayNodes(entry.value, over.value, join) } : entry;
  });
  const added = overlay.entries.filter((entry) => !findEntry(base, entry.key));
  return { kind: 'map', position: base.position, entries: [...entries, ...added] };
}

/** The map `{ path[0]: { path[1]: … value } }`, every level at `position`. */
export function nestedNode(
  path: readonly string[],
  value: SourceNode,
  position: SourcePosition,
): SourceNode {
  return path.reduceRight<SourceNode>(
    (inner, key) => ({ kind: 'map', position, entries: [{ key, position, value: inner }] }),
    value,
  );
}

/** What a node says in words, for messages: `the list [a, b]`, `"5 minutes"`, `a section`. */
export function describeNode(node: SourceNode): string {
  switch (node.kind) {
    case 'scalar':
      return typeof node.value === 'string'
        ? JSON.stringify(shorten(node.text))
        : shorten(node.text);
    case 'null':
      return 'nothing';
    case 'map':
      return `a section with the keys ${shorten(node.entries.map((entry) => entry.key).join(', '))}`;
    case 'list':
      return `a list of ${node.items.length}`;
  }
}

function shorten(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

/** The plain JavaScript value of a node. */
export function plainValue(node: SourceNode): unknown {
  switch (node.kind) {
    case 'scalar':
      return node.value;
    case 'null':
      return null;
    case 'list':
      return node.items.map(plainValue);
    case 'map':
      return Object.fromEntries(node.entries.map((entry) => [entry.key, plainValue(entry.value)]));
  }
}
