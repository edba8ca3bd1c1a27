/**
 * A span batch as plain nested values, for comparing batches in tests: what it holds, independent of
 * how dictionaries, pools and tables of distinct values are numbered.
 */
import { int64ToBigInt, uint64ToBigInt } from '../int64.ts';
import { AttributeType } from '../span-batch.ts';
import type { AttributeTable, BytesColumn, NamedColumn, SpanBatch } from '../span-batch.ts';
import { bytesAt, stringAt, textOf } from '../string-dictionary.ts';

/** `[key, type, value]`. */
export type PlainAttribute = readonly [string, string, unknown];

export interface PlainEvent {
  readonly timeSinceStartNanos: bigint;
  readonly name: string;
  readonly attributes: readonly PlainAttribute[];
  readonly droppedAttributesCount: number;
}

export interface PlainLink {
  readonly traceId: string;
  readonly spanId: string;
  readonly traceState: string;
  readonly attributes: readonly PlainAttribute[];
  readonly droppedAttributesCount: number;
}

export interface PlainSpan {
  readonly id: string;
  readonly parentId: string;
  readonly nestedSet: readonly [left: number, right: number, parent: number];
  readonly name: string;
  readonly kind: number;
  readonly traceState: string;
  readonly startUnixNanos: bigint;
  readonly durationNanos: bigint;
  readonly statusCode: number;
  readonly statusMessage: string;
  readonly columns: Readonly<Record<string, string | bigint>>;
  readonly attributes: readonly PlainAttribute[];
  readonly droppedCounts: readonly [attributes: number, events: number, links: number];
  readonly events: readonly PlainEvent[];
  readonly links: readonly PlainLink[];
}

export interface PlainScope {
  readonly name: string;
  readonly version: string;
  readonly attributes: readonly PlainAttribute[];
  readonly droppedAttributesCount: number;
  readonly spans: readonly PlainSpan[];
}

export interface PlainResource {
  readonly serviceName: string;
  readonly columns: Readonly<Record<string, string | bigint>>;
  readonly attributes: readonly PlainAttribute[];
  readonly droppedAttributesCount: number;
  readonly scopes: readonly PlainScope[];
}

export interface PlainTrace {
  readonly id: string;
  readonly startUnixNanos: bigint;
  readonly endUnixNanos: bigint;
  readonly rootServiceName: string | undefined;
  readonly rootSpanName: string | undefined;
  readonly serviceStats: readonly (readonly [service: string, spans: number, errors: number])[];
  readonly resources: readonly PlainResource[];
}

/** The traces of a batch, in order. */
export function toPlain(batch: SpanBatch): PlainTrace[] {
  return rows(0, batch.traces.count).map((row) => plainTrace(batch, row));
}

function plainTrace(batch: SpanBatch, row: number): PlainTrace {
  const { traces } = batch;
  const stats = traces.serviceStats;
  return {
    id: hex(traces.ids.subarray(row * 16, row * 16 + 16)),
    startUnixNanos: uint64ToBigInt(traces.startUnixNanos, row),
    endUnixNanos: uint64ToBigInt(traces.endUnixNanos, row),
    rootServiceName: stringAt(traces.rootServiceNames, row),
    rootSpanName: stringAt(traces.rootSpanNames, row),
    serviceStats: childrenOf(stats.offsets, row).map((i) => [
      stringAt(stats.services, i) ?? '',
      stats.spanCounts[i]!,
      stats.errorCounts[i]!,
    ]),
    resources: childrenOf(traces.resourceOffsets, row).map((entry) => plainResource(batch, entry)),
  };
}

function plainResource(batch: SpanBatch, entry: number): PlainResource {
  const { resources, resourceEntries } = batch;
  const row = resourceEntries.resources[entry]!;
  return {
    serviceName: stringAt(resources.serviceNames, row) ?? '<absent>',
    columns: plainColumns(resources.columns, row),
    attributes: plainAttributes(resources.attributes, row),
    droppedAttributesCount: resources.droppedAttributesCounts[row]!,
    scopes: childrenOf(resourceEntries.scopeOffsets, entry).map((scope) =>
      plainScope(batch, scope),
    ),
  };
}

function plainScope(batch: SpanBatch, entry: number): PlainScope {
  const { scopes, scopeEntries } = batch;
  const row = scopeEntries.scopes[entry]!;
  return {
    name: stringAt(scopes.names, row) ?? '<absent>',
    version: stringAt(scopes.versions, row) ?? '<absent>',
    attributes: plainAttributes(scopes.attributes, row),
    droppedAttributesCount: scopes.droppedAttributesCounts[row]!,
    spans: childrenOf(scopeEntries.spanOffsets, entry).map((span) => plainSpan(batch, span)),
  };
}

function plainSpan(batch: SpanBatch, row: number): PlainSpan {
  const { spans } = batch;
  return {
    id: hexAt(spans.ids, row),
    parentId: hexAt(spans.parentIds, row),
    nestedSet: [
      spans.nestedSetLefts[row]!,
      spans.nestedSetRights[row]!,
      spans.nestedSetParents[row]!,
    ],
    name: stringAt(spans.names, row) ?? '<absent>',
    kind: spans.kinds[row]!,
    traceState: stringAt(spans.traceStates, row) ?? '<absent>',
    startUnixNanos: uint64ToBigInt(spans.startUnixNanos, row),
    durationNanos: uint64ToBigInt(spans.durationNanos, row),
    statusCode: spans.statusCodes[row]!,
    statusMessage: stringAt(spans.statusMessages, row) ?? '<absent>',
    columns: plainColumns(spans.columns, row),
    attributes: plainAttributes(spans.attributes, row),
    droppedCounts: [
      spans.droppedAttributesCounts[row]!,
      spans.droppedEventsCounts[row]!,
      spans.droppedLinksCounts[row]!,
    ],
    events: childrenOf(spans.eventOffsets, row).map((event) => plainEvent(batch, event)),
    links: childrenOf(spans.linkOffsets, row).map((link) => plainLink(batch, link)),
  };
}

function plainEvent({ events }: SpanBatch, row: number): PlainEvent {
  return {
    timeSinceStartNanos: uint64ToBigInt(events.timeSinceStartNanos, row),
    name: stringAt(events.names, row) ?? '<absent>',
    attributes: plainAttributes(events.attributes, row),
    droppedAttributesCount: events.droppedAttributesCounts[row]!,
  };
}

function plainLink({ links }: SpanBatch, row: number): PlainLink {
  return {
    traceId: hexAt(links.traceIds, row),
    spanId: hexAt(links.spanIds, row),
    traceState: stringAt(links.traceStates, row) ?? '<absent>',
    attributes: plainAttributes(links.attributes, row),
    droppedAttributesCount: links.droppedAttributesCounts[row]!,
  };
}

function plainColumns(
  columns: readonly NamedColumn[],
  row: number,
): Record<string, string | bigint> {
  const plain: Record<string, string | bigint> = {};
  for (const column of columns) {
    if (column.type === 'string') {
      const text = stringAt(column.strings, row);
      if (text !== undefined) plain[column.name] = text;
    } else if (column.present[row] === 1) plain[column.name] = int64ToBigInt(column.ints, row);
  }
  return plain;
}

/** The attributes of parent `row`. */
export function plainAttributes(table: AttributeTable, row: number): PlainAttribute[] {
  return childrenOf(table.offsets, row).map((i) => {
    const key = stringAt(table.keys, i) ?? '<absent>';
    const position = table.positions[i]!;
    switch (table.types[i]!) {
      case AttributeType.Unsupported: {
        const { bytes, offsets } = table.unsupported;
        return [key, 'unsupported', textOf(bytes, offsets[position]!, offsets[position + 1]!)];
      }
      case AttributeType.EmptyArray:
        return [key, 'array', []];
      case AttributeType.StringArray:
      case AttributeType.IntArray:
      case AttributeType.DoubleArray:
      case AttributeType.BoolArray: {
        const start = table.arrays.starts[position]!;
        const type = table.types[i] - AttributeType.StringArray;
        const elements = rows(start, start + table.arrays.counts[position]!);
        return [key, 'array', elements.map((element) => plainValue(table, type, element))];
      }
      default:
        return [key, 'scalar', plainValue(table, table.types[i]!, position)];
    }
  });
}

function plainValue(table: AttributeTable, type: number, position: number): unknown {
  if (type === AttributeType.String) return stringAt(table.strings, position);
  if (type === AttributeType.Int) return int64ToBigInt(table.ints, position);
  if (type === AttributeType.Double) return table.doubles[position];
  return table.bools[position] === 1;
}

function childrenOf(offsets: Int32Array, parent: number): number[] {
  return rows(offsets[parent]!, offsets[parent + 1]!);
}

function rows(start: number, end: number): number[] {
  return Array.from({ length: end - start }, (_, i) => start + i);
}

function hexAt(column: BytesColumn, row: number): string {
  return hex(bytesAt(column, row));
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
