/** Where row groups end: bounds on spans and on bytes, so that encoding one fits into memory. */
import { AttributeType, type AttributeTable, type SpanBatch } from '@tempo-ts/span-batch';
import type { RowRange } from './vparquet4/gather-columns.ts';

export interface RowGroupLimits {
  /** A group ends before it would exceed this; a larger trace has a group of its own. */
  readonly maxSpans: number;
  /** The same for the estimated bytes of values. */
  readonly maxBytes: number;
}

/** Traces of one batch that belong to one row group. */
export interface RowGroupSlice {
  readonly traces: RowRange;
  readonly spanCount: number;
  readonly estimatedBytes: number;
}

/** What a row group under construction holds. */
export interface RowGroupFill {
  readonly spanCount: number;
  readonly estimatedBytes: number;
}

/** A span's fixed columns: ids, times, codes. */
const BYTES_PER_SPAN = 100;
/** Key, value and levels of an attribute, but for the text of its value. */
const BYTES_PER_ATTRIBUTE = 16;

/**
 * The traces from `firstTrace` on that still fit into a row group holding `fill`; at least one when
 * the group is empty.
 */
export function fillRowGroup(
  batch: SpanBatch,
  firstTrace: number,
  fill: RowGroupFill,
  limits: RowGroupLimits,
): RowGroupSlice {
  let spanCount = 0;
  let estimatedBytes = 0;
  let trace = firstTrace;
  for (; trace < batch.traces.count; trace++) {
    const spans = spansOfTrace(batch, trace);
    const traceBytes = estimateBytes(batch, spans);
    const totalSpans = fill.spanCount + spanCount + spans.end - spans.start;
    const totalBytes = fill.estimatedBytes + estimatedBytes + traceBytes;
    const isEmpty = fill.spanCount + spanCount === 0;
    if (!isEmpty && (totalSpans > limits.maxSpans || totalBytes > limits.maxBytes)) break;
    spanCount += spans.end - spans.start;
    estimatedBytes += traceBytes;
  }
  return { traces: { start: firstTrace, end: trace }, spanCount, estimatedBytes };
}

function spansOfTrace(batch: SpanBatch, trace: number): RowRange {
  const spanAt = (row: number) => {
    const resourceEntry = batch.traces.resourceOffsets[row]!;
    const scopeEntry = batch.resourceEntries.scopeOffsets[resourceEntry]!;
    return batch.scopeEntries.spanOffsets[scopeEntry]!;
  };
  return { start: spanAt(trace), end: spanAt(trace + 1) };
}

function estimateBytes(batch: SpanBatch, spans: RowRange): number {
  const { eventOffsets, linkOffsets, attributes, columns } = batch.spans;
  let bytes = (spans.end - spans.start) * BYTES_PER_SPAN;
  bytes += estimateAttributes(attributes, spans.start, spans.end);
  const { events, links } = batch;
  const lastEvent = eventOffsets[spans.end]!;
  const lastLink = linkOffsets[spans.end]!;
  bytes += estimateAttributes(events.attributes, eventOffsets[spans.start]!, lastEvent);
  bytes += estimateAttributes(links.attributes, linkOffsets[spans.start]!, lastLink);
  for (const column of columns) {
    if (column.type !== 'string') continue;
    const { codes, dictionary } = column.strings;
    for (let row = spans.start; row < spans.end; row++) {
      const code = codes[row]!;
      if (code >= 0) bytes += dictionary.offsets[code + 1]! - dictionary.offsets[code]!;
    }
  }
  return bytes;
}

function estimateAttributes(table: AttributeTable, firstParent: number, endParent: number): number {
  const { offsets, types, positions, strings, arrays, unsupported } = table;
  const start = offsets[firstParent]!;
  const end = offsets[endParent]!;
  let bytes = (end - start) * BYTES_PER_ATTRIBUTE;
  for (let row = start; row < end; row++) {
    const type = types[row]!;
    if (type < AttributeType.StringArray) {
      if (type === AttributeType.String) {
        const code = strings.codes[positions[row]!]!;
        bytes += strings.dictionary.offsets[code + 1]! - strings.dictionary.offsets[code]!;
      } else if (type === AttributeType.Unsupported)
        bytes += unsupported.offsets[positions[row]! + 1]! - unsupported.offsets[positions[row]!]!;
    } else if (type !== AttributeType.EmptyArray) bytes += arrays.counts[positions[row]!]! * 16;
  }
  return bytes;
}
