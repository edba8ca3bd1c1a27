/** Builds the answer for the few traces that are returned (spec §8.2, §8.3). */
import { create } from '@bufbuild/protobuf';
import { tempopb } from '@tempo-ts/contracts';
import {
  bytesAt,
  type BatchColumn,
  int64ToBigInt,
  type StringColumn,
  stringOf,
  uint64ToBigInt,
} from '@tempo-ts/span-batch';
import { keyValue } from './any-value.ts';
import type { BatchView } from './batch-view.ts';
import { idText } from './column-mask.ts';
import { SPAN_ID } from './field-mask.ts';
import { compareUint64Rows } from './int64.ts';
import type { FieldUse } from './query-fields.ts';
import { shownFields } from './shown-fields.ts';
import type { Spansets } from './spansets.ts';
import { traceIdText } from './hex-text.ts';

/** What a trace without a named root service has in its place. */
export const ROOT_SPAN_NOT_YET_RECEIVED = '<root span not yet received>';

/** What results hold of every trace. */
export const TRACE_COLUMNS: readonly BatchColumn[] = [
  'trace.times',
  'trace.roots',
  'trace.serviceStats',
];

/** The entry of a trace in the answer. */
export function traceMetadata(
  view: BatchView,
  trace: number,
  spanSets: tempopb.SpanSet[],
): tempopb.TraceSearchMetadata {
  const { traces } = view.batch;
  const durationNanos = int64ToBigInt(view.traceDurations, trace);
  const first = spanSets[0];
  return create(tempopb.TraceSearchMetadataSchema, {
    traceID: traceIdText(traces.ids, 16 * trace, 16 * trace + 16),
    rootServiceName: textAt(traces.rootServiceNames, trace) || ROOT_SPAN_NOT_YET_RECEIVED,
    rootTraceName: textAt(traces.rootSpanNames, trace),
    startTimeUnixNano: uint64ToBigInt(traces.startUnixNanos, trace),
    durationMs: Number(durationNanos > 0n ? durationNanos / 1_000_000n : 0n) >>> 0,
    ...(first ? { spanSet: first } : {}),
    spanSets,
    // A search by legacy tags has no spansets, and in Tempo no service stats either.
    serviceStats: first ? serviceStats(view, trace) : {},
  });
}

function serviceStats(view: BatchView, trace: number): Record<string, tempopb.ServiceStats> {
  const { offsets, services, spanCounts, errorCounts } = view.batch.traces.serviceStats;
  const stats: Record<string, tempopb.ServiceStats> = {};
  for (let row = offsets[trace]!; row < offsets[trace + 1]!; row += 1)
    stats[textAt(services, row)] = create(tempopb.ServiceStatsSchema, {
      spanCount: spanCounts[row]!,
      errorCount: errorCounts[row]!,
    });
  return stats;
}

/** A row without a string has the empty one. */
export function textAt(column: StringColumn, row: number): string {
  const code = column.codes[row]!;
  return code < 0 ? '' : stringOf(column.dictionary, code);
}

/**
 * Builds the spansets of single traces, `spansPerSpanSet` spans of each (0: all). Spans come in the
 * order of their start, then of their id, whatever the order in storage; sets by their first span.
 */
export function spanSetsBuilder(
  view: BatchView,
  sets: Spansets,
  fields: readonly FieldUse[],
  spansPerSpanSet: number,
): (trace: number) => tempopb.SpanSet[] {
  const shown = shownFields(view, fields);
  return (trace) =>
    [...spansBySet(view, sets, trace)].map(([set, spans]) => {
      const returned = spansPerSpanSet > 0 ? spans.slice(0, spansPerSpanSet) : spans;
      return create(tempopb.SpanSetSchema, {
        matched: spans.length,
        attributes: sets.attributes.map(({ key, value }) => keyValue(key, value(set))),
        spans: returned.map((span) => spanEntry(view, span, shown)),
      });
    });
}

function spansBySet(view: BatchView, sets: Spansets, trace: number): Map<number, number[]> {
  const { startUnixNanos, ids } = view.batch.spans;
  const end = view.traceSpanOffsets[trace + 1]!;
  const matched: number[] = [];
  for (let span = view.traceSpanOffsets[trace]!; span < end; span += 1)
    if (sets.setOf[span]! >= 0) matched.push(span);
  matched.sort(
    (left, right) =>
      compareUint64Rows(startUnixNanos, left, right) ||
      Buffer.compare(bytesAt(ids, left), bytesAt(ids, right)),
  );
  const bySet = new Map<number, number[]>();
  for (const span of matched) {
    const set = sets.setOf[span]!;
    const spans = bySet.get(set);
    if (spans) spans.push(span);
    else bySet.set(set, [span]);
  }
  return bySet;
}

function spanEntry(
  view: BatchView,
  span: number,
  shown: ReturnType<typeof shownFields>,
): tempopb.Span {
  const { spans } = view.batch;
  const { bytes, offsets } = spans.ids;
  return create(tempopb.SpanSchema, {
    spanID: idText(bytes, offsets[span]!, offsets[span + 1]!, SPAN_ID),
    name: shown.name(span),
    startTimeUnixNano: uint64ToBigInt(spans.startUnixNanos, span),
    durationNanos: uint64ToBigInt(spans.durationNanos, span),
    attributes: shown.attributes(span).map(({ key, value }) => keyValue(key, value)),
  });
}
