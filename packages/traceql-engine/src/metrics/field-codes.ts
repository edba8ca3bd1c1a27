/**
 * Fields as group codes: a small number per span, equal for equal values, decided once per distinct
 * value where the column has a dictionary. Code 0 means that there is no value.
 */
import type { LabelValue } from '@tempo-ts/ports';
import {
  ABSENT,
  AttributeType,
  findCode,
  int64ToBigInt,
  int64ToNumber,
  stringOf,
  type Int64Column,
  type StringColumn,
  type TraceTable,
} from '@tempo-ts/span-batch';
import type { Attribute, Field, IntrinsicName } from '@tempo-ts/traceql';
import type { BatchView } from '../batch-view.ts';
import { isValue, type AttributeHome } from '../column-mask.ts';
import { attributeHome, attributeLane, type Lane } from '../field-mask.ts';
import { traceIdText } from '../hex-text.ts';
import { kindName, statusName } from '../keywords.ts';
import { fieldReader, type Row } from '../read-field.ts';
import { isArray } from '../static-values.ts';
import { labelValueOf } from './labels.ts';

export interface FieldCodes {
  /** One code per span. */
  readonly codes: Int32Array;
  /** Code → value; the first entry is undefined. Two codes may have one value. */
  readonly values: readonly (LabelValue | undefined)[];
}

export interface FieldCodesOptions {
  /** What arrays count as; absent: as no value. */
  readonly arrayValue?: LabelValue;
  /** Only spans with a bucket need a code. */
  readonly intervals: Int32Array;
}

/** The codes of a field over all spans of a batch. */
export function fieldCodes(view: BatchView, field: Field, options: FieldCodesOptions): FieldCodes {
  if (field.kind === 'intrinsic') return intrinsicCodes(view, field, options);
  if (field.scope === 'none') return unscopedCodes(view, field, options);
  const lane = attributeLane(field.scope);
  if (lane === 'event' || lane === 'link') return readCodes(view, field, options);
  const { resources } = view.batch;
  const ofRows =
    lane === 'resource' && field.name === 'service.name'
      ? textCodes(resources.serviceNames, resources.count)
      : attributeCodes(attributeHome(view, lane, field.name), options);
  return spread(view, lane, ofRows);
}

/** From the rows of a table to the spans that have them. */
function spread(view: BatchView, lane: Lane, { codes, values }: FieldCodes): FieldCodes {
  const { spanResources, spanScopes, spanTraces } = view.batch;
  const rowOfSpan =
    lane === 'resource' ? spanResources : lane === 'scope' ? spanScopes : spanTraces;
  if (lane === 'span') return { codes, values };
  const ofSpans = new Int32Array(view.spanCount);
  for (let span = 0; span < ofSpans.length; span += 1) ofSpans[span] = codes[rowOfSpan[span]!]!;
  return { codes: ofSpans, values };
}

/** Numbers values as they are met. */
class Numbering {
  readonly values: (LabelValue | undefined)[] = [undefined];
  readonly #codes = new Map<LabelValue, number>();
  /** The same for integers that are exact as doubles, so that no bigint is made per row. */
  readonly #safeInts = new Map<number, number>();

  codeOf(value: LabelValue): number {
    const known = this.#codes.get(value);
    if (known !== undefined) return known;
    const code = this.values.length;
    this.values.push(value);
    this.#codes.set(value, code);
    return code;
  }

  /** The code of a 64-bit integer. */
  codeOfInt(ints: Int64Column, row: number): number {
    const value = int64ToNumber(ints, row);
    if (!Number.isSafeInteger(value)) return this.codeOf(int64ToBigInt(ints, row));
    let code = this.#safeInts.get(value);
    if (code === undefined) {
      code = this.codeOf(BigInt(value));
      this.#safeInts.set(value, code);
    }
    return code;
  }

  /** Codes of the strings of a column, looked up once per string. */
  ofStrings({ dictionary }: StringColumn): (code: number) => number {
    const known = new Int32Array(dictionary.count);
    return (code) => (known[code] ||= this.codeOf(stringOf(dictionary, code)));
  }
}

/** A row without a string has the empty one. */
function textCodes(column: StringColumn, rows: number): FieldCodes {
  const numbering = new Numbering();
  const codeOf = numbering.ofStrings(column);
  const codes = new Int32Array(rows);
  for (let row = 0; row < rows; row += 1) {
    const code = column.codes[row]!;
    codes[row] = code < 0 ? numbering.codeOf('') : codeOf(code);
  }
  return { codes, values: numbering.values };
}

/** Every trace of a batch has another id. */
function traceIdCodes({ ids, count }: TraceTable): FieldCodes {
  const texts = Array.from({ length: count }, (_, trace) =>
    traceIdText(ids, 16 * trace, 16 * trace + 16),
  );
  return {
    codes: Int32Array.from({ length: count }, (_, trace) => trace + 1),
    values: [undefined, ...texts],
  };
}

function keywordCodes(column: Int32Array, rows: number, nameOf: (n: number) => string): FieldCodes {
  const numbering = new Numbering();
  const known: number[] = [];
  const codes = new Int32Array(rows);
  for (let row = 0; row < rows; row += 1) {
    const number = column[row]!;
    codes[row] =
      number >= 0 && number < 8
        ? (known[number] ??= numbering.codeOf(nameOf(number)))
        : numbering.codeOf(nameOf(number));
  }
  return { codes, values: numbering.values };
}

/** The column of its own comes first, then the first attribute of the name. */
function attributeCodes(home: AttributeHome, options: FieldCodesOptions): FieldCodes {
  const numbering = new Numbering();
  const codes = new Int32Array(home.rows);
  const { column, table } = home;
  if (column?.type === 'int')
    for (let row = 0; row < codes.length; row += 1)
      if (column.present[row] === 1) codes[row] = numbering.codeOfInt(column.ints, row);
  if (column?.type === 'string') {
    const codeOf = numbering.ofStrings(column.strings);
    for (let row = 0; row < codes.length; row += 1) {
      const code = column.strings.codes[row]!;
      if (code >= 0) codes[row] = codeOf(code);
    }
  }
  const keyCode = findCode(table.keys.dictionary, home.key);
  if (keyCode !== ABSENT) addTableCodes(home, keyCode, codes, numbering, options);
  return { codes, values: numbering.values };
}

/** Taken by a value that has no label. */
const NO_LABEL = -1;

function addTableCodes(
  { table, rows }: AttributeHome,
  keyCode: number,
  codes: Int32Array,
  numbering: Numbering,
  { arrayValue }: FieldCodesOptions,
): void {
  const { offsets, types, positions } = table;
  const keys = table.keys.codes;
  const codeOfString = numbering.ofStrings(table.strings);
  const arrayCode = arrayValue === undefined ? NO_LABEL : numbering.codeOf(arrayValue);
  const codeAt = (type: number, position: number): number => {
    switch (type) {
      case AttributeType.String:
        return codeOfString(table.strings.codes[position]!);
      case AttributeType.Int:
        return numbering.codeOfInt(table.ints, position);
      case AttributeType.Double:
        return numbering.codeOf(table.doubles[position]!);
      default:
        return numbering.codeOf(table.bools[position] === 1);
    }
  };
  const total = offsets[rows]!;
  let row = 0;
  let isUnlabelled = false;
  for (let i = offsets[0]!; i < total; i += 1) {
    if (keys[i] !== keyCode) continue;
    const type = types[i]!;
    while (offsets[row + 1]! <= i) row += 1;
    if (codes[row] !== 0 || !isValue(type)) continue;
    if (type < AttributeType.StringArray) codes[row] = codeAt(type, positions[i]!);
    else {
      const array = positions[i]!;
      const start = table.arrays.starts[array]!;
      const isAlone = table.arrays.counts[array] === 1;
      codes[row] = isAlone ? codeAt(type - AttributeType.StringArray, start) : arrayCode;
      isUnlabelled ||= codes[row] === NO_LABEL;
    }
  }
  if (isUnlabelled) for (row = 0; row < rows; row += 1) if (codes[row] === NO_LABEL) codes[row] = 0;
}

/** The span's attribute where it has one, else its resource's. */
function unscopedCodes(view: BatchView, field: Attribute, options: FieldCodesOptions): FieldCodes {
  if (hidesWithArrays(view, field)) return readCodes(view, field, options);
  const own = attributeCodes(attributeHome(view, 'span', field.name), options);
  const onResource = fieldCodes(view, { ...field, scope: 'resource' }, options);
  const shift = own.values.length - 1;
  const codes = own.codes;
  for (let span = 0; span < codes.length; span += 1)
    if (codes[span] === 0 && onResource.codes[span]! > 0)
      codes[span] = onResource.codes[span]! + shift;
  return { codes, values: [...own.values, ...onResource.values.slice(1)] };
}

/** Whether some span attribute of the name is an array: it has no code, yet hides the resource's. */
function hidesWithArrays(view: BatchView, field: Attribute): boolean {
  const { table, key } = attributeHome(view, 'span', field.name);
  const keyCode = findCode(table.keys.dictionary, key);
  if (keyCode === ABSENT) return false;
  const { types } = table;
  const keys = table.keys.codes;
  const total = table.offsets[view.spanCount]!;
  for (let i = table.offsets[0]!; i < total; i += 1)
    if (types[i]! >= AttributeType.StringArray && keys[i] === keyCode) return true;
  return false;
}

/** What spans without an event or link have in place of its intrinsics; Tempo labels series so. */
const EMPTY_VALUES: Partial<Record<IntrinsicName, LabelValue>> = {
  'event:name': '',
  'event:timeSinceStart': '0s',
  'link:traceID': '',
  'link:spanID': '0000000000000000',
};

function intrinsicCodes(
  view: BatchView,
  field: Extract<Field, { kind: 'intrinsic' }>,
  options: FieldCodesOptions,
): FieldCodes {
  const { spans, traces, scopes } = view.batch;
  switch (field.name) {
    case 'name':
      return textCodes(spans.names, spans.count);
    case 'statusMessage':
      return textCodes(spans.statusMessages, spans.count);
    case 'rootName':
      return spread(view, 'trace', textCodes(traces.rootSpanNames, traces.count));
    case 'rootServiceName':
      return spread(view, 'trace', textCodes(traces.rootServiceNames, traces.count));
    case 'instrumentation:name':
      return spread(view, 'scope', textCodes(scopes.names, scopes.count));
    case 'instrumentation:version':
      return spread(view, 'scope', textCodes(scopes.versions, scopes.count));
    case 'trace:id':
      return spread(view, 'trace', traceIdCodes(traces));
    case 'status':
      return keywordCodes(spans.statusCodes, spans.count, statusName);
    case 'kind':
      return keywordCodes(spans.kinds, spans.count, kindName);
    default:
      return readCodes(view, field, options, EMPTY_VALUES[field.name]);
  }
}

/** Span by span, for what has no column to decide on. */
function readCodes(
  view: BatchView,
  field: Field,
  { intervals, arrayValue }: FieldCodesOptions,
  missing?: LabelValue,
): FieldCodes {
  const read = fieldReader(view, field);
  const numbering = new Numbering();
  const codes = new Int32Array(view.spanCount);
  const row: Row = { span: 0, event: -1, link: -1 };
  for (let span = 0; span < codes.length; span += 1) {
    if (intervals[span]! < 0) continue;
    row.span = span;
    const value = read(row);
    const label =
      value.type === 'nil' ? missing : isArray(value) ? arrayValue : labelValueOf(value);
    if (label !== undefined) codes[span] = numbering.codeOf(label);
  }
  return { codes, values: numbering.values };
}
