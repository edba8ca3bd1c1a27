/** Values of one attribute, for autocompletion (spec §12). */
import { create } from '@bufbuild/protobuf';
import { QueryError } from '@tempo-ts/ports';
import { tempopb } from '@tempo-ts/contracts';
import {
  ABSENT,
  AttributeType,
  findCode,
  int64ToBigInt,
  stringOf,
  type StringColumn,
} from '@tempo-ts/span-batch';
import {
  parseIdentifier,
  printFloat,
  TraceQlError,
  type Field,
  type IntrinsicName,
  type Static,
} from '@tempo-ts/traceql';
import { BatchView } from './batch-view.ts';
import { BoundedSet } from './bounded-set.ts';
import { isValue, type AttributeHome } from './column-mask.ts';
import type { CollectOptions } from './collect-tag-names.ts';
import { columnsOfField } from './fetch-conditions.ts';
import { attributeHome, attributeLane, type Lane } from './field-mask.ts';
import { laneOfField, valueReader } from './read-field.ts';
import { rowsOfSpans } from './rows-of-spans.ts';
import type { SpansetSource } from './spanset-source.ts';
import { arrayElements, isArray } from './static-values.ts';
import { parseTagFilter, type TagFilter } from './tag-filter.ts';

/** Intrinsics whose values the language lists. */
const KEYWORD_VALUES: Partial<Record<IntrinsicName, readonly string[]>> = {
  status: ['error', 'ok', 'unset'],
  kind: ['client', 'consumer', 'internal', 'producer', 'server', 'unspecified'],
};

/** Intrinsics whose values are worth listing; those of durations and ids are not. */
const TEXT_INTRINSICS: ReadonlySet<IntrinsicName> = new Set([
  'name',
  'statusMessage',
  'rootName',
  'rootServiceName',
  'event:name',
  'instrumentation:name',
  'instrumentation:version',
]);

/**
 * Distinct values of one attribute, sorted by type and value. Elements of arrays are values of their
 * own.
 *
 * @throws QueryError `invalid` when `tagName` is no attribute of the language.
 */
export async function collectTagValues(
  request: tempopb.SearchTagValuesRequest,
  source: SpansetSource,
  options: CollectOptions,
  signal: AbortSignal,
): Promise<tempopb.SearchTagValuesV2Response> {
  const field = parseTagName(request.tagName);
  const keywords = field.kind === 'intrinsic' ? KEYWORD_VALUES[field.name] : undefined;
  if (keywords) return answer(keywords.map((value) => ({ type: 'keyword', value })));
  if (field.kind === 'intrinsic' && !TEXT_INTRINSICS.has(field.name)) return answer([]);
  const filter = parseTagFilter(request.query, field);
  const values = new ValueSet({ maxBytes: options.maxBytes, maxEntries: request.maxTagValues });
  for (const literal of filter?.literals ?? []) values.add(literal);
  if (!filter?.isDecided) await collect(field, filter, values, request, source, signal);
  return answer(values.sorted());
}

async function collect(
  field: Field,
  filter: TagFilter | undefined,
  values: ValueSet,
  request: tempopb.SearchTagValuesRequest,
  source: SpansetSource,
  signal: AbortSignal,
): Promise<void> {
  const batches = source.fetch({
    columns: new Set([...columnsOfField(field), ...(filter?.columns ?? [])]),
    ...(request.end > 0 ? { startUnixSeconds: request.start, endUnixSeconds: request.end } : {}),
    ...(filter?.candidates ? { candidates: filter.candidates } : {}),
    signal,
  });
  for await (const batch of batches) {
    signal.throwIfAborted();
    const view = new BatchView(batch);
    collectField(view, field, filter?.spans(view), values);
  }
}

function parseTagName(name: string): Field {
  try {
    return parseIdentifier(name);
  } catch (error) {
    if (error instanceof TraceQlError)
      throw new QueryError('invalid', `please provide a valid tagName: ${error.message}`);
    throw error;
  }
}

function answer(values: readonly { type: string; value: string }[]) {
  return create(tempopb.SearchTagValuesV2ResponseSchema, { tagValues: [...values] });
}

function collectField(
  view: BatchView,
  field: Field,
  spans: Uint8Array | undefined,
  values: ValueSet,
): void {
  const rows = (lane: Lane) => spans && rowsOfSpans(view, lane, spans);
  if (field.kind === 'intrinsic') {
    const lane = laneOfField(field);
    const column = intrinsicColumn(view, field.name);
    collectTexts(column, rows(lane), values, field.name === 'rootServiceName');
    return;
  }
  const lanes: readonly Lane[] =
    field.scope === 'none' ? ['resource', 'span'] : [attributeLane(field.scope)];
  for (const lane of lanes) {
    if (lane === 'resource' && field.name === 'service.name')
      collectTexts(view.batch.resources.serviceNames, rows(lane), values, true);
    else collectAttribute(attributeHome(view, lane, field.name), rows(lane), values);
  }
}

function intrinsicColumn(view: BatchView, name: IntrinsicName): StringColumn {
  const { batch } = view;
  switch (name) {
    case 'name':
      return batch.spans.names;
    case 'statusMessage':
      return batch.spans.statusMessages;
    case 'rootName':
      return batch.traces.rootSpanNames;
    case 'rootServiceName':
      return batch.traces.rootServiceNames;
    case 'event:name':
      return batch.events.names;
    case 'instrumentation:name':
      return batch.scopes.names;
    default:
      return batch.scopes.versions;
  }
}

/**
 * Columns that are never absent hold the empty string for nothing, which is no value; but for service
 * names, as Tempo lists it there: spans without service.name can be found by `""`.
 */
function collectTexts(
  column: StringColumn,
  rows: Uint8Array | undefined,
  values: ValueSet,
  listsEmpty: boolean,
): void {
  for (const code of usedCodes(column, rows)) {
    const value = stringOf(column.dictionary, code);
    if (value !== '' || listsEmpty) values.add({ type: 'string', value });
  }
  if (listsEmpty && column.codes.some((code, row) => code === ABSENT && rows?.[row] !== 0))
    values.add({ type: 'string', value: '' });
}

function usedCodes(column: StringColumn, rows: Uint8Array | undefined): number[] {
  const { codes, dictionary } = column;
  const isUsed = new Uint8Array(dictionary.count);
  for (let row = 0; row < codes.length; row += 1)
    if (rows?.[row] !== 0 && codes[row]! >= 0) isUsed[codes[row]!] = 1;
  const used: number[] = [];
  for (let code = isUsed.indexOf(1); code >= 0; code = isUsed.indexOf(1, code + 1)) used.push(code);
  return used;
}

function collectAttribute(
  home: AttributeHome,
  rows: Uint8Array | undefined,
  values: ValueSet,
): void {
  const { column, table } = home;
  if (column?.type === 'string')
    for (const code of usedCodes(column.strings, rows))
      values.add({ type: 'string', value: stringOf(column.strings.dictionary, code) });
  if (column?.type === 'int')
    for (let row = 0; row < home.rows; row += 1)
      if (column.present[row] === 1 && rows?.[row] !== 0)
        values.add({ type: 'int', value: int64ToBigInt(column.ints, row) });
  const keyCode = findCode(table.keys.dictionary, home.key);
  if (keyCode === ABSENT) return;
  const pick = { home, keyCode, rows };
  const isString = new Uint8Array(table.strings.dictionary.count);
  const read = valueReader(table);
  const { types, positions } = table;
  const { codes } = table.strings;
  forEachOfKey(pick, (i) => {
    // Strings recur: each is made once.
    if (types[i] === AttributeType.String) isString[codes[positions[i]!]!] = 1;
    else if (isValue(types[i]!)) values.add(read(i));
  });
  for (let code = isString.indexOf(1); code >= 0; code = isString.indexOf(1, code + 1))
    values.add({ type: 'string', value: stringOf(table.strings.dictionary, code) });
}

/** Calls `visit` for the attributes of the key on the rows. */
function forEachOfKey(
  { home, keyCode, rows }: { home: AttributeHome; keyCode: number; rows: Uint8Array | undefined },
  visit: (i: number) => void,
): void {
  const { table } = home;
  const { codes } = table.keys;
  const parents = table.parents?.();
  if (parents) {
    for (let i = 0; i < parents.length; i += 1)
      if (codes[i] === keyCode && rows?.[parents[i]!] !== 0) visit(i);
    return;
  }
  const { offsets } = table;
  for (let row = 0; row < home.rows; row += 1) {
    if (rows?.[row] === 0) continue;
    for (let i = offsets[row]!; i < offsets[row + 1]!; i += 1) if (codes[i] === keyCode) visit(i);
  }
}

/** Distinct values by type and text. */
class ValueSet {
  readonly #seen = new Set<Static>();
  readonly #entries: BoundedSet;

  constructor(limits: { readonly maxBytes: number; readonly maxEntries: number }) {
    this.#entries = new BoundedSet(limits);
  }

  add(value: Static): void {
    if (isArray(value)) {
      for (const element of arrayElements(value)) this.add(element);
      return;
    }
    // Strings of one dictionary come as the same object every time.
    if (this.#seen.has(value)) return;
    if (value.type === 'string' && this.#seen.size < MAX_SEEN) this.#seen.add(value);
    this.#entries.add(`${typeName(value)}:${valueText(value)}`);
  }

  sorted(): { type: string; value: string }[] {
    return this.#entries.sorted().map((entry) => {
      const colon = entry.indexOf(':');
      return { type: entry.slice(0, colon), value: entry.slice(colon + 1) };
    });
  }
}

const MAX_SEEN = 65_536;

function typeName(value: Static): string {
  return value.type === 'status' || value.type === 'kind' ? 'keyword' : value.type;
}

function valueText(value: Static): string {
  if (value.type === 'float') return printFloat(value.value).replace(/\.0$/, '');
  return value.type === 'nil' ? 'nil' : String((value as { value: unknown }).value);
}
