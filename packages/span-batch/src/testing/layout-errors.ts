/**
 * Whether the arrays of a batch fit together: offsets, codes and rows within bounds, pools used up in
 * order. What a batch says is compared by `toPlain`; this is about what those may rely on who read the
 * arrays directly.
 */
import { AttributeType } from '../span-batch.ts';
import type { AttributeTable, BytesColumn, SpanBatch, StringColumn } from '../span-batch.ts';

/** What is wrong with the layout of a batch; nothing when it is sound. */
export function layoutErrorsOf(batch: SpanBatch): string[] {
  const errors: string[] = [];
  const check = (isSound: boolean, what: string): void => {
    if (!isSound) errors.push(what);
  };
  checkTree(batch, check);
  checkTables(batch, check);
  return errors;
}

type Check = (isSound: boolean, what: string) => void;

function checkTree(batch: SpanBatch, check: Check): void {
  const { traces, resourceEntries, scopeEntries, spans, events, links } = batch;
  checkOffsets(traces.resourceOffsets, traces.count, resourceEntries.count, 'resources', check);
  checkOffsets(
    resourceEntries.scopeOffsets,
    resourceEntries.count,
    scopeEntries.count,
    'scopes',
    check,
  );
  checkOffsets(scopeEntries.spanOffsets, scopeEntries.count, spans.count, 'spans', check);
  checkOffsets(spans.eventOffsets, spans.count, events.count, 'events', check);
  checkOffsets(spans.linkOffsets, spans.count, links.count, 'links', check);
  checkRows(resourceEntries.resources, resourceEntries.count, batch.resources.count, 'rs', check);
  checkRows(scopeEntries.scopes, scopeEntries.count, batch.scopes.count, 'ss', check);
  checkRows(batch.spanTraces, spans.count, traces.count, 'spanTraces', check);
  checkRows(batch.spanResources, spans.count, batch.resources.count, 'spanResources', check);
  checkRows(batch.spanScopes, spans.count, batch.scopes.count, 'spanScopes', check);
  check(traces.ids.length === traces.count * 16, 'trace ids');
}

function checkTables(batch: SpanBatch, check: Check): void {
  const { traces, resources, scopes, spans, events, links } = batch;
  checkStrings(traces.rootServiceNames, traces.count, 'root service', check);
  checkStrings(traces.rootSpanNames, traces.count, 'root name', check);
  checkStrings(resources.serviceNames, resources.count, 'service name', check);
  checkStrings(scopes.names, scopes.count, 'scope name', check);
  checkStrings(scopes.versions, scopes.count, 'scope version', check);
  checkStrings(spans.names, spans.count, 'span name', check);
  checkStrings(spans.traceStates, spans.count, 'trace state', check);
  checkStrings(spans.statusMessages, spans.count, 'status message', check);
  checkStrings(events.names, events.count, 'event name', check);
  checkStrings(links.traceStates, links.count, 'link trace state', check);
  for (const [table, columns] of [
    [resources, resources.columns],
    [spans, spans.columns],
  ] as const)
    for (const column of columns)
      if (column.type === 'string') checkStrings(column.strings, table.count, column.name, check);
      else
        check(
          column.ints.words.length === table.count * 2 && column.present.length === table.count,
          `length of ${column.name}`,
        );
  checkBytes(spans.ids, spans.count, 'span ids', check);
  checkBytes(spans.parentIds, spans.count, 'parent ids', check);
  checkBytes(links.traceIds, links.count, 'link trace ids', check);
  checkBytes(links.spanIds, links.count, 'link span ids', check);
  check(spans.startUnixNanos.words.length === spans.count * 2, 'starts');
  check(spans.durationNanos.words.length === spans.count * 2, 'durations');
  check(events.timeSinceStartNanos.words.length === events.count * 2, 'event times');
  checkAttributes(resources.attributes, resources.count, 'resource attributes', check);
  checkAttributes(scopes.attributes, scopes.count, 'scope attributes', check);
  checkAttributes(spans.attributes, spans.count, 'span attributes', check);
  checkAttributes(events.attributes, events.count, 'event attributes', check);
  checkAttributes(links.attributes, links.count, 'link attributes', check);
}

/** Pools hold the values of the attributes in order, each once, and nothing else. */
function checkAttributes(table: AttributeTable, parents: number, what: string, check: Check): void {
  const count = table.types.length;
  const next = new Map<number, number>();
  let arrays = 0;
  checkOffsets(table.offsets, parents, count, what, check);
  checkStrings(table.keys, count, `${what}: keys`, check);
  for (let i = 0; i < count; i++) {
    const type = table.types[i]!;
    if (type === AttributeType.EmptyArray) continue;
    const isArray = type >= AttributeType.StringArray;
    const pool = isArray ? type - AttributeType.StringArray : type;
    let position = table.positions[i]!;
    let length = 1;
    if (isArray) {
      check(position === arrays++, `${what}: array ${i}`);
      length = table.arrays.counts[position]!;
      position = table.arrays.starts[position]!;
      check(length > 0, `${what}: array ${i} is empty`);
    }
    check(position === (next.get(pool) ?? 0), `${what}: position ${i}`);
    next.set(pool, position + length);
  }
  const lengthOf = (type: number): number => next.get(type) ?? 0;
  check(table.arrays.starts.length === arrays, `${what}: arrays`);
  check(table.ints.words.length === lengthOf(AttributeType.Int) * 2, `${what}: ints`);
  check(table.doubles.length === lengthOf(AttributeType.Double), `${what}: doubles`);
  check(table.bools.length === lengthOf(AttributeType.Bool), `${what}: bools`);
  checkStrings(table.strings, lengthOf(AttributeType.String), `${what}: strings`, check);
  checkBytes(table.unsupported, lengthOf(AttributeType.Unsupported), `${what}: json`, check);
}

function checkOffsets(
  offsets: Int32Array,
  parents: number,
  children: number,
  what: string,
  check: Check,
): void {
  const isAscending = offsets.every((offset, i) => i === 0 || offset >= offsets[i - 1]!);
  check(
    offsets.length === parents + 1 &&
      offsets[0] === 0 &&
      offsets[parents] === children &&
      isAscending,
    `offsets of ${what}`,
  );
}

function checkRows(
  rows: Int32Array,
  count: number,
  limit: number,
  what: string,
  check: Check,
): void {
  check(rows.length === count && rows.every((row) => row >= 0 && row < limit), `rows of ${what}`);
}

function checkStrings(column: StringColumn, count: number, what: string, check: Check): void {
  const { dictionary, codes } = column;
  check(
    codes.length === count && codes.every((code) => code >= -1 && code < dictionary.count),
    `codes of ${what}`,
  );
  check(dictionary.offsets.length === dictionary.count + 1, `dictionary of ${what}`);
}

function checkBytes(column: BytesColumn, count: number, what: string, check: Check): void {
  checkOffsets(column.offsets, count, column.bytes.length, what, check);
}
