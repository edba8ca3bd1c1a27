/**
 * Which spans the traces of a row group have. It follows from the levels of one column and is what
 * makes the levels of all columns that are required on their level superfluous.
 */
import type { DecodedColumn, RowSpan } from '@tempo-ts/parquet';
import { offsetsAtDepth } from './levels-to-offsets.ts';

/** How many lists lie above the rows of each table. */
export const DEPTH = { resource: 1, scope: 2, span: 3, event: 4, link: 4 } as const;

export interface RowGroupStructure {
  /** 16 bytes per trace. */
  readonly ids: Uint8Array;
  /** Trace → resource entries. */
  readonly resourceOffsets: Int32Array;
  /** Resource entry → scope entries. */
  readonly scopeOffsets: Int32Array;
  /** Scope entry → spans. */
  readonly spanOffsets: Int32Array;
}

/** The structure that a column of spans tells of. */
export function readStructure(
  blockId: string,
  ids: Uint8Array,
  column: DecodedColumn,
): RowGroupStructure {
  const traceCount = ids.length / 16;
  const resourceOffsets = offsetsAtDepth(blockId, column, DEPTH.resource, traceCount);
  const resourceCount = resourceOffsets[traceCount]!;
  const scopeOffsets = offsetsAtDepth(blockId, column, DEPTH.scope, resourceCount);
  const scopeCount = scopeOffsets[resourceCount]!;
  const spanOffsets = offsetsAtDepth(blockId, column, DEPTH.span, scopeCount);
  return { ids, resourceOffsets, scopeOffsets, spanOffsets };
}

export function structureBytes(structure: RowGroupStructure): number {
  const { ids, resourceOffsets, scopeOffsets, spanOffsets } = structure;
  const entries = resourceOffsets.length + scopeOffsets.length + spanOffsets.length;
  return ids.length + entries * 4;
}

/** Rows of a table, ascending, per table of the structure. */
export interface StructureSpans {
  readonly traces: readonly RowSpan[];
  readonly resources: readonly RowSpan[];
  readonly scopes: readonly RowSpan[];
  readonly spans: readonly RowSpan[];
}

/** The resource entries, scope entries and spans of the traces `traces`. */
export function spansOfTraces(
  structure: RowGroupStructure,
  traces: readonly RowSpan[],
): StructureSpans {
  const resources = childSpans(structure.resourceOffsets, traces);
  const scopes = childSpans(structure.scopeOffsets, resources);
  return { traces, resources, scopes, spans: childSpans(structure.spanOffsets, scopes) };
}

/** The structure of some traces alone. */
export function sliceStructure(
  structure: RowGroupStructure,
  { traces, resources, scopes }: StructureSpans,
): RowGroupStructure {
  const ids = new Uint8Array(totalOf(traces) * 16);
  let at = 0;
  for (const { start, end } of traces) {
    ids.set(structure.ids.subarray(start * 16, end * 16), at);
    at += (end - start) * 16;
  }
  return {
    ids,
    resourceOffsets: sliceOffsets(structure.resourceOffsets, traces),
    scopeOffsets: sliceOffsets(structure.scopeOffsets, resources),
    spanOffsets: sliceOffsets(structure.spanOffsets, scopes),
  };
}

function childSpans(offsets: Int32Array, parents: readonly RowSpan[]): RowSpan[] {
  return parents
    .map(({ start, end }) => ({ start: offsets[start]!, end: offsets[end]! }))
    .filter(({ start, end }) => start < end);
}

function sliceOffsets(offsets: Int32Array, parents: readonly RowSpan[]): Int32Array {
  const sliced = new Int32Array(totalOf(parents) + 1);
  let row = 0;
  let children = 0;
  for (const { start, end } of parents)
    for (let parent = start; parent < end; parent++) {
      children += offsets[parent + 1]! - offsets[parent]!;
      sliced[++row] = children;
    }
  return sliced;
}

function totalOf(spans: readonly RowSpan[]): number {
  return spans.reduce((sum, { start, end }) => sum + end - start, 0);
}
