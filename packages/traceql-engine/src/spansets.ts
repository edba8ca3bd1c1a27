/**
 * The spansets of a batch while a pipeline runs. Every span is in at most one spanset (stages only
 * drop spans, split sets and join those of a trace), so all sets together are one number per span.
 */
import type { Static } from '@tempo-ts/traceql';
import type { BatchView } from './batch-view.ts';

/** A value that a stage found for each spanset: `count()`, `by(status)`. */
export interface SpansetAttribute {
  readonly key: string;
  readonly value: (set: number) => Static;
}

/** A value of each set; undefined for sets none of whose spans has one. */
export type SetValues = (set: number) => Static | undefined;

/** No span in it: the set of a dropped span. */
export const NO_SET = -1;

export interface Spansets {
  /** Span → its set, or {@link NO_SET}. Never written to after it was made. */
  readonly setOf: Int32Array;
  /** Every span is in a set. */
  readonly isEverySpan: boolean;
  /** One set per trace, of the same number. */
  readonly isPerTrace: boolean;
  /** Sets are numbered from 0 to `count - 1`, those of a trace in order of appearance; some are empty. */
  readonly count: number;
  /** Set → trace. */
  readonly traces: Int32Array;
  /** In the order of the stages that made them. */
  readonly attributes: readonly SpansetAttribute[];
}

/** One spanset per trace, with all its spans. */
export function wholeTraces(view: BatchView): Spansets {
  const { count } = view.batch.traces;
  const traces = new Int32Array(count);
  for (let trace = 0; trace < count; trace += 1) traces[trace] = trace;
  return {
    setOf: view.batch.spanTraces.subarray(0, view.spanCount),
    isEverySpan: true,
    isPerTrace: true,
    count,
    traces,
    attributes: [],
  };
}

/** One byte per span: 1 where it is in a set. */
export function members(sets: Spansets): Uint8Array {
  const { setOf } = sets;
  const mask = new Uint8Array(setOf.length);
  if (sets.isEverySpan) return mask.fill(1);
  for (let span = 0; span < mask.length; span += 1) mask[span] = setOf[span]! >= 0 ? 1 : 0;
  return mask;
}

/** The sets with the spans of `mask` alone. */
export function keepSpans(sets: Spansets, mask: Uint8Array): Spansets {
  const setOf = new Int32Array(sets.setOf.length).fill(NO_SET);
  for (let span = 0; span < setOf.length; span += 1)
    if (mask[span] === 1) setOf[span] = sets.setOf[span]!;
  return { ...sets, setOf, isEverySpan: false };
}

/** The sets that `passes`, whole. */
export function keepSets(sets: Spansets, passes: (set: number) => boolean): Spansets {
  const kept = new Uint8Array(sets.count);
  for (let set = 0; set < sets.count; set += 1) if (passes(set)) kept[set] = 1;
  const setOf = new Int32Array(sets.setOf.length).fill(NO_SET);
  if (kept.includes(1))
    for (let span = 0; span < setOf.length; span += 1) {
      const set = sets.setOf[span]!;
      if (set >= 0 && kept[set] === 1) setOf[span] = set;
    }
  return { ...sets, setOf, isEverySpan: false };
}

/** Per set: 1 when `mask` has a span of it. */
export function setsWithSpans(sets: Spansets, mask: Uint8Array): Uint8Array {
  const found = new Uint8Array(sets.count);
  const { setOf } = sets;
  for (let span = 0; span < setOf.length; span += 1) {
    const set = setOf[span]!;
    if (set >= 0 && mask[span] === 1) found[set] = 1;
  }
  return found;
}

/** Spans per set. */
export function spanCounts(sets: Spansets): Int32Array {
  const counts = new Int32Array(sets.count);
  const { setOf } = sets;
  for (let span = 0; span < setOf.length; span += 1) {
    const set = setOf[span]!;
    if (set >= 0) counts[set] = counts[set]! + 1;
  }
  return counts;
}

/** Splits every set by a key per span, a small whole number; equal keys stay together. */
export function splitSets(
  sets: Spansets,
  keyOf: (span: number) => number,
  attribute: (keyOfSet: Int32Array) => SpansetAttribute,
): Spansets {
  const setOf = new Int32Array(sets.setOf.length).fill(NO_SET);
  const parents: number[] = [];
  const keys: number[] = [];
  // Per parent the part of each key; spans of a trace follow each other, so few parents are open.
  let trace = NO_SET;
  let open = new Map<number, Map<number, number>>();
  for (let span = 0; span < setOf.length; span += 1) {
    const parent = sets.setOf[span]!;
    if (parent < 0) continue;
    if (sets.traces[parent] !== trace) {
      trace = sets.traces[parent]!;
      open = new Map();
    }
    let parts = open.get(parent);
    if (!parts) open.set(parent, (parts = new Map()));
    const key = keyOf(span);
    let part = parts.get(key);
    if (part === undefined) {
      part = parents.length;
      parts.set(key, part);
      parents.push(parent);
      keys.push(key);
    }
    setOf[span] = part;
  }
  const inherited = sets.attributes.map(({ key, value }) => ({
    key,
    value: (set: number) => value(parents[set]!),
  }));
  return {
    setOf,
    isEverySpan: sets.isEverySpan,
    isPerTrace: false,
    count: parents.length,
    traces: Int32Array.from(parents, (parent) => sets.traces[parent]!),
    attributes: [...inherited, attribute(Int32Array.from(keys))],
  };
}

/** All sets of a trace as one, without attributes. */
export function joinSets(view: BatchView, sets: Spansets): Spansets {
  return keepSpans(wholeTraces(view), members(sets));
}
