/**
 * Nested-set numbers of the spans of a trace, by which structural queries compare integers instead
 * of walking the tree. The rules, those of duplicate ids included, are vParquet4's.
 */
import { sharedInt32Array } from './shared-memory.ts';
import type { BytesColumn } from './span-batch.ts';
import { idWord } from './span-identities.ts';

const SERVER = 2;
const CLIENT = 3;

export interface NestedSets {
  readonly lefts: Int32Array;
  readonly rights: Int32Array;
  /** Left number of the parent, -1 for a root, 0 for a span not reachable from a root. */
  readonly parents: Int32Array;
}

/** What the numbers are computed from. */
export interface SpanRelations {
  readonly ids: BytesColumn;
  readonly parentIds: BytesColumn;
  readonly kinds: Int32Array;
}

/** Numbers the spans of each trace; trace `t` has the spans `spanStarts[t] … spanStarts[t + 1] - 1`. */
export function computeNestedSets(relations: SpanRelations, spanStarts: Int32Array): NestedSets {
  const count = relations.kinds.length;
  const numbers: NestedSets = {
    lefts: sharedInt32Array(count),
    rights: sharedInt32Array(count),
    parents: sharedInt32Array(count),
  };
  const tree = new SpanTree(relations);
  for (let trace = 0; trace + 1 < spanStarts.length; trace++)
    if (tree.connect(spanStarts[trace]!, spanStarts[trace + 1]!)) tree.number(numbers);
  return numbers;
}

/** Children lists of one trace at a time, in arrays that are used again. Nodes count from 0. */
class SpanTree {
  readonly #relations: SpanRelations;
  #start = 0;
  #count = 0;
  /** Hash of an id → first node with it, or -1. */
  #slots = new Int32Array(64);
  #mask = 0;
  /** First node of an id → second node of that id, or -1. */
  #twins = new Int32Array(32);
  #parents = new Int32Array(32);
  #firstChildren = new Int32Array(32);
  #lastChildren = new Int32Array(32);
  #nextSiblings = new Int32Array(32);

  constructor(relations: SpanRelations) {
    this.#relations = relations;
  }

  /** Finds the parents of the spans `start … end - 1`; false if the trace gets no numbers. */
  connect(start: number, end: number): boolean {
    this.#start = start;
    this.#count = end - start;
    this.#reset();
    let hasRoot = false;
    for (let node = 0; node < this.#count; node++) {
      if (!this.#register(node)) return false;
      hasRoot ||= this.#isRoot(node);
    }
    if (!hasRoot) return false;
    for (let node = 0; node < this.#count; node++) {
      const parent = this.#isRoot(node) ? -1 : this.#parentOf(node);
      this.#parents[node] = parent;
      if (parent < 0) continue;
      if (this.#firstChildren[parent]! < 0) this.#firstChildren[parent] = node;
      else this.#nextSiblings[this.#lastChildren[parent]!] = node;
      this.#lastChildren[parent] = node;
    }
    return true;
  }

  /** Walks the trees of all roots with one counter. */
  number({ lefts, rights, parents }: NestedSets): void {
    const start = this.#start;
    let counter = 1;
    for (let root = 0; root < this.#count; root++) {
      if (!this.#isRoot(root)) continue;
      let node = root;
      lefts[start + root] = counter++;
      parents[start + root] = -1;
      while (node >= 0) {
        const child = this.#firstChildren[node]!;
        if (child >= 0) {
          // What is left of the list of children is what is still to be visited.
          this.#firstChildren[node] = this.#nextSiblings[child]!;
          lefts[start + child] = counter++;
          parents[start + child] = lefts[start + node]!;
          node = child;
        } else {
          rights[start + node] = counter++;
          node = this.#parents[node]!;
        }
      }
    }
  }

  #isRoot(node: number): boolean {
    const { offsets } = this.#relations.parentIds;
    return offsets[this.#start + node] === offsets[this.#start + node + 1];
  }

  /** Enters a node under its id; false if the id occurs for the third time. */
  #register(node: number): boolean {
    const { ids } = this.#relations;
    const row = this.#start + node;
    const slot = this.#slotOf(ids, row);
    const first = this.#slots[slot]!;
    if (first < 0) this.#slots[slot] = node;
    else if (this.#twins[first]! < 0) this.#twins[first] = node;
    else return false;
    return true;
  }

  /** The parent of a node, or -1. Of two with the same id a client and a server belong together. */
  #parentOf(node: number): number {
    const { parentIds, kinds } = this.#relations;
    const first = this.#slots[this.#slotOf(parentIds, this.#start + node)]!;
    if (first < 0) return -1;
    const twin = this.#twins[first]!;
    if (twin < 0) return first;
    const wanted = kinds[this.#start + node] === SERVER ? CLIENT : SERVER;
    if (kinds[this.#start + first] === wanted) return first;
    return kinds[this.#start + twin] === wanted ? twin : -1;
  }

  /** The slot of the id in `row` of a column, or the free one where it would be. */
  #slotOf(column: BytesColumn, row: number): number {
    const { bytes, offsets } = column;
    const start = offsets[row]!;
    const end = offsets[row + 1]!;
    const low = idWord(bytes, start, end, 0);
    const high = idWord(bytes, start, end, 4);
    const { ids } = this.#relations;
    let hash = Math.imul(low ^ Math.imul(high, 0x85ebca6b), 0x9e3779b1);
    hash ^= hash >>> 15;
    let slot = hash & this.#mask;
    for (;;) {
      const node = this.#slots[slot]!;
      if (node < 0) return slot;
      const other = this.#start + node;
      const otherStart = ids.offsets[other]!;
      const otherEnd = ids.offsets[other + 1]!;
      if (
        idWord(ids.bytes, otherStart, otherEnd, 0) === low &&
        idWord(ids.bytes, otherStart, otherEnd, 4) === high
      )
        return slot;
      slot = (slot + 1) & this.#mask;
    }
  }

  #reset(): void {
    let slots = 16;
    while (slots < this.#count * 2) slots *= 2;
    if (slots > this.#slots.length) this.#slots = new Int32Array(slots);
    if (this.#count > this.#twins.length) {
      const capacity = slots;
      this.#twins = new Int32Array(capacity);
      this.#parents = new Int32Array(capacity);
      this.#firstChildren = new Int32Array(capacity);
      this.#lastChildren = new Int32Array(capacity);
      this.#nextSiblings = new Int32Array(capacity);
    }
    this.#slots.fill(-1, 0, slots);
    this.#mask = slots - 1;
    this.#twins.fill(-1, 0, this.#count);
    this.#firstChildren.fill(-1, 0, this.#count);
    this.#nextSiblings.fill(-1, 0, this.#count);
  }
}
