/**
 * Joins partial answers of one search (spec §8.5). Combining is associative and commutative, so
 * partial answers may come and be joined in any order.
 */
import { create, equals, toBinary } from '@bufbuild/protobuf';
import { common, tempopb } from '@tempo-ts/contracts';
import { ROOT_SPAN_NOT_YET_RECEIVED } from './search-result.ts';
import { compareNewest } from './trace-order.ts';

/** The traces of all responses, newest first, then by id; counters are added up. */
export function combineSearchResponses(
  responses: readonly tempopb.SearchResponse[],
  options: { readonly limit?: number } = {},
): tempopb.SearchResponse {
  const traces = new Map<string, tempopb.TraceSearchMetadata>();
  const metrics = create(tempopb.SearchMetricsSchema);
  for (const response of responses) {
    if (response.metrics) addMetrics(metrics, response.metrics);
    for (const trace of response.traces) {
      const known = traces.get(trace.traceID);
      traces.set(trace.traceID, known ? combineTraceMetadata(known, trace) : trace);
    }
  }
  const sorted = [...traces.values()].toSorted(compareNewest);
  return create(tempopb.SearchResponseSchema, {
    traces: options.limit === undefined ? sorted : sorted.slice(0, options.limit),
    metrics,
  });
}

/** Adds every counter of `other`. */
function addMetrics(sum: tempopb.SearchMetrics, other: tempopb.SearchMetrics): void {
  sum.inspectedTraces += other.inspectedTraces;
  sum.inspectedSpans += other.inspectedSpans;
  sum.inspectedBytes += other.inspectedBytes;
  sum.totalBlocks += other.totalBlocks;
  sum.totalBlockBytes += other.totalBlockBytes;
  sum.totalJobs += other.totalJobs;
  sum.completedJobs += other.completedJobs;
}

/** What two places know of one trace. */
export function combineTraceMetadata(
  left: tempopb.TraceSearchMetadata,
  right: tempopb.TraceSearchMetadata,
): tempopb.TraceSearchMetadata {
  const spanSets = combineSpanSets([...left.spanSets, ...right.spanSets]);
  const first = spanSets[0];
  return create(tempopb.TraceSearchMetadataSchema, {
    traceID: left.traceID,
    rootServiceName: knownRoot(left.rootServiceName, right.rootServiceName),
    rootTraceName: larger(left.rootTraceName, right.rootTraceName),
    startTimeUnixNano: earlier(left.startTimeUnixNano, right.startTimeUnixNano),
    durationMs: Math.max(left.durationMs, right.durationMs),
    ...(first ? { spanSet: first } : {}),
    spanSets,
    serviceStats: combineServiceStats(left.serviceStats, right.serviceStats),
  });
}

/** A name beats none; of two names one is chosen by order, whichever side it is on. */
function larger(left: string, right: string): string {
  return left > right ? left : right;
}

function knownRoot(left: string, right: string): string {
  if (left === ROOT_SPAN_NOT_YET_RECEIVED || left === '') return right || left;
  return right === ROOT_SPAN_NOT_YET_RECEIVED ? left : larger(left, right);
}

/** 0 counts as unknown. */
function earlier(left: bigint, right: bigint): bigint {
  if (left === 0n || right === 0n) return left === 0n ? right : left;
  return left < right ? left : right;
}

function combineServiceStats(
  left: Readonly<Record<string, tempopb.ServiceStats>>,
  right: Readonly<Record<string, tempopb.ServiceStats>>,
): Record<string, tempopb.ServiceStats> {
  const combined: Record<string, tempopb.ServiceStats> = { ...left };
  for (const [service, stats] of Object.entries(right)) {
    const known = combined[service];
    combined[service] = create(tempopb.ServiceStatsSchema, {
      spanCount: Math.max(known?.spanCount ?? 0, stats.spanCount),
      errorCount: Math.max(known?.errorCount ?? 0, stats.errorCount),
    });
  }
  return combined;
}

/** Sets with equal `by(...)` values are one set: the one with more matched spans is kept. */
function combineSpanSets(sets: readonly tempopb.SpanSet[]): tempopb.SpanSet[] {
  const best = new Map<string, tempopb.SpanSet>();
  for (const set of sets) {
    const identity = identityOf(set);
    const known = best.get(identity);
    if (!known || isBetter(set, known)) best.set(identity, set);
  }
  return [...best].toSorted(([left], [right]) => (left < right ? -1 : 1)).map(([, set]) => set);
}

/** Key and value of every group of the set. */
function identityOf(set: tempopb.SpanSet): string {
  return set.attributes
    .filter(({ key }) => key.startsWith('by('))
    .map((attribute) => hexOf(toBinary(common.KeyValueSchema, attribute)))
    .toSorted()
    .join(' ');
}

/** Equal counts are decided by content, so that the order of joining does not matter. */
function isBetter(set: tempopb.SpanSet, known: tempopb.SpanSet): boolean {
  if (set.matched !== known.matched) return set.matched > known.matched;
  if (equals(tempopb.SpanSetSchema, set, known)) return false;
  return contentOf(set) > contentOf(known);
}

function contentOf(set: tempopb.SpanSet): string {
  return hexOf(toBinary(tempopb.SpanSetSchema, set));
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
