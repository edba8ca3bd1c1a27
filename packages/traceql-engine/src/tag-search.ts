/**
 * Search requests as they come over the wire: TraceQL, or the legacy tags and durations
 * (`GET /api/search?tags=…`), which find traces without saying which spans matched.
 *
 * Every tag must be met within one resource of the trace: by the resource itself, or by any of its
 * spans, each tag by another span if need be. Well-known and dedicated columns are searched for a
 * substring, other attributes for equal strings.
 */
import { QueryError } from '@tempo-ts/ports';
import type { tempopb } from '@tempo-ts/contracts';
import type { BatchColumn } from '@tempo-ts/span-batch';
import { parseQuery, TraceQlError } from '@tempo-ts/traceql';
import { BatchView } from './batch-view.ts';
import {
  attributeMask,
  int64ColumnMask,
  namedColumnMask,
  stringColumnMask,
} from './column-mask.ts';
import { valueTestOf, type StringTest, type ValueTest } from './condition.ts';
import { attributeHome, spanMask } from './field-mask.ts';
import { encodeUtf8 } from './hex-text.ts';
import { int64Range } from './int64.ts';
import { statusCode } from './keywords.ts';
import { timeRange, type SearchOptions, type SearchPlan } from './search-plan.ts';
import { planSearch } from './plan-search.ts';
import { TRACE_COLUMNS } from './search-result.ts';

/** Tempo's limit where a request names none. */
const DEFAULT_LIMIT = 20;

/**
 * The plan of a request: its `Query`, or its `Tags`, `MinDurationMs` and `MaxDurationMs`; all traces
 * when it has none of them.
 *
 * @throws QueryError `invalid` for a query that does not parse or validate.
 */
export function planFromRequest(request: tempopb.SearchRequest): SearchPlan {
  const options: SearchOptions = {
    limit: request.Limit || DEFAULT_LIMIT,
    spansPerSpanSet: request.SpansPerSpanSet,
    ...(request.end > 0 ? { startUnixSeconds: request.start, endUnixSeconds: request.end } : {}),
  };
  return request.Query === '' ? planTagSearch(request, options) : planQuery(request.Query, options);
}

function planQuery(text: string, options: SearchOptions): SearchPlan {
  try {
    return planSearch(parseQuery(text), options);
  } catch (error) {
    if (error instanceof TraceQlError) throw new QueryError('invalid', error.message);
    throw error;
  }
}

type TagConditions = Pick<tempopb.SearchRequest, 'Tags' | 'MinDurationMs' | 'MaxDurationMs'>;

function planTagSearch(request: TagConditions, options: SearchOptions): SearchPlan {
  const tags = Object.entries(request.Tags).map(([key, value]) => tagCondition(key, value));
  const columns = new Set<BatchColumn>(TRACE_COLUMNS);
  for (const tag of tags) for (const column of tag.columns) columns.add(column);
  const first = tags.find((tag) => !tag.isOfWholeTrace);
  return {
    options,
    fetch: {
      columns,
      ...timeRange(options),
      ...(first ? { candidates: (batch) => tracesOf(new BatchView(batch), first) } : {}),
    },
    isEmpty: false,
    match: (view) => ({ traces: matchTags(view, tags, request), spanSets: () => [] }),
  };
}

/** The traces with an entry that meets the tag. */
function tracesOf(view: BatchView, tag: TagCondition): Uint8Array {
  return tracesWithEntries(view, entriesWithTag(view, tag));
}

function matchTags(
  view: BatchView,
  tags: readonly TagCondition[],
  durations: TagConditions,
): Uint8Array {
  const entries = new Uint8Array(view.batch.resourceEntries.count).fill(1);
  for (const tag of tags) {
    const met = entriesWithTag(view, tag);
    for (let entry = 0; entry < entries.length; entry += 1)
      entries[entry] = entries[entry]! & met[entry]!;
  }
  const traces = tracesWithEntries(view, entries);
  keepDurations(view, traces, durations);
  return traces;
}

function keepDurations(view: BatchView, traces: Uint8Array, durations: TagConditions): void {
  const { MinDurationMs: min, MaxDurationMs: max } = durations;
  const bounds = [
    ...(min > 0 ? [int64Range('>=', BigInt(min) * 1_000_000n)] : []),
    ...(max > 0 ? [int64Range('<=', BigInt(max) * 1_000_000n)] : []),
  ];
  for (const bound of bounds) {
    const passes = int64ColumnMask(view.traceDurations, traces.length, bound);
    for (let trace = 0; trace < traces.length; trace += 1)
      traces[trace] = traces[trace]! & passes[trace]!;
  }
}

function tracesWithEntries(view: BatchView, entries: Uint8Array): Uint8Array {
  const { count, resourceOffsets } = view.batch.traces;
  const traces = new Uint8Array(count);
  for (let trace = 0; trace < count; trace += 1)
    for (let entry = resourceOffsets[trace]!; entry < resourceOffsets[trace + 1]!; entry += 1)
      if (entries[entry] === 1) traces[trace] = 1;
  return traces;
}

/** One tag, ready to be looked for in the tables of a batch. */
interface TagCondition {
  readonly columns: readonly BatchColumn[];
  /** Only whole traces know it. */
  readonly isOfWholeTrace: boolean;
  /** Rows that meet it; undefined where the tag is of another table. */
  readonly traces?: (view: BatchView) => Uint8Array;
  readonly resources?: (view: BatchView) => Uint8Array;
  readonly spans?: (view: BatchView) => Uint8Array;
}

function tagCondition(key: string, value: string): TagCondition {
  const contains = containsTest(value);
  switch (key) {
    case 'root.name':
      return ofTrace(({ batch }) =>
        stringColumnMask(batch.traces.rootSpanNames, batch.traces.count, contains),
      );
    case 'root.service.name':
      return ofTrace(({ batch }) =>
        stringColumnMask(batch.traces.rootServiceNames, batch.traces.count, contains),
      );
    case 'name':
      return {
        columns: ['span.name'],
        isOfWholeTrace: false,
        spans: ({ batch }) => stringColumnMask(batch.spans.names, batch.spans.count, contains),
      };
    case 'service.name':
      return {
        columns: ['resource.serviceName'],
        isOfWholeTrace: false,
        resources: ({ batch }) =>
          stringColumnMask(batch.resources.serviceNames, batch.resources.count, contains),
      };
    case 'status.code':
      return ofStatus(statusCode(value));
    case 'error':
      return value === 'true' ? ofStatus(statusCode('error')) : ofAttribute(key, value, contains);
    default:
      return ofAttribute(key, value, contains);
  }
}

function ofTrace(traces: (view: BatchView) => Uint8Array): TagCondition {
  return { columns: ['trace.roots'], isOfWholeTrace: true, traces };
}

function ofStatus(code: number): TagCondition {
  return {
    columns: ['span.status'],
    isOfWholeTrace: false,
    spans: ({ batch, spanCount }) => {
      const mask = new Uint8Array(spanCount);
      for (let span = 0; span < spanCount; span += 1)
        mask[span] = batch.spans.statusCodes[span] === code ? 1 : 0;
      return mask;
    },
  };
}

function ofAttribute(key: string, value: string, contains: StringTest): TagCondition {
  const exact = equalTest(value);
  // Of the columns with numbers (http.status_code) a number is found by its value.
  const number = /^-?\d{1,18}$/.test(value) ? int64Range('=', BigInt(value)) : undefined;
  const inColumn: ValueTest = { ...exact, string: contains, int: number };
  const find = (lane: 'resource' | 'span') => (view: BatchView) => {
    const home = attributeHome(view, lane, key);
    const rows = attributeMask({ ...home, column: undefined }, exact);
    if (home.column) namedColumnMask(home.column, home.rows, inColumn, rows);
    return rows;
  };
  return {
    columns: [
      'resource.attributes',
      `resource.column:${key}`,
      'span.attributes',
      `span.column:${key}`,
    ],
    isOfWholeTrace: false,
    resources: find('resource'),
    spans: find('span'),
  };
}

function equalTest(value: string): ValueTest {
  const field = { kind: 'attribute', scope: 'span', parent: false, name: '' } as const;
  return valueTestOf({ field, operator: '=', literal: { type: 'string', value } });
}

/** Case-sensitive; the empty text is in every text. */
function containsTest(value: string): StringTest {
  const text = Buffer.from(encodeUtf8(value));
  return {
    kind: 'bytes',
    passes: (bytes, start, end) =>
      Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).includes(text),
  };
}

/** Resource entries whose trace, resource or one of whose spans meets the tag. */
function entriesWithTag(view: BatchView, tag: TagCondition): Uint8Array {
  const { resourceEntries, scopeEntries } = view.batch;
  const entries = new Uint8Array(resourceEntries.count);
  const resources = tag.resources?.(view);
  const spans =
    tag.spans?.(view) ?? (tag.traces && spanMask(view, { lane: 'trace', rows: tag.traces(view) }));
  for (let entry = 0; entry < entries.length; entry += 1) {
    if (resources?.[resourceEntries.resources[entry]!] === 1) entries[entry] = 1;
    if (!spans || entries[entry] === 1) continue;
    const start = scopeEntries.spanOffsets[resourceEntries.scopeOffsets[entry]!]!;
    const end = scopeEntries.spanOffsets[resourceEntries.scopeOffsets[entry + 1]!]!;
    const found = spans.indexOf(1, start);
    if (found >= 0 && found < end) entries[entry] = 1;
  }
  return entries;
}
