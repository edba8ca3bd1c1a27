/** Names of attributes, for autocompletion (spec §12). */
import { create } from '@bufbuild/protobuf';
import { QueryError } from '@tempo-ts/ports';
import { tempopb } from '@tempo-ts/contracts';
import {
  ABSENT,
  stringOf,
  type AttributeTable,
  type BatchColumn,
  type NamedColumn,
  type SpanBatch,
  type StringDictionary,
} from '@tempo-ts/span-batch';
import { BatchView } from './batch-view.ts';
import { BoundedSet } from './bounded-set.ts';
import type { Lane } from './field-mask.ts';
import { rowsOfSpans } from './rows-of-spans.ts';
import type { SpansetSource } from './spanset-source.ts';
import { parseTagFilter } from './tag-filter.ts';

export interface CollectOptions {
  /** Names and values beyond this many bytes are left out. */
  readonly maxBytes: number;
}

/** Scopes with attributes, in the order of the answer. */
export const TAG_SCOPES = ['event', 'instrumentation', 'link', 'resource', 'span'] as const;
export type TagScope = (typeof TAG_SCOPES)[number];

const SCOPE_COLUMNS: Readonly<Record<TagScope, readonly BatchColumn[]>> = {
  event: ['span.events', 'event.attributes'],
  instrumentation: ['scope.attributes'],
  link: ['span.links', 'link.attributes'],
  resource: ['resource.attributes', 'resource.serviceName', 'resource.column:*'],
  span: ['span.attributes', 'span.column:*'],
};

/**
 * Attribute names per scope, sorted; the scopes that have none are left out. The scope `intrinsic`
 * needs no data and is not answered here.
 *
 * @throws QueryError `invalid` for a scope that does not exist.
 */
export async function collectTagNames(
  request: tempopb.SearchTagsRequest,
  source: SpansetSource,
  options: CollectOptions,
  signal: AbortSignal,
): Promise<tempopb.SearchTagsV2Response> {
  const scopes = scopesOf(request.scope);
  if (scopes.length === 0) return create(tempopb.SearchTagsV2ResponseSchema);
  const filter = parseTagFilter(request.query);
  const limits = { maxBytes: options.maxBytes, maxEntries: request.maxTagsPerScope };
  const names = new Map(scopes.map((scope) => [scope, new BoundedSet(limits)]));
  const columns = new Set([
    ...scopes.flatMap((scope) => SCOPE_COLUMNS[scope]),
    ...(filter?.columns ?? []),
  ]);
  const batches = source.fetch({
    columns,
    ...(request.end > 0 ? { startUnixSeconds: request.start, endUnixSeconds: request.end } : {}),
    ...(filter?.candidates ? { candidates: filter.candidates } : {}),
    signal,
  });
  for await (const batch of batches) {
    signal.throwIfAborted();
    const view = new BatchView(batch);
    const spans = filter?.spans(view);
    for (const [scope, found] of names)
      for (const name of namesOf(view, scope, spans)) found.add(name);
  }
  return create(tempopb.SearchTagsV2ResponseSchema, {
    scopes: [...names]
      .filter(([, found]) => found.size > 0)
      .map(([name, found]) => ({ name, tags: found.sorted() })),
  });
}

function scopesOf(scope: string): readonly TagScope[] {
  if (scope === '' || scope === 'none') return TAG_SCOPES;
  if (scope === 'intrinsic') return [];
  const found = TAG_SCOPES.find((known) => known === scope);
  if (!found) throw new QueryError('invalid', `invalid scope: ${scope}`);
  return [found];
}

/** The table of a scope. */
export function laneOfScope(scope: TagScope): Lane {
  return scope === 'instrumentation' ? 'scope' : scope;
}

/** Names on the rows of `spans`; on all rows when that is undefined. Sorted. */
function namesOf(view: BatchView, scope: TagScope, spans: Uint8Array | undefined): string[] {
  const lane = laneOfScope(scope);
  const rows = spans && rowsOfSpans(view, lane, spans);
  const { table, columns, count } = tableOf(view.batch, scope);
  const names = columns
    .filter((column) => hasValue(column, count, rows))
    .map((column) => column.name);
  if (scope === 'resource' && hasServiceName(view.batch, rows)) names.push('service.name');
  names.push(...keysOf(table, count, rows));
  return names.toSorted();
}

function tableOf(batch: SpanBatch, scope: TagScope) {
  switch (scope) {
    case 'event':
      return { table: batch.events.attributes, columns: [], count: batch.events.count };
    case 'link':
      return { table: batch.links.attributes, columns: [], count: batch.links.count };
    case 'instrumentation':
      return { table: batch.scopes.attributes, columns: [], count: batch.scopes.count };
    case 'resource':
    case 'span': {
      const { attributes, columns, count } = scope === 'span' ? batch.spans : batch.resources;
      return { table: attributes, columns, count };
    }
  }
}

function hasValue(column: NamedColumn, count: number, rows: Uint8Array | undefined): boolean {
  if (column.type === 'int') {
    const { present } = column;
    for (let row = 0; row < count; row += 1)
      if (present[row] === 1 && rows?.[row] !== 0) return true;
    return false;
  }
  const { codes } = column.strings;
  for (let row = 0; row < count; row += 1)
    if (codes[row] !== ABSENT && rows?.[row] !== 0) return true;
  return false;
}

function hasServiceName(batch: SpanBatch, rows: Uint8Array | undefined): boolean {
  const { serviceNames, count } = batch.resources;
  const { codes, dictionary } = serviceNames;
  const { offsets } = dictionary;
  for (let row = 0; row < count; row += 1) {
    const code = codes[row]!;
    if (code >= 0 && offsets[code] !== offsets[code + 1] && rows?.[row] !== 0) return true;
  }
  return false;
}

function keysOf(table: AttributeTable, count: number, rows: Uint8Array | undefined): string[] {
  const { dictionary } = table.keys;
  const isUsed = rows ? undefined : table.usedKeys?.();
  return textsOf(dictionary, isUsed ?? usedKeysOf(table, count, rows));
}

function usedKeysOf(table: AttributeTable, count: number, rows: Uint8Array | undefined) {
  const { offsets } = table;
  const { dictionary, codes } = table.keys;
  const isUsed = new Uint8Array(dictionary.count);
  if (rows) {
    for (let row = 0; row < count; row += 1)
      if (rows[row] === 1)
        for (let i = offsets[row]!; i < offsets[row + 1]!; i += 1) isUsed[codes[i]!] = 1;
  } else {
    const total = offsets[count]!;
    for (let i = 0; i < total; i += 1) isUsed[codes[i]!] = 1;
  }
  return isUsed;
}

function textsOf(dictionary: StringDictionary, isUsed: Uint8Array): string[] {
  const keys: string[] = [];
  for (let code = 0; code < isUsed.length; code += 1)
    if (isUsed[code] === 1) keys.push(stringOf(dictionary, code));
  return keys;
}
