/**
 * Structural operators on nested-set numbers, within each spanset (spec §6). Spans are visited in
 * the order of their left numbers, each a fixed number of times, so the time is linear in them.
 */
import type { StructuralOperator } from '@tempo-ts/traceql';
import type { BatchView } from './batch-view.ts';
import type { Spansets } from './spansets.ts';

type Relation = '>' | '>>' | '<' | '<<' | '~';

/** What the other side sees: `a > b` from `b` to `a` is `b < a`. */
const INVERSE: Readonly<Record<Relation, Relation>> = {
  '>': '<',
  '>>': '<<',
  '<': '>',
  '<<': '>>',
  '~': '~',
};

/**
 * The spans of `right` (for the `&` forms, of both sides) that the operator returns. Spans that are
 * not reachable from a root are related to nothing, so negated operators always return them.
 */
export function evaluateStructural(
  view: BatchView,
  sets: Spansets,
  operator: StructuralOperator,
  left: Uint8Array,
  right: Uint8Array,
): Uint8Array {
  const relation = operator.replace(/^[!&]/, '') as Relation;
  const walk = walkSets(view, sets, left, right);
  const related = relatedSpans(view, walk, relation, left, right);
  if (operator.startsWith('!')) {
    for (let span = 0; span < related.length; span += 1)
      related[span] = right[span]! & ~related[span]!;
  } else if (operator.startsWith('&')) {
    const inverse = relatedSpans(view, walk, INVERSE[relation], right, left);
    for (let span = 0; span < related.length; span += 1)
      related[span] = related[span]! | inverse[span]!;
  }
  return related;
}

/** Connected spans of each set in ascending order of their left numbers. */
interface Walk {
  readonly setCount: number;
  /** Set → its part of `spans`. */
  readonly offsets: Int32Array;
  readonly spans: Int32Array;
  /** No left or right number is larger. */
  readonly maxNumber: number;
}

function walkSets(view: BatchView, sets: Spansets, left: Uint8Array, right: Uint8Array): Walk {
  const { setOf, count } = sets;
  const { spansByLeft, maxNumber } = view.nestedSetOrder;
  const offsets = new Int32Array(count + 1);
  const spans = new Int32Array(spansByLeft.length);
  let total = 0;
  for (let i = 0; i < spansByLeft.length; i += 1) {
    const span = spansByLeft[i]!;
    const set = setOf[span]!;
    if (set < 0 || (left[span]! | right[span]!) === 0) continue;
    spans[total] = span;
    total += 1;
    offsets[set + 1] = offsets[set + 1]! + 1;
  }
  for (let set = 0; set < count; set += 1) offsets[set + 1] = offsets[set + 1]! + offsets[set]!;
  const members = spans.subarray(0, total);
  // Spans come trace by trace: they are in order when a trace has one set.
  const ordered = sets.isPerTrace ? members : bySet(members, setOf, offsets);
  return { setCount: count, offsets, spans: ordered, maxNumber };
}

/** The spans set by set, those of a set in the order given. */
function bySet(spans: Int32Array, setOf: Int32Array, offsets: Int32Array): Int32Array {
  const ordered = new Int32Array(spans.length);
  const next = offsets.slice();
  for (let i = 0; i < spans.length; i += 1) {
    const set = setOf[spans[i]!]!;
    ordered[next[set]!] = spans[i]!;
    next[set] = next[set]! + 1;
  }
  return ordered;
}

/** The spans of `to` that are `from relation to` with some span of `from`. */
function relatedSpans(
  view: BatchView,
  walk: Walk,
  relation: Relation,
  from: Uint8Array,
  to: Uint8Array,
): Uint8Array {
  const mask = new Uint8Array(view.spanCount);
  switch (relation) {
    case '>':
      markChildren(view, walk, from, to, mask);
      break;
    case '<':
      markParents(view, walk, from, to, mask);
      break;
    case '>>':
      markDescendants(view, walk, from, to, mask);
      break;
    case '<<':
      markAncestors(view, walk, from, to, mask);
      break;
    case '~':
      markSiblings(view, walk, from, to, mask);
      break;
  }
  return mask;
}

type Mark = (
  view: BatchView,
  walk: Walk,
  from: Uint8Array,
  to: Uint8Array,
  mask: Uint8Array,
) => void;

const markChildren: Mark = (view, walk, from, to, mask) => {
  const { nestedSetLefts, nestedSetParents } = view.batch.spans;
  const { offsets, spans } = walk;
  // The set that last put a span with this left number here, plus one.
  const stamps = new Int32Array(walk.maxNumber + 1);
  for (let set = 0; set < walk.setCount; set += 1) {
    for (let i = offsets[set]!; i < offsets[set + 1]!; i += 1)
      if (from[spans[i]!] === 1) stamps[nestedSetLefts[spans[i]!]!] = set + 1;
    for (let i = offsets[set]!; i < offsets[set + 1]!; i += 1) {
      const span = spans[i]!;
      const parent = nestedSetParents[span]!;
      if (to[span] === 1 && parent > 0 && stamps[parent] === set + 1) mask[span] = 1;
    }
  }
};

const markParents: Mark = (view, walk, from, to, mask) => {
  const { nestedSetLefts, nestedSetParents } = view.batch.spans;
  const { offsets, spans } = walk;
  const stamps = new Int32Array(walk.maxNumber + 1);
  for (let set = 0; set < walk.setCount; set += 1) {
    for (let i = offsets[set]!; i < offsets[set + 1]!; i += 1) {
      const parent = nestedSetParents[spans[i]!]!;
      if (from[spans[i]!] === 1 && parent > 0 && parent <= walk.maxNumber) stamps[parent] = set + 1;
    }
    for (let i = offsets[set]!; i < offsets[set + 1]!; i += 1) {
      const span = spans[i]!;
      if (to[span] === 1 && stamps[nestedSetLefts[span]!] === set + 1) mask[span] = 1;
    }
  }
};

/** Intervals nest or are apart: a span lies in an earlier one exactly when that one has not ended. */
const markDescendants: Mark = (view, walk, from, to, mask) => {
  const { nestedSetLefts, nestedSetRights } = view.batch.spans;
  const { offsets, spans } = walk;
  for (let set = 0; set < walk.setCount; set += 1) {
    let lastRight = 0;
    for (let i = offsets[set]!; i < offsets[set + 1]!; i += 1) {
      const span = spans[i]!;
      if (to[span] === 1 && lastRight > nestedSetLefts[span]!) mask[span] = 1;
      if (from[span] === 1 && nestedSetRights[span]! > lastRight)
        lastRight = nestedSetRights[span]!;
    }
  }
};

const markAncestors: Mark = (view, walk, from, to, mask) => {
  const { nestedSetLefts, nestedSetRights } = view.batch.spans;
  const { offsets, spans } = walk;
  for (let set = 0; set < walk.setCount; set += 1) {
    let nextLeft = Number.POSITIVE_INFINITY;
    for (let i = offsets[set + 1]! - 1; i >= offsets[set]!; i -= 1) {
      const span = spans[i]!;
      if (to[span] === 1 && nextLeft < nestedSetRights[span]!) mask[span] = 1;
      if (from[span] === 1) nextLeft = nestedSetLefts[span]!;
    }
  }
};

/** Roots have no siblings, and no span is its own. */
const markSiblings: Mark = (view, walk, from, to, mask) => {
  const { nestedSetParents } = view.batch.spans;
  const { offsets, spans } = walk;
  const counts = new Int32Array(walk.maxNumber + 1);
  const hasParent = (span: number) =>
    nestedSetParents[span]! > 0 && nestedSetParents[span]! <= walk.maxNumber;
  for (let set = 0; set < walk.setCount; set += 1) {
    for (let i = offsets[set]!; i < offsets[set + 1]!; i += 1)
      if (from[spans[i]!] === 1 && hasParent(spans[i]!))
        counts[nestedSetParents[spans[i]!]!] = counts[nestedSetParents[spans[i]!]!]! + 1;
    for (let i = offsets[set]!; i < offsets[set + 1]!; i += 1) {
      const span = spans[i]!;
      if (to[span] !== 1 || !hasParent(span)) continue;
      if (counts[nestedSetParents[span]!]! > from[span]!) mask[span] = 1;
    }
    for (let i = offsets[set]!; i < offsets[set + 1]!; i += 1)
      if (hasParent(spans[i]!)) counts[nestedSetParents[spans[i]!]!] = 0;
  }
};
