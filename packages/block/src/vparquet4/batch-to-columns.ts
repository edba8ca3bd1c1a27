/**
 * Traces of an assembled span batch as the columns of vParquet4. Spans, events and links are views
 * of the batch; resources and scopes, which the batch holds once, are repeated for every entry.
 */
import type { NestedColumn } from '@tempo-ts/parquet';
import { assert } from '@tempo-ts/runtime';
import {
  MAX_DEDICATED_COLUMNS_PER_SCOPE,
  RESOURCE_FIXED_COLUMNS,
  SPAN_FIXED_COLUMNS,
  type BytesColumn,
  type Int64Column,
  type NamedColumn,
  type ServiceStatsTable,
  type SpanBatch,
} from '@tempo-ts/span-batch';
import { attributesToColumns } from './attributes-to-columns.ts';
import {
  childRange,
  gatherInt32,
  gatherStrings,
  sliceBytes,
  sliceInt32,
  sliceInt64,
  sliceOffsets,
  sliceStrings,
  type RowRange,
} from './gather-columns.ts';
import { sliceAttributes } from './slice-attributes.ts';

/** Names of the spare columns in use, in order. */
export interface DedicatedNames {
  readonly resource: readonly string[];
  readonly span: readonly string[];
}

/**
 * The columns of TRACE_SCHEMA's root for the traces `traces` of `batch`.
 * `batch` MUST have exactly the fixed columns and those of `dedicated`, in this order.
 */
export function batchToColumns(
  batch: SpanBatch,
  traces: RowRange,
  dedicated: DedicatedNames,
): readonly NestedColumn[] {
  assert(batch.isAssembled, 'only assembled traces become blocks');
  const table = batch.traces;
  const ids = table.ids.subarray(traces.start * 16, traces.end * 16);
  const { startUnixNanos, endUnixNanos, serviceStats } = table;
  const resourceEntries = childRange(table.resourceOffsets, traces);
  return [
    fixedLengthBytes(ids, 16),
    { kind: 'bytes', ...hexWithoutLeadingZeros(ids) },
    sliceInt64(startUnixNanos, traces),
    sliceInt64(endUnixNanos, traces),
    { kind: 'int64', words: differences(endUnixNanos, startUnixNanos, traces) },
    sliceStrings(table.rootServiceNames, traces),
    sliceStrings(table.rootSpanNames, traces),
    serviceStatsColumn(serviceStats, traces),
    {
      kind: 'list',
      offsets: sliceOffsets(table.resourceOffsets, traces),
      element: resourceEntriesColumn(batch, resourceEntries, dedicated),
    },
  ];
}

function serviceStatsColumn(stats: ServiceStatsTable, traces: RowRange): NestedColumn {
  const rows = childRange(stats.offsets, traces);
  return {
    kind: 'map',
    offsets: sliceOffsets(stats.offsets, traces),
    key: sliceStrings(stats.services, rows),
    value: {
      kind: 'struct',
      children: [sliceInt32(stats.spanCounts, rows), sliceInt32(stats.errorCounts, rows)],
    },
  };
}

function resourceEntriesColumn(
  batch: SpanBatch,
  entries: RowRange,
  dedicated: DedicatedNames,
): NestedColumn {
  const table = batch.resources;
  const rows = batch.resourceEntries.resources.subarray(entries.start, entries.end);
  const columns = table.columns.map((column) => gatherNamed(column, rows));
  const fixedCount = checkColumns(table.columns, RESOURCE_FIXED_COLUMNS, dedicated.resource);
  const resource: NestedColumn = {
    kind: 'struct',
    children: [
      attributesToColumns(table.attributes, rows),
      gatherInt32(table.droppedAttributesCounts, rows),
      gatherStrings(table.serviceNames, rows),
      ...columns.slice(0, fixedCount),
      dedicatedColumns(columns.slice(fixedCount), rows.length),
    ],
  };
  const scopes: NestedColumn = {
    kind: 'list',
    offsets: sliceOffsets(batch.resourceEntries.scopeOffsets, entries),
    element: scopeEntriesColumn(
      batch,
      childRange(batch.resourceEntries.scopeOffsets, entries),
      dedicated,
    ),
  };
  return { kind: 'struct', children: [resource, scopes] };
}

function scopeEntriesColumn(
  batch: SpanBatch,
  entries: RowRange,
  dedicated: DedicatedNames,
): NestedColumn {
  const table = batch.scopes;
  const rows = batch.scopeEntries.scopes.subarray(entries.start, entries.end);
  const scope: NestedColumn = {
    kind: 'struct',
    children: [
      gatherStrings(table.names, rows),
      gatherStrings(table.versions, rows),
      attributesToColumns(table.attributes, rows),
      gatherInt32(table.droppedAttributesCounts, rows),
    ],
  };
  const { spanOffsets } = batch.scopeEntries;
  const spans: NestedColumn = {
    kind: 'list',
    offsets: sliceOffsets(spanOffsets, entries),
    element: spansColumn(batch, childRange(spanOffsets, entries), dedicated),
  };
  return { kind: 'struct', children: [scope, spans] };
}

function spansColumn(batch: SpanBatch, rows: RowRange, dedicated: DedicatedNames): NestedColumn {
  const table = batch.spans;
  const fixedCount = checkColumns(table.columns, SPAN_FIXED_COLUMNS, dedicated.span);
  const columns = table.columns.map((column) => sliceNamed(column, rows));
  const children: NestedColumn[] = [
    sliceBytes(table.ids, rows),
    sliceBytes(table.parentIds, rows),
    sliceInt32(table.nestedSetParents, rows),
    sliceInt32(table.nestedSetLefts, rows),
    sliceInt32(table.nestedSetRights, rows),
    sliceStrings(table.names, rows),
    { kind: 'int32as64', values: table.kinds.subarray(rows.start, rows.end) },
    sliceStrings(table.traceStates, rows),
    sliceInt64(table.startUnixNanos, rows),
    sliceInt64(table.durationNanos, rows),
    { kind: 'int32as64', values: table.statusCodes.subarray(rows.start, rows.end) },
    sliceStrings(table.statusMessages, rows),
    sliceAttributes(table.attributes, rows),
    sliceInt32(table.droppedAttributesCounts, rows),
    eventsColumn(batch, rows),
    sliceInt32(table.droppedEventsCounts, rows),
    linksColumn(batch, rows),
    sliceInt32(table.droppedLinksCounts, rows),
    ...columns.slice(0, fixedCount),
    dedicatedColumns(columns.slice(fixedCount), rows.end - rows.start),
  ];
  return { kind: 'struct', children };
}

function eventsColumn(batch: SpanBatch, spans: RowRange): NestedColumn {
  const table = batch.events;
  const rows = childRange(batch.spans.eventOffsets, spans);
  return {
    kind: 'list',
    offsets: sliceOffsets(batch.spans.eventOffsets, spans),
    element: {
      kind: 'struct',
      children: [
        sliceInt64(table.timeSinceStartNanos, rows),
        sliceStrings(table.names, rows),
        sliceAttributes(table.attributes, rows),
        sliceInt32(table.droppedAttributesCounts, rows),
      ],
    },
  };
}

function linksColumn(batch: SpanBatch, spans: RowRange): NestedColumn {
  const table = batch.links;
  const rows = childRange(batch.spans.linkOffsets, spans);
  return {
    kind: 'list',
    offsets: sliceOffsets(batch.spans.linkOffsets, spans),
    element: {
      kind: 'struct',
      children: [
        sliceBytes(table.traceIds, rows),
        sliceBytes(table.spanIds, rows),
        sliceStrings(table.traceStates, rows),
        sliceAttributes(table.attributes, rows),
        sliceInt32(table.droppedAttributesCounts, rows),
      ],
    },
  };
}

/** Checks the names of a batch's columns; returns how many of them are fixed. */
function checkColumns(
  columns: readonly NamedColumn[],
  fixed: readonly string[],
  dedicated: readonly string[],
): number {
  const names = columns.map((column) => column.name).join(', ');
  const expected = [...fixed, ...dedicated].join(', ');
  assert(names === expected, `the batch has the columns ${names}; the block has ${expected}`);
  return fixed.length;
}

function sliceNamed(column: NamedColumn, rows: RowRange): NestedColumn {
  if (column.type === 'string') return sliceStrings(column.strings, rows);
  const words = column.ints.words.subarray(rows.start * 2, rows.end * 2);
  return { kind: 'int64', words, present: column.present.subarray(rows.start, rows.end) };
}

function gatherNamed(column: NamedColumn, rows: Int32Array): NestedColumn {
  assert(column.type === 'string', 'resources have string columns only');
  return gatherStrings(column.strings, rows);
}

/** All spare columns: those in use, then empty ones. */
function dedicatedColumns(used: readonly NestedColumn[], count: number): NestedColumn {
  const empty: NestedColumn = {
    kind: 'codes',
    codes: new Int32Array(count).fill(-1),
    dictionary: { count: 0, bytes: new Uint8Array(0), offsets: new Int32Array(1) },
  };
  const children = Array.from(
    { length: MAX_DEDICATED_COLUMNS_PER_SCOPE },
    (_, number) => used[number] ?? empty,
  );
  return { kind: 'struct', children };
}

function fixedLengthBytes(bytes: Uint8Array, length: number): NestedColumn {
  const offsets = new Int32Array(bytes.length / length + 1);
  for (let i = 0; i < offsets.length; i++) offsets[i] = i * length;
  return { kind: 'bytes', bytes, offsets };
}

/** Trace ids as lower-case hex, shortened by their leading zeros. */
function hexWithoutLeadingZeros(ids: Uint8Array): BytesColumn {
  const count = ids.length / 16;
  const bytes = new Uint8Array(count * 32);
  const offsets = new Int32Array(count + 1);
  let at = 0;
  for (let id = 0; id < count; id++) {
    let isLeading = true;
    for (let nibble = 0; nibble < 32; nibble++) {
      const byte = ids[id * 16 + (nibble >> 1)]!;
      const digit = (nibble & 1) === 0 ? byte >> 4 : byte & 15;
      if (isLeading && digit === 0) continue;
      isLeading = false;
      bytes[at++] = digit < 10 ? 0x30 + digit : 0x57 + digit;
    }
    offsets[id + 1] = at;
  }
  return { bytes, offsets };
}

/** `ends - starts` of `rows`, wrapped at 64 bits. */
function differences(ends: Int64Column, starts: Int64Column, rows: RowRange): Int32Array {
  const count = rows.end - rows.start;
  const words = new Int32Array(count * 2);
  for (let i = 0; i < count; i++) {
    const at = (rows.start + i) * 2;
    const endLow = ends.words[at]! >>> 0;
    const startLow = starts.words[at]! >>> 0;
    const borrow = endLow < startLow ? 1 : 0;
    words[i * 2] = endLow - startLow;
    words[i * 2 + 1] = ends.words[at + 1]! - starts.words[at + 1]! - borrow;
  }
  return words;
}
