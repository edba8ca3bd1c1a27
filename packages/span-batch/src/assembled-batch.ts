/** The columns of an assembled batch, each copied from the inputs when it is first looked at. */
import { deriveSpanParents, traceSpanStarts } from './derived-columns.ts';
import { Gatherer } from './gatherer.ts';
import { compareUint64 } from './int64.ts';
import { lazyColumns } from './lazy-columns.ts';
import { computeNestedSets } from './nested-sets.ts';
import { RowSelectionBuilder, selectChildren } from './row-selection.ts';
import type { RowSelection } from './row-selection.ts';
import { sharedInt32Array, sharedUint8Array } from './shared-memory.ts';
import type {
  EventTable,
  Int64Column,
  LinkTable,
  ResourceTable,
  ScopeTable,
  ServiceStatsTable,
  SpanBatch,
  SpanTable,
  TraceTable,
} from './span-batch.ts';
import type { Pieces, TraceAssembler } from './trace-assembler.ts';
import {
  countServices,
  findRootSpans,
  rootServiceNames,
  rootSpanNames,
} from './trace-summaries.ts';

const TRACE_ID_BYTES = 16;

/** Which rows of the inputs an assembled batch consists of. */
export interface AssemblyPlan {
  readonly batches: readonly SpanBatch[];
  readonly pieces: Pieces;
  /** Trace `t` was made of the pieces `pieceEnds[t - 1] … pieceEnds[t] - 1`. */
  readonly pieceEnds: readonly number[];
  readonly assembler: TraceAssembler;
  readonly resources: RowSelection;
  readonly scopes: RowSelection;
  /** Every trace is a row of an assembled input: what is known of it still holds. */
  readonly isEveryTraceTakenOver: boolean;
  readonly isCompact: boolean;
}

/** The assembled batch. Nothing is copied yet but the trace ids. */
export function gatherBatch(plan: AssemblyPlan): SpanBatch {
  const { assembler, batches } = plan;
  const spans = assembler.spans.build();
  const gather = new Gatherer(batches, plan.isCompact);
  const resourceEntries = {
    count: assembler.entryResources.length,
    resources: assembler.entryResources.view(),
    scopeOffsets: assembler.scopeOffsets.view(),
  };
  const scopeEntries = {
    count: assembler.entryScopes.length,
    scopes: assembler.entryScopes.view(),
    spanOffsets: assembler.spanOffsets.view(),
  };
  const resourceOffsets = assembler.resourceOffsets.view();
  const events = once(() => selectOfSpans(spans, (input) => batches[input]!.spans.eventOffsets));
  const links = once(() => selectOfSpans(spans, (input) => batches[input]!.spans.linkOffsets));
  const parents = once(() => deriveSpanParents(batch));
  const batch: SpanBatch = lazyColumns<SpanBatch>({
    isAssembled: true,
    traces: () => traceTable(plan, gather, batch, resourceOffsets),
    resourceEntries,
    scopeEntries,
    resources: resourceTable(plan.resources, gather),
    scopes: scopeTable(plan.scopes, gather),
    spans: () => spanTable(plan, spans, gather, batch, { events, links }),
    events: () => eventTable(events().selection, gather),
    links: () => linkTable(links().selection, gather),
    spanTraces: () => parents().spanTraces,
    spanResources: () => parents().spanResources,
    spanScopes: () => parents().spanScopes,
  });
  return batch;
}

/** Makes a value when it is first asked for. */
function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

/** The first piece of each trace. */
function firstPieces({ pieces, pieceEnds }: AssemblyPlan): RowSelection {
  const rows = new RowSelectionBuilder();
  let start = 0;
  for (const end of pieceEnds) {
    rows.push(pieces.inputs[start]!, pieces.rows[start]!);
    start = end;
  }
  return rows.build();
}

function traceTable(
  plan: AssemblyPlan,
  gather: Gatherer,
  batch: SpanBatch,
  resourceOffsets: Int32Array,
): TraceTable {
  const first = once(() => firstPieces(plan));
  const times = once(() => unionOfTimes(plan));
  const roots = once(() => findRootSpans(batch, traceSpanStarts(batch)));
  const isTakenOver = plan.isEveryTraceTakenOver;
  return lazyColumns<TraceTable>({
    count: plan.pieceEnds.length,
    ids: traceIds(plan),
    startUnixNanos: () => times().starts,
    endUnixNanos: () => times().ends,
    rootServiceNames: () =>
      isTakenOver
        ? gather.strings(first(), ({ traces }) => traces.rootServiceNames)
        : rootServiceNames(batch, roots()),
    rootSpanNames: () =>
      isTakenOver
        ? gather.strings(first(), ({ traces }) => traces.rootSpanNames)
        : rootSpanNames(batch, roots()),
    serviceStats: () =>
      isTakenOver ? takeOverServiceStats(plan, first(), gather) : countServices(batch),
    resourceOffsets,
  });
}

function traceIds({ batches, pieces, pieceEnds }: AssemblyPlan): Uint8Array {
  const ids = sharedUint8Array(pieceEnds.length * TRACE_ID_BYTES);
  let at = 0;
  let piece = 0;
  for (const end of pieceEnds) {
    const source = batches[pieces.inputs[piece]!]!.traces.ids;
    const start = pieces.rows[piece]! * TRACE_ID_BYTES;
    for (let i = 0; i < TRACE_ID_BYTES; i++) ids[at++] = source[start + i]!;
    piece = end;
  }
  return ids;
}

/** From the earliest start of a trace's pieces (0 is unset) to their latest end. */
function unionOfTimes({ batches, pieces, pieceEnds }: AssemblyPlan): {
  starts: Int64Column;
  ends: Int64Column;
} {
  const starts = sharedInt32Array(pieceEnds.length * 2);
  const ends = sharedInt32Array(pieceEnds.length * 2);
  let piece = 0;
  for (let trace = 0; trace < pieceEnds.length; trace++) {
    const low = trace * 2;
    const high = low + 1;
    for (; piece < pieceEnds[trace]!; piece++) {
      const { startUnixNanos, endUnixNanos } = batches[pieces.inputs[piece]!]!.traces;
      const row = pieces.rows[piece]! * 2;
      const startLow = startUnixNanos.words[row]!;
      const startHigh = startUnixNanos.words[row + 1]!;
      const isUnset = (starts[low]! | starts[high]!) === 0;
      if (
        (startLow | startHigh) !== 0 &&
        (isUnset || compareUint64(startLow, startHigh, starts[low]!, starts[high]!) < 0)
      ) {
        starts[low] = startLow;
        starts[high] = startHigh;
      }
      const endLow = endUnixNanos.words[row]!;
      const endHigh = endUnixNanos.words[row + 1]!;
      if (compareUint64(endLow, endHigh, ends[low]!, ends[high]!) > 0) {
        ends[low] = endLow;
        ends[high] = endHigh;
      }
    }
  }
  return { starts: { words: starts }, ends: { words: ends } };
}

function takeOverServiceStats(
  plan: AssemblyPlan,
  traces: RowSelection,
  gather: Gatherer,
): ServiceStatsTable {
  const offsets = sharedInt32Array(traces.count + 1);
  const rows = selectChildren(
    traces,
    (input) => plan.batches[input]!.traces.serviceStats.offsets,
    offsets,
  );
  return {
    offsets,
    services: gather.strings(rows, (batch) => batch.traces.serviceStats.services),
    spanCounts: gather.int32(rows, (batch) => batch.traces.serviceStats.spanCounts),
    errorCounts: gather.int32(rows, (batch) => batch.traces.serviceStats.errorCounts),
  };
}

function resourceTable(rows: RowSelection, gather: Gatherer): ResourceTable {
  return lazyColumns<ResourceTable>({
    count: rows.count,
    serviceNames: () => gather.strings(rows, ({ resources }) => resources.serviceNames),
    columns: () => gather.named(rows, ({ resources }) => resources.columns),
    attributes: () => gather.attributes(rows, ({ resources }) => resources.attributes),
    droppedAttributesCounts: () =>
      gather.int32(rows, ({ resources }) => resources.droppedAttributesCounts),
  });
}

function scopeTable(rows: RowSelection, gather: Gatherer): ScopeTable {
  return lazyColumns<ScopeTable>({
    count: rows.count,
    names: () => gather.strings(rows, ({ scopes }) => scopes.names),
    versions: () => gather.strings(rows, ({ scopes }) => scopes.versions),
    attributes: () => gather.attributes(rows, ({ scopes }) => scopes.attributes),
    droppedAttributesCounts: () =>
      gather.int32(rows, ({ scopes }) => scopes.droppedAttributesCounts),
  });
}

/** Rows of a child table, and where those of each span begin. */
interface ChildRows {
  readonly selection: RowSelection;
  readonly offsets: Int32Array;
}

function selectOfSpans(spans: RowSelection, offsetsOf: (input: number) => Int32Array): ChildRows {
  const offsets = sharedInt32Array(spans.count + 1);
  return { selection: selectChildren(spans, offsetsOf, offsets), offsets };
}

function spanTable(
  plan: AssemblyPlan,
  rows: RowSelection,
  gather: Gatherer,
  batch: SpanBatch,
  children: { readonly events: () => ChildRows; readonly links: () => ChildRows },
): SpanTable {
  const nestedSets = once(() =>
    plan.isEveryTraceTakenOver
      ? {
          lefts: gather.int32(rows, ({ spans }) => spans.nestedSetLefts),
          rights: gather.int32(rows, ({ spans }) => spans.nestedSetRights),
          parents: gather.int32(rows, ({ spans }) => spans.nestedSetParents),
        }
      : computeNestedSets(batch.spans, traceSpanStarts(batch)),
  );
  return lazyColumns<SpanTable>({
    count: rows.count,
    ids: () => gather.bytes(rows, ({ spans }) => spans.ids),
    parentIds: () => gather.bytes(rows, ({ spans }) => spans.parentIds),
    nestedSetLefts: () => nestedSets().lefts,
    nestedSetRights: () => nestedSets().rights,
    nestedSetParents: () => nestedSets().parents,
    names: () => gather.strings(rows, ({ spans }) => spans.names),
    kinds: () => gather.int32(rows, ({ spans }) => spans.kinds),
    traceStates: () => gather.strings(rows, ({ spans }) => spans.traceStates),
    startUnixNanos: () => gather.int64(rows, ({ spans }) => spans.startUnixNanos),
    durationNanos: () => gather.int64(rows, ({ spans }) => spans.durationNanos),
    statusCodes: () => gather.int32(rows, ({ spans }) => spans.statusCodes),
    statusMessages: () => gather.strings(rows, ({ spans }) => spans.statusMessages),
    columns: () => gather.named(rows, ({ spans }) => spans.columns),
    attributes: () => gather.attributes(rows, ({ spans }) => spans.attributes),
    droppedAttributesCounts: () => gather.int32(rows, ({ spans }) => spans.droppedAttributesCounts),
    droppedEventsCounts: () => gather.int32(rows, ({ spans }) => spans.droppedEventsCounts),
    droppedLinksCounts: () => gather.int32(rows, ({ spans }) => spans.droppedLinksCounts),
    eventOffsets: () => children.events().offsets,
    linkOffsets: () => children.links().offsets,
  });
}

function eventTable(rows: RowSelection, gather: Gatherer): EventTable {
  return lazyColumns<EventTable>({
    count: rows.count,
    timeSinceStartNanos: () => gather.int64(rows, ({ events }) => events.timeSinceStartNanos),
    names: () => gather.strings(rows, ({ events }) => events.names),
    attributes: () => gather.attributes(rows, ({ events }) => events.attributes),
    droppedAttributesCounts: () =>
      gather.int32(rows, ({ events }) => events.droppedAttributesCounts),
  });
}

function linkTable(rows: RowSelection, gather: Gatherer): LinkTable {
  return lazyColumns<LinkTable>({
    count: rows.count,
    traceIds: () => gather.bytes(rows, ({ links }) => links.traceIds),
    spanIds: () => gather.bytes(rows, ({ links }) => links.spanIds),
    traceStates: () => gather.strings(rows, ({ links }) => links.traceStates),
    attributes: () => gather.attributes(rows, ({ links }) => links.attributes),
    droppedAttributesCounts: () => gather.int32(rows, ({ links }) => links.droppedAttributesCounts),
  });
}
