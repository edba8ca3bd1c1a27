/** A span batch with what is derived from it, each computed when first needed. */
import type { Int64Column, SpanBatch } from '@tempo-ts/span-batch';

export class BatchView {
  readonly batch: SpanBatch;
  readonly spanCount: number;
  #traceSpanOffsets: Int32Array | undefined;
  #childCounts: Int32Array | undefined;
  #traceDurations: Int64Column | undefined;
  #nestedSetOrder: NestedSetOrder | undefined;

  constructor(batch: SpanBatch) {
    this.batch = batch;
    this.spanCount = batch.spans.count;
  }

  /** Trace → its spans. */
  get traceSpanOffsets(): Int32Array {
    return (this.#traceSpanOffsets ??= traceSpanOffsets(this.batch));
  }

  /** Direct children of each span; 0 for spans not reachable from a root. */
  get childCounts(): Int32Array {
    return (this.#childCounts ??= childCounts(this));
  }

  /** End minus start of each trace. */
  get traceDurations(): Int64Column {
    return (this.#traceDurations ??= traceDurations(this.batch));
  }

  /** Spans reachable from a root, in the order of a walk over their traces. */
  get nestedSetOrder(): NestedSetOrder {
    return (this.#nestedSetOrder ??= nestedSetOrder(this));
  }
}

/** Spans trace by trace, those of a trace by ascending left numbers. */
export interface NestedSetOrder {
  readonly spansByLeft: Int32Array;
  /** No nested-set number of these spans is larger. */
  readonly maxNumber: number;
}

function traceSpanOffsets(batch: SpanBatch): Int32Array {
  const { resourceOffsets, count } = batch.traces;
  const { scopeOffsets } = batch.resourceEntries;
  const { spanOffsets } = batch.scopeEntries;
  const offsets = new Int32Array(count + 1);
  for (let trace = 0; trace <= count; trace += 1)
    offsets[trace] = spanOffsets[scopeOffsets[resourceOffsets[trace]!]!]!;
  return offsets;
}

function childCounts(view: BatchView): Int32Array {
  const { nestedSetLefts, nestedSetParents } = view.batch.spans;
  const { spanTraces } = view.batch;
  const counts = new Int32Array(view.spanCount);
  const { spansByLeft, maxNumber } = view.nestedSetOrder;
  const spanOfLeft = new Int32Array(maxNumber + 1);
  // Parents come before their children in the order, and traces one after the other.
  for (const span of spansByLeft) {
    spanOfLeft[nestedSetLefts[span]!] = span;
    const parent = nestedSetParents[span]!;
    if (parent <= 0 || parent > maxNumber) continue;
    const ordinal = spanOfLeft[parent]!;
    const isParent = nestedSetLefts[ordinal] === parent && spanTraces[ordinal] === spanTraces[span];
    if (isParent) counts[ordinal] = counts[ordinal]! + 1;
  }
  return counts;
}

/** Left numbers of a trace of n spans lie between 1 and 2n, each once; others are damage. */
function nestedSetOrder(view: BatchView): NestedSetOrder {
  const { nestedSetLefts } = view.batch.spans;
  const offsets = view.traceSpanOffsets;
  const spansByLeft = new Int32Array(view.spanCount);
  let count = 0;
  let maxNumber = 0;
  let spanOfLeft = new Int32Array(64);
  for (let trace = 0; trace < view.batch.traces.count; trace += 1) {
    const start = offsets[trace]!;
    const end = offsets[trace + 1]!;
    const limit = 2 * (end - start);
    if (limit > maxNumber) maxNumber = limit;
    if (spanOfLeft.length <= limit) spanOfLeft = new Int32Array(2 * limit + 1);
    spanOfLeft.fill(-1, 0, limit + 1);
    for (let span = start; span < end; span += 1) {
      const left = nestedSetLefts[span]!;
      if (left > 0 && left <= limit) spanOfLeft[left] = span;
    }
    for (let left = 1; left <= limit; left += 1) {
      const span = spanOfLeft[left]!;
      if (span < 0) continue;
      spansByLeft[count] = span;
      count += 1;
    }
  }
  return { spansByLeft: spansByLeft.subarray(0, count), maxNumber };
}

function traceDurations(batch: SpanBatch): Int64Column {
  const { count } = batch.traces;
  const start = batch.traces.startUnixNanos.words;
  const end = batch.traces.endUnixNanos.words;
  const words = new Int32Array(2 * count);
  for (let trace = 0; trace < count; trace += 1) {
    const low = (end[2 * trace]! >>> 0) - (start[2 * trace]! >>> 0);
    words[2 * trace] = low | 0;
    words[2 * trace + 1] = (end[2 * trace + 1]! - start[2 * trace + 1]! - (low < 0 ? 1 : 0)) | 0;
  }
  return { words };
}
