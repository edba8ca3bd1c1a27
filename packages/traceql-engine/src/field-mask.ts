/** Fields tested on their columns: per distinct resource, scope or trace, then mapped to spans. */
import type { BytesColumn, NamedColumn } from '@tempo-ts/span-batch';
import type { Attribute, Field, IntrinsicName } from '@tempo-ts/traceql';
import type { BatchView } from './batch-view.ts';
import {
  attributeMask,
  idColumnMask,
  int32ColumnMask,
  int64ColumnMask,
  keywordColumnMask,
  stringColumnMask,
  type AttributeHome,
  type IdFormat,
} from './column-mask.ts';
import { ANY_VALUE, type ValueTest } from './condition.ts';
import { kindName, statusName } from './keywords.ts';
import { encodeUtf8 } from './hex-text.ts';

export const TRACE_ID: IdFormat = { isTrimmed: true, byteLength: 16 };
export const LINK_TRACE_ID: IdFormat = { isTrimmed: true, byteLength: 16 };
export const SPAN_ID: IdFormat = { isTrimmed: false, byteLength: 8 };

/** A table of the batch that fields belong to. */
export type Lane = 'span' | 'resource' | 'scope' | 'trace' | 'event' | 'link';

/** One byte per row of the table. */
export interface RowMask {
  readonly lane: Lane;
  readonly rows: Uint8Array;
}

/** The rows of the field's table whose value passes. Unscoped attributes are decided per span. */
export function fieldRows(view: BatchView, field: Field, test: ValueTest): RowMask {
  if (field.kind === 'intrinsic') return intrinsicRows(view, field.name, test);
  if (field.scope === 'none') return { lane: 'span', rows: unscopedMask(view, field, test) };
  const lane = attributeLane(field.scope);
  const serviceName = serviceNameMask(view, field, test);
  if (serviceName) return { lane, rows: serviceName };
  return { lane, rows: attributeMask(attributeHome(view, lane, field.name), test) };
}

/** Spans whose field passes. For events and links: spans with some event or link that passes. */
export function fieldMask(view: BatchView, field: Field, test: ValueTest): Uint8Array {
  return spanMask(view, fieldRows(view, field, test));
}

/** The spans of the rows. */
export function spanMask(view: BatchView, { lane, rows }: RowMask): Uint8Array {
  const { batch, spanCount } = view;
  switch (lane) {
    case 'span':
      return rows;
    case 'resource':
      return mapRows(rows, batch.spanResources, spanCount);
    case 'scope':
      return mapRows(rows, batch.spanScopes, spanCount);
    case 'trace':
      return mapRows(rows, batch.spanTraces, spanCount);
    case 'event':
      return parentsOf(rows, batch.spans.eventOffsets, spanCount);
    case 'link':
      return parentsOf(rows, batch.spans.linkOffsets, spanCount);
  }
}

function mapRows(rows: Uint8Array, rowOfSpan: Int32Array, count: number): Uint8Array {
  const mask = new Uint8Array(count);
  if (rows.includes(1))
    for (let span = 0; span < count; span += 1) mask[span] = rows[rowOfSpan[span]!]!;
  return mask;
}

function parentsOf(rows: Uint8Array, offsets: Int32Array, count: number): Uint8Array {
  const mask = new Uint8Array(count);
  let parent = 0;
  for (let row = rows.indexOf(1); row >= 0; row = rows.indexOf(1, row + 1)) {
    while (offsets[parent + 1]! <= row) parent += 1;
    mask[parent] = 1;
  }
  return mask;
}

/** The table of a scope. */
export function attributeLane(scope: Exclude<Attribute['scope'], 'none'>): Lane {
  return scope === 'instrumentation' ? 'scope' : scope;
}

/** Where attributes of the name lie in the table of `lane`. */
export function attributeHome(view: BatchView, lane: Lane, name: string): AttributeHome {
  const { batch } = view;
  const key = encodeUtf8(name);
  switch (lane) {
    case 'span':
      return home(batch.spans, batch.spans.columns, name, key);
    case 'resource':
      return home(batch.resources, batch.resources.columns, name, key);
    case 'scope':
      return home(batch.scopes, [], name, key);
    case 'event':
      return home(batch.events, [], name, key);
    case 'link':
      return home(batch.links, [], name, key);
    case 'trace':
      throw new TypeError('traces have no attributes');
  }
}

function home(
  table: { readonly count: number; readonly attributes: AttributeHome['table'] },
  columns: readonly NamedColumn[],
  name: string,
  key: Uint8Array,
): AttributeHome {
  return {
    table: table.attributes.ofKey?.(key) ?? table.attributes,
    column: columns.find((column) => column.name === name),
    rows: table.count,
    key,
  };
}

/** `resource.service.name` has a column that is never absent. */
function serviceNameMask(
  view: BatchView,
  field: Attribute,
  test: ValueTest,
): Uint8Array | undefined {
  if (field.scope !== 'resource' || field.name !== 'service.name') return undefined;
  const { resources } = view.batch;
  return test.string
    ? stringColumnMask(resources.serviceNames, resources.count, test.string)
    : new Uint8Array(resources.count);
}

/** The span's attribute where it has one, else its resource's. */
function unscopedMask(view: BatchView, field: Attribute, test: ValueTest): Uint8Array {
  const onSpan: Attribute = { ...field, scope: 'span' };
  const onResource: Attribute = { ...field, scope: 'resource' };
  const resource = fieldRows(view, onResource, test).rows;
  const span = fieldRows(view, onSpan, test).rows;
  if (!resource.includes(1)) return span;
  const hasOwn = fieldRows(view, onSpan, ANY_VALUE).rows;
  const mask = new Uint8Array(view.spanCount);
  const { spanResources } = view.batch;
  for (let i = 0; i < view.spanCount; i += 1)
    mask[i] = hasOwn[i] === 1 ? span[i]! : resource[spanResources[i]!]!;
  return mask;
}

function intrinsicRows(view: BatchView, name: IntrinsicName, test: ValueTest): RowMask {
  switch (name) {
    case 'span:id':
    case 'span:parentID':
    case 'trace:id':
    case 'link:traceID':
    case 'link:spanID':
      return idRows(view, name, test);
    case 'name':
    case 'statusMessage':
    case 'rootName':
    case 'rootServiceName':
    case 'event:name':
    case 'instrumentation:name':
    case 'instrumentation:version':
      return textRows(view, name, test);
    case 'status':
    case 'kind':
      return keywordRows(view, name, test);
    case 'duration':
    case 'traceDuration':
    case 'event:timeSinceStart':
    case 'span:childCount':
    case 'nestedSetLeft':
    case 'nestedSetRight':
    case 'nestedSetParent':
      return numberRows(view, name, test);
    case 'parent':
      return { lane: 'span', rows: new Uint8Array(view.spanCount) };
  }
}

function idRows(view: BatchView, name: IntrinsicName, test: ValueTest): RowMask {
  const { batch } = view;
  const { spans, traces } = batch;
  const mask = (column: BytesColumn, rows: number, format: IdFormat) =>
    test.string ? idColumnMask(column, rows, format, test.string) : new Uint8Array(rows);
  switch (name) {
    case 'span:id':
      return { lane: 'span', rows: mask(spans.ids, spans.count, SPAN_ID) };
    case 'span:parentID':
      return { lane: 'span', rows: mask(spans.parentIds, spans.count, SPAN_ID) };
    case 'link:traceID':
      return { lane: 'link', rows: mask(batch.links.traceIds, batch.links.count, LINK_TRACE_ID) };
    case 'link:spanID':
      return { lane: 'link', rows: mask(batch.links.spanIds, batch.links.count, SPAN_ID) };
    default: {
      const offsets = Int32Array.from({ length: traces.count + 1 }, (_, trace) => 16 * trace);
      return { lane: 'trace', rows: mask({ bytes: traces.ids, offsets }, traces.count, TRACE_ID) };
    }
  }
}

function textRows(view: BatchView, name: IntrinsicName, test: ValueTest): RowMask {
  const { batch } = view;
  const { spans, traces } = batch;
  const [lane, table, column] = ((): [Lane, { count: number }, () => typeof spans.names] => {
    switch (name) {
      case 'name':
        return ['span', spans, () => spans.names];
      case 'statusMessage':
        return ['span', spans, () => spans.statusMessages];
      case 'rootName':
        return ['trace', traces, () => traces.rootSpanNames];
      case 'rootServiceName':
        return ['trace', traces, () => traces.rootServiceNames];
      case 'event:name':
        return ['event', batch.events, () => batch.events.names];
      case 'instrumentation:name':
        return ['scope', batch.scopes, () => batch.scopes.names];
      default:
        return ['scope', batch.scopes, () => batch.scopes.versions];
    }
  })();
  if (!test.string) return { lane, rows: new Uint8Array(table.count) };
  return { lane, rows: stringColumnMask(column(), table.count, test.string) };
}

function keywordRows(view: BatchView, name: 'status' | 'kind', test: ValueTest): RowMask {
  const { spans } = view.batch;
  const { keyword } = test;
  if (!keyword) return { lane: 'span', rows: new Uint8Array(spans.count) };
  const rows =
    name === 'status'
      ? keywordColumnMask(spans.statusCodes, spans.count, (code) => keyword(statusName(code)))
      : keywordColumnMask(spans.kinds, spans.count, (kind) => keyword(kindName(kind)));
  return { lane: 'span', rows };
}

function numberRows(view: BatchView, name: IntrinsicName, test: ValueTest): RowMask {
  const { batch } = view;
  const { spans, traces } = batch;
  const range = test.int;
  const int32 = (column: () => Int32Array): RowMask => ({
    lane: 'span',
    rows: range ? int32ColumnMask(column(), spans.count, range) : new Uint8Array(spans.count),
  });
  switch (name) {
    case 'span:childCount':
      return int32(() => view.childCounts);
    case 'nestedSetLeft':
      return int32(() => spans.nestedSetLefts);
    case 'nestedSetRight':
      return int32(() => spans.nestedSetRights);
    case 'nestedSetParent':
      return int32(() => spans.nestedSetParents);
    case 'traceDuration': {
      const rows = range && int64ColumnMask(view.traceDurations, traces.count, range);
      return { lane: 'trace', rows: rows ?? new Uint8Array(traces.count) };
    }
    case 'event:timeSinceStart': {
      const rows =
        range && int64ColumnMask(batch.events.timeSinceStartNanos, batch.events.count, range);
      return { lane: 'event', rows: rows ?? new Uint8Array(batch.events.count) };
    }
    default: {
      const rows = range && int64ColumnMask(spans.durationNanos, spans.count, range);
      return { lane: 'span', rows: rows ?? new Uint8Array(spans.count) };
    }
  }
}
