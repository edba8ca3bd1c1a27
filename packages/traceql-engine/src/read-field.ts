/** Fields of single spans as values: the way of everything that is not a test of a column. */
import {
  ABSENT,
  type AttributeTable,
  AttributeType,
  type BytesColumn,
  findCode,
  int64ToBigInt,
  type StringColumn,
  type StringDictionary,
  stringOf,
} from '@tempo-ts/span-batch';
import type { Attribute, Field, IntrinsicName, Static } from '@tempo-ts/traceql';
import type { BatchView } from './batch-view.ts';
import { idText, isValue, type AttributeHome, type IdFormat } from './column-mask.ts';
import { attributeHome, attributeLane, LINK_TRACE_ID, SPAN_ID, type Lane } from './field-mask.ts';
import { kindName, statusName } from './keywords.ts';
import { arrayOf, NIL } from './static-values.ts';
import { traceIdText } from './hex-text.ts';

/** A span, and the event or link an enclosing condition is about (-1: none in particular). */
export interface Row {
  span: number;
  event: number;
  link: number;
}

/** The value of a field; nil where there is none. */
export type FieldReader = (row: Row) => Static;

const EMPTY_STRING: Static = { type: 'string', value: '' };

/**
 * Reads `field`. Of a span's events and links, the one the row names; if it names none, the first
 * that has a value.
 */
export function fieldReader(view: BatchView, field: Field): FieldReader {
  if (field.kind === 'intrinsic') return intrinsicReader(view, field.name);
  if (field.scope === 'none') return unscopedReader(view, field);
  const lane = attributeLane(field.scope);
  return laneReader(view, lane, rowReader(view, lane, field));
}

/** Reads the field of one row of its own table; for unscoped attributes, that of a span. */
export function laneOfField(field: Field): Lane {
  if (field.kind === 'attribute')
    return field.scope === 'none' ? 'span' : attributeLane(field.scope);
  if (field.name.startsWith('event:')) return 'event';
  if (field.name.startsWith('link:')) return 'link';
  if (field.name.startsWith('instrumentation:')) return 'scope';
  return ['trace:id', 'traceDuration', 'rootName', 'rootServiceName'].includes(field.name)
    ? 'trace'
    : 'span';
}

type RowReader = (row: number) => Static;

function unscopedReader(view: BatchView, field: Attribute): FieldReader {
  const onSpan = fieldReader(view, { ...field, scope: 'span' });
  const onResource = fieldReader(view, { ...field, scope: 'resource' });
  return (row) => {
    const value = onSpan(row);
    return value.type === 'nil' ? onResource(row) : value;
  };
}

/** From the row of a table to the span, or to the event or link in question. */
function laneReader(view: BatchView, lane: Lane, read: RowReader): FieldReader {
  // Columns of a block are made when they are looked at.
  const { batch } = view;
  switch (lane) {
    case 'span':
      return (row) => read(row.span);
    case 'resource':
      return ofDistinct(batch.spanResources, read);
    case 'scope':
      return ofDistinct(batch.spanScopes, read);
    case 'trace': {
      const { spanTraces } = batch;
      return (row) => read(spanTraces[row.span]!);
    }
    case 'event':
      return (row) =>
        row.event >= 0 ? read(row.event) : firstValue(batch.spans.eventOffsets, row.span, read);
    case 'link':
      return (row) =>
        row.link >= 0 ? read(row.link) : firstValue(batch.spans.linkOffsets, row.span, read);
  }
}

/** Each distinct resource or scope is read once. */
function ofDistinct(rowOfSpan: Int32Array, read: RowReader): FieldReader {
  // Few rows are read of many: a list for all would cost more than it saves.
  const known = new Map<number, Static>();
  return (row) => {
    const distinct = rowOfSpan[row.span]!;
    const found = known.get(distinct);
    if (found) return found;
    const value = read(distinct);
    known.set(distinct, value);
    return value;
  };
}

function firstValue(offsets: Int32Array, span: number, read: RowReader): Static {
  const end = offsets[span + 1]!;
  for (let row = offsets[span]!; row < end; row += 1) {
    const value = read(row);
    if (value.type !== 'nil') return value;
  }
  return NIL;
}

function rowReader(view: BatchView, lane: Lane, field: Attribute): RowReader {
  if (field.scope === 'resource' && field.name === 'service.name')
    return textReader(view.batch.resources.serviceNames);
  return attributeReader(attributeHome(view, lane, field.name));
}

function attributeReader(home: AttributeHome): RowReader {
  const { column } = home;
  const readTable = tableReader(home);
  if (!column) return readTable;
  if (column.type === 'int')
    return (row) =>
      column.present[row] === 1
        ? { type: 'int', value: int64ToBigInt(column.ints, row) }
        : readTable(row);
  const texts = textStatics(column.strings.dictionary);
  return (row) => {
    const code = column.strings.codes[row]!;
    return code < 0 ? readTable(row) : texts(code);
  };
}

function tableReader({ table, key }: AttributeHome): RowReader {
  const keyCode = findCode(table.keys.dictionary, key);
  if (keyCode === ABSENT) return () => NIL;
  const { offsets, types } = table;
  const keys = table.keys.codes;
  const read = valueReader(table);
  return (row) => {
    const end = offsets[row + 1]!;
    for (let i = offsets[row]!; i < end; i += 1)
      if (keys[i] === keyCode && isValue(types[i]!)) return read(i);
    return NIL;
  };
}

/** Reads the value of attribute `i` of a table. An array of one element is that element. */
export function valueReader(table: AttributeTable): (i: number) => Static {
  const texts = textStatics(table.strings.dictionary);
  const scalar = (type: number, position: number): Static => {
    switch (type) {
      case AttributeType.String:
        return texts(table.strings.codes[position]!);
      case AttributeType.Int:
        return { type: 'int', value: int64ToBigInt(table.ints, position) };
      case AttributeType.Double:
        return { type: 'float', value: table.doubles[position]! };
      case AttributeType.Bool:
        return { type: 'bool', value: table.bools[position] === 1 };
      default:
        return NIL;
    }
  };
  return (i) => {
    const type = table.types[i]!;
    const position = table.positions[i]!;
    if (type < AttributeType.StringArray) return scalar(type, position);
    if (type === AttributeType.EmptyArray) return NIL;
    const start = table.arrays.starts[position]!;
    const count = table.arrays.counts[position]!;
    const elementType = type - AttributeType.StringArray;
    return arrayOf(Array.from({ length: count }, (_, e) => scalar(elementType, start + e)));
  };
}

/** One value per code, made once. */
function textStatics(dictionary: StringDictionary): (code: number) => Static {
  const make = (code: number): Static => ({ type: 'string', value: stringOf(dictionary, code) });
  if (dictionary.count <= MAX_LISTED_TEXTS) {
    const known = Array.from<Static | undefined>({ length: dictionary.count });
    return (code) => (known[code] ??= make(code));
  }
  const known = new Map<number, Static>();
  return (code) => {
    const found = known.get(code);
    if (found) return found;
    const made = make(code);
    known.set(code, made);
    return made;
  };
}

/** A list for all strings of a larger dictionary would cost more than it saves. */
const MAX_LISTED_TEXTS = 1024;

/** A row without a string has the empty one. */
function textReader(column: StringColumn): RowReader {
  const texts = textStatics(column.dictionary);
  return (row) => {
    const code = column.codes[row]!;
    return code < 0 ? EMPTY_STRING : texts(code);
  };
}

function idReader(column: BytesColumn, format: IdFormat): RowReader {
  return (row) => ({
    type: 'string',
    value: idText(column.bytes, column.offsets[row]!, column.offsets[row + 1]!, format),
  });
}

function intrinsicReader(view: BatchView, name: IntrinsicName): FieldReader {
  const lane = laneOfField({ kind: 'intrinsic', name });
  return laneReader(view, lane, intrinsicRowReader(view, name));
}

function intrinsicRowReader(view: BatchView, name: IntrinsicName): RowReader {
  const { batch } = view;
  const { spans, traces } = batch;
  switch (name) {
    case 'duration':
      return (row) => ({ type: 'duration', value: int64ToBigInt(spans.durationNanos, row) });
    case 'traceDuration':
      return (row) => ({ type: 'duration', value: int64ToBigInt(view.traceDurations, row) });
    case 'event:timeSinceStart':
      return (row) => ({
        type: 'duration',
        value: int64ToBigInt(batch.events.timeSinceStartNanos, row),
      });
    case 'name':
      return textReader(spans.names);
    case 'statusMessage':
      return textReader(spans.statusMessages);
    case 'rootName':
      return textReader(traces.rootSpanNames);
    case 'rootServiceName':
      return textReader(traces.rootServiceNames);
    case 'event:name':
      return textReader(batch.events.names);
    case 'instrumentation:name':
      return textReader(batch.scopes.names);
    case 'instrumentation:version':
      return textReader(batch.scopes.versions);
    case 'status':
      return (row) => ({ type: 'status', value: statusName(spans.statusCodes[row]!) });
    case 'kind':
      return (row) => ({ type: 'kind', value: kindName(spans.kinds[row]!) });
    case 'span:id':
      return idReader(spans.ids, SPAN_ID);
    case 'span:parentID':
      return idReader(spans.parentIds, SPAN_ID);
    case 'link:traceID':
      return idReader(batch.links.traceIds, LINK_TRACE_ID);
    case 'link:spanID':
      return idReader(batch.links.spanIds, SPAN_ID);
    case 'trace:id':
      return (row) => ({ type: 'string', value: traceIdText(traces.ids, 16 * row, 16 * row + 16) });
    case 'span:childCount':
      return (row) => ({ type: 'int', value: BigInt(view.childCounts[row]!) });
    case 'nestedSetLeft':
      return (row) => ({ type: 'int', value: BigInt(spans.nestedSetLefts[row]!) });
    case 'nestedSetRight':
      return (row) => ({ type: 'int', value: BigInt(spans.nestedSetRights[row]!) });
    case 'nestedSetParent':
      return (row) => ({ type: 'int', value: BigInt(spans.nestedSetParents[row]!) });
    case 'parent':
      return () => NIL;
  }
}
