/** Joins what two jobs say of one trace in a search. */
import { create } from '@bufbuild/protobuf';
import { tempopb } from '@tempo-ts/contracts';
import { toBinary } from '@bufbuild/protobuf';

/** The root service of a trace whose root was not seen. */
export const ROOT_NOT_RECEIVED = '<root span not yet received>';

/**
 * One answer from two: the names of the root from whoever knows it, the earliest start, the latest
 * end, per service the larger counts. Spansets are the same when their `by(...)` attributes are; of
 * two the one that matched more spans is kept, else the first.
 */
export function mergeTraceMetadata(
  a: tempopb.TraceSearchMetadata,
  b: tempopb.TraceSearchMetadata,
): tempopb.TraceSearchMetadata {
  const start =
    a.startTimeUnixNano < b.startTimeUnixNano ? a.startTimeUnixNano : b.startTimeUnixNano;
  const end = Math.max(endMs(a, start), endMs(b, start));
  const spanSets = mergeSpanSets(a.spanSets, b.spanSets);
  return create(tempopb.TraceSearchMetadataSchema, {
    traceID: a.traceID,
    rootServiceName: knownRoot(a) ?? knownRoot(b) ?? a.rootServiceName,
    rootTraceName: a.rootTraceName || b.rootTraceName,
    startTimeUnixNano: start,
    durationMs: end,
    spanSets,
    ...(spanSets[0] ? { spanSet: spanSets[0] } : {}),
    serviceStats: mergeServiceStats(a.serviceStats, b.serviceStats),
  });
}

/** Milliseconds from `start` to the end of the trace; start and end are cut to whole ones. */
function endMs(
  { startTimeUnixNano, durationMs }: tempopb.TraceSearchMetadata,
  start: bigint,
): number {
  return Number((startTimeUnixNano - start) / 1_000_000n) + durationMs;
}

function knownRoot({ rootServiceName }: tempopb.TraceSearchMetadata): string | undefined {
  const isKnown = rootServiceName !== '' && rootServiceName !== ROOT_NOT_RECEIVED;
  return isKnown ? rootServiceName : undefined;
}

function mergeSpanSets(
  a: readonly tempopb.SpanSet[],
  b: readonly tempopb.SpanSet[],
): tempopb.SpanSet[] {
  const merged = new Map(a.map((set) => [identity(set), set]));
  for (const set of b) {
    const key = identity(set);
    const known = merged.get(key);
    if (!known || set.matched > known.matched) merged.set(key, set);
  }
  return [...merged.values()];
}

/** The `by(...)` attributes: what distinguishes the spansets of one trace. */
function identity({ attributes }: tempopb.SpanSet): string {
  const groups = attributes.filter(({ key }) => key.startsWith('by('));
  const set = create(tempopb.SpanSetSchema, { attributes: groups });
  return Buffer.from(toBinary(tempopb.SpanSetSchema, set)).toString('base64');
}

type ServiceStats = tempopb.TraceSearchMetadata['serviceStats'];

function mergeServiceStats(a: ServiceStats, b: ServiceStats): ServiceStats {
  const merged: ServiceStats = { ...a };
  for (const [service, stats] of Object.entries(b)) {
    const known = merged[service];
    merged[service] = create(tempopb.ServiceStatsSchema, {
      spanCount: Math.max(stats.spanCount, known?.spanCount ?? 0),
      errorCount: Math.max(stats.errorCount, known?.errorCount ?? 0),
    });
  }
  return merged;
}
