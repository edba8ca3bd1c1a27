/** What a trace's row says about its spans: the root's names, and counts per service. */
import { GrowableInt32 } from './growable-columns.ts';
import { sharedInt32Array } from './shared-memory.ts';
import { ABSENT, AttributeType } from './span-batch.ts';
import type { ServiceStatsTable, SpanBatch, StringColumn } from './span-batch.ts';
import { compareBytes, findCode } from './string-dictionary.ts';

const STATUS_ERROR = 2;

/**
 * The root span of each trace, or -1: the last span without a parent that has no link into its own
 * trace with `opentracing.ref_type` = `child_of`.
 */
export function findRootSpans(batch: SpanBatch, spanStarts: Int32Array): Int32Array {
  const { offsets } = batch.spans.parentIds;
  const isChildByLink = childLinkTest(batch);
  const roots = new Int32Array(batch.traces.count).fill(-1);
  for (let trace = 0; trace < roots.length; trace++) {
    const start = spanStarts[trace]!;
    for (let span = spanStarts[trace + 1]! - 1; span >= start; span--) {
      if (offsets[span] !== offsets[span + 1] || isChildByLink(span, trace)) continue;
      roots[trace] = span;
      break;
    }
  }
  return roots;
}

/** The names of the root spans; absent where there is no root. */
export function rootSpanNames({ spans }: SpanBatch, roots: Int32Array): StringColumn {
  const codes = sharedInt32Array(roots.length);
  for (let trace = 0; trace < roots.length; trace++)
    codes[trace] = roots[trace]! < 0 ? ABSENT : spans.names.codes[roots[trace]!]!;
  return { dictionary: spans.names.dictionary, codes };
}

/** The services of the root spans; absent where there is no root. */
export function rootServiceNames(
  { resources, spanResources }: SpanBatch,
  roots: Int32Array,
): StringColumn {
  const { dictionary, codes: services } = resources.serviceNames;
  const codes = sharedInt32Array(roots.length);
  for (let trace = 0; trace < roots.length; trace++)
    codes[trace] = roots[trace]! < 0 ? ABSENT : services[spanResources[roots[trace]!]!]!;
  return { dictionary, codes };
}

/** Spans and errors per service of each trace. */
export function countServices(batch: SpanBatch): ServiceStatsTable {
  const { traces, resourceEntries, scopeEntries, resources } = batch;
  const { dictionary, codes: services } = resources.serviceNames;
  const { statusCodes } = batch.spans;
  const ranks = ranksOf(resources.serviceNames);
  const spanTotals = new Int32Array(dictionary.count);
  const errorTotals = new Int32Array(dictionary.count);
  const offsets = sharedInt32Array(traces.count + 1);
  const found = new GrowableInt32();
  const spanCounts = new GrowableInt32();
  const errorCounts = new GrowableInt32();
  const inTrace: number[] = [];
  for (let trace = 0; trace < traces.count; trace++) {
    inTrace.length = 0;
    const entriesEnd = traces.resourceOffsets[trace + 1]!;
    for (let entry = traces.resourceOffsets[trace]!; entry < entriesEnd; entry++) {
      const service = services[resourceEntries.resources[entry]!]!;
      const start = scopeEntries.spanOffsets[resourceEntries.scopeOffsets[entry]!]!;
      const end = scopeEntries.spanOffsets[resourceEntries.scopeOffsets[entry + 1]!]!;
      if (spanTotals[service] === 0) inTrace.push(service);
      spanTotals[service]! += end - start;
      for (let span = start; span < end; span++)
        if (statusCodes[span] === STATUS_ERROR) errorTotals[service]! += 1;
    }
    if (inTrace.length > 1) inTrace.sort((a, b) => ranks[a]! - ranks[b]!);
    for (const service of inTrace) {
      found.push(service);
      spanCounts.push(spanTotals[service]!);
      errorCounts.push(errorTotals[service]!);
      spanTotals[service] = 0;
      errorTotals[service] = 0;
    }
    offsets[trace + 1] = found.length;
  }
  return {
    offsets,
    services: { dictionary, codes: found.view() },
    spanCounts: spanCounts.view(),
    errorCounts: errorCounts.view(),
  };
}

/** Code → its place among the names that occur, in byte order. */
function ranksOf({ dictionary, codes }: StringColumn): Int32Array {
  const { bytes, offsets } = dictionary;
  const distinct = [...new Set(codes)].toSorted((a, b) =>
    compareBytes(bytes, offsets[a]!, offsets[a + 1]!, bytes, offsets[b]!, offsets[b + 1]!),
  );
  const ranks = new Int32Array(dictionary.count);
  distinct.forEach((code, rank) => (ranks[code] = rank));
  return ranks;
}

/** Whether a span has a link by which it is a child in its own trace. */
function childLinkTest(batch: SpanBatch): (span: number, trace: number) => boolean {
  const { links, spans, traces } = batch;
  if (links.count === 0) return () => false;
  const { attributes } = links;
  const key = findCode(attributes.keys.dictionary, 'opentracing.ref_type');
  const value = findCode(attributes.strings.dictionary, 'child_of');
  if (key === ABSENT || value === ABSENT) return () => false;
  const { bytes, offsets } = links.traceIds;
  return (span, trace) => {
    for (let link = spans.linkOffsets[span]!; link < spans.linkOffsets[span + 1]!; link++) {
      const id = trace * 16;
      if (compareBytes(bytes, offsets[link]!, offsets[link + 1]!, traces.ids, id, id + 16) !== 0)
        continue;
      const end = attributes.offsets[link + 1]!;
      for (let i = attributes.offsets[link]!; i < end; i++)
        if (
          attributes.keys.codes[i] === key &&
          attributes.types[i] === AttributeType.String &&
          attributes.strings.codes[attributes.positions[i]!] === value
        )
          return true;
    }
    return false;
  };
}
