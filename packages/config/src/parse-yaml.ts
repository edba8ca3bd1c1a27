/** YAML text → source nodes. The only file that knows the YAML library's document model. */
import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, type Document } from 'yaml';
import type { ConfigProblem } from './problem.ts';
import type { MapEntry, SourceNode, SourcePosition } from './source-node.ts';

/** Most nodes a file may have after its aliases are followed: stops alias bombs. */
const MAX_NODES = 200_000;
/** Deepest nesting followed; Tempo's own configuration has nine levels. */
const MAX_DEPTH = 100;

/** What a YAML text says; `node` is undefined when it cannot be read. */
export interface ParsedYaml {
  readonly node: SourceNode | undefined;
  readonly problems: readonly ConfigProblem[];
}

/** Reads `text`, named `source` in positions. An empty text is an empty map. */
export function parseYaml(text: string, source: string): ParsedYaml {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, merge: true, prettyErrors: false });
  const reader = new NodeReader(document, lines, source);
  for (const error of document.errors) reader.complain(error.pos[0], error.message);
  if (document.errors.length > 0) return { node: undefined, problems: reader.problems };
  const node = reader.read(document.contents, 0, 0);
  const problems = reader.problems;
  return { node: problems.length > 0 ? undefined : node, problems };
}

class NodeReader {
  readonly problems: ConfigProblem[] = [];
  readonly #document: Document;
  readonly #lines: LineCounter;
  readonly #source: string;
  #nodes = 0;

  constructor(document: Document, lines: LineCounter, source: string) {
    this.#document = document;
    this.#lines = lines;
    this.#source = source;
  }

  /** The node, positioned at `offset` of the text when it has no position of its own. */
  read(node: unknown, offset: number, depth: number): SourceNode {
    const start = rangeStart(node) ?? offset;
    const position = this.#position(start);
    if (++this.#nodes > MAX_NODES || depth > MAX_DEPTH) {
      if (this.problems.length === 0) this.complain(start, 'too many or too deeply nested values');
      return { kind: 'null', position };
    }
    if (isAlias(node))
      return { ...this.read(node.resolve(this.#document), start, depth + 1), position };
    if (isSeq(node)) {
      const items = node.items.map((item) => this.read(item, start, depth + 1));
      return { kind: 'list', position, items };
    }
    if (isMap(node)) return { kind: 'map', position, entries: this.#entries(node.items, depth) };
    if (!isScalar(node) || node.value === null || node.value === undefined)
      return { kind: 'null', position };
    const plain = node.type === 'PLAIN';
    const { value, source = '' } = node;
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
      return { kind: 'scalar', position, text: plain ? source : String(value), value, plain };
    return { kind: 'scalar', position, text: source, value: source, plain };
  }

  complain(offset: number, message: string): void {
    const text = message.charAt(0).toLowerCase() + message.slice(1);
    this.problems.push({
      code: 'invalid_yaml',
      path: '',
      message: text,
      ...this.#position(offset),
    });
  }

  /** The entries of a map, with what merge keys (`<<`) bring in behind what it says itself. */
  #entries(pairs: readonly { key: unknown; value: unknown }[], depth: number): MapEntry[] {
    const entries: MapEntry[] = [];
    const merged: MapEntry[] = [];
    for (const { key, value } of pairs) {
      const offset = rangeStart(key) ?? 0;
      const name = isScalar(key) ? String(key.source ?? key.value) : undefined;
      if (name === undefined) {
        this.complain(offset, 'a key must be a single word');
        continue;
      }
      const node = this.read(value, offset, depth + 1);
      if (name === '<<' && isScalar(key) && key.type === 'PLAIN')
        merged.push(...mergeEntries(node));
      else entries.push({ key: name, position: this.#position(offset), value: node });
    }
    const own = new Set(entries.map((entry) => entry.key));
    for (const entry of merged) {
      if (own.has(entry.key)) continue;
      own.add(entry.key);
      entries.push(entry);
    }
    return entries;
  }

  #position(offset: number): SourcePosition {
    const { line, col } = this.#lines.linePos(offset);
    return { source: this.#source, line, column: col };
  }
}

function mergeEntries(node: SourceNode): readonly MapEntry[] {
  if (node.kind === 'map') return node.entries;
  return node.kind === 'list' ? node.items.flatMap(mergeEntries) : [];
}

function rangeStart(node: unknown): number | undefined {
  const range = (node as { range?: readonly number[] | null } | null)?.range;
  return range?.[0];
}
