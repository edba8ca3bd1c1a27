/**
 * Turns a row of a batch back into a serialized OTLP Trace, the way Tempo rebuilds one from a block:
 * generic attributes first, then dedicated columns, then the fixed ones; resource, scope and status
 * are there even when empty; each span has the trace id of the row. What a batch does not hold (schema
 * URLs, flags) is not there.
 */
import { RESOURCE_FIXED_COLUMNS, SPAN_FIXED_COLUMNS } from './dedicated-column.ts';
import { sumHigh } from './int64.ts';
import { ReverseWireWriter } from './reverse-wire-writer.ts';
import { ABSENT } from './span-batch.ts';
import type {
  BytesColumn,
  NamedColumn,
  SpanBatch,
  StringColumn,
  StringDictionary,
} from './span-batch.ts';
import { writeAttributes, writeNamedAttribute, writeStringAttribute } from './write-attributes.ts';

const TRACE_ID_BYTES = 16;
const SERVICE_NAME = new TextEncoder().encode('service.name');

/** One for all calls: its buffer is used again. */
const writer = new ReverseWireWriter();

/**
 * The bytes of trace (or piece) `row`, owned by the caller. A builder with the same dedicated columns
 * makes an equal row of them, so that they also serve to put a row into a log again.
 */
export function traceToOtlp(batch: SpanBatch, row: number): Uint8Array {
  const { traces, resourceEntries } = batch;
  writer.truncate(0);
  const entriesStart = traces.resourceOffsets[row]!;
  for (let entry = traces.resourceOffsets[row + 1]! - 1; entry >= entriesStart; entry--) {
    const mark = writer.length;
    const scopesStart = resourceEntries.scopeOffsets[entry]!;
    for (let at = resourceEntries.scopeOffsets[entry + 1]! - 1; at >= scopesStart; at--)
      writeScopeSpans(batch, row, at);
    writeResource(batch, resourceEntries.resources[entry]!);
    writer.message(0x0a, mark);
  }
  return writer.finish();
}

function writeResource({ resources }: SpanBatch, row: number): void {
  const mark = writer.length;
  const { columns, serviceNames } = resources;
  const service = serviceNames.codes[row]!;
  writeCount(0x10, resources.droppedAttributesCounts[row]!);
  writeFixedColumns(0x0a, columns, row, RESOURCE_FIXED_COLUMNS);
  if (service !== ABSENT && !isEmptyString(serviceNames.dictionary, service))
    writeStringAttribute(writer, 0x0a, SERVICE_NAME, serviceNames, row);
  writeDedicatedColumns(0x0a, columns, row, RESOURCE_FIXED_COLUMNS);
  writeAttributes(writer, 0x0a, resources.attributes, row);
  writer.message(0x0a, mark);
}

function writeScopeSpans(batch: SpanBatch, trace: number, entry: number): void {
  const mark = writer.length;
  const { spanOffsets, scopes } = batch.scopeEntries;
  const start = spanOffsets[entry]!;
  for (let span = spanOffsets[entry + 1]! - 1; span >= start; span--) writeSpan(batch, trace, span);
  writeScope(batch, scopes[entry]!);
  writer.message(0x12, mark);
}

function writeScope({ scopes }: SpanBatch, row: number): void {
  const mark = writer.length;
  writeCount(0x20, scopes.droppedAttributesCounts[row]!);
  writeAttributes(writer, 0x1a, scopes.attributes, row);
  writeString(0x12, scopes.versions, row);
  writeString(0x0a, scopes.names, row);
  writer.message(0x0a, mark);
}

function writeSpan(batch: SpanBatch, trace: number, row: number): void {
  const { spans } = batch;
  const mark = writer.length;
  const starts = spans.startUnixNanos.words;
  const durations = spans.durationNanos.words;
  const startLow = starts[row * 2]!;
  const startHigh = starts[row * 2 + 1]!;
  const durationLow = durations[row * 2]!;
  const durationHigh = durations[row * 2 + 1]!;
  writeStatus(batch, row);
  writeCount(0x70, spans.droppedLinksCounts[row]!);
  for (let link = spans.linkOffsets[row + 1]! - 1; link >= spans.linkOffsets[row]!; link--)
    writeLink(batch, link);
  writeCount(0x60, spans.droppedEventsCounts[row]!);
  for (let event = spans.eventOffsets[row + 1]! - 1; event >= spans.eventOffsets[row]!; event--)
    writeEvent(batch, event, startLow, startHigh);
  writeCount(0x50, spans.droppedAttributesCounts[row]!);
  writeFixedColumns(0x4a, spans.columns, row, SPAN_FIXED_COLUMNS);
  writeDedicatedColumns(0x4a, spans.columns, row, SPAN_FIXED_COLUMNS);
  writeAttributes(writer, 0x4a, spans.attributes, row);
  writeTime(
    0x41,
    (startLow + durationLow) | 0,
    sumHigh(startLow, startHigh, durationLow, durationHigh),
  );
  writeTime(0x39, startLow, startHigh);
  writeEnum(0x30, spans.kinds[row]!);
  writeString(0x2a, spans.names, row);
  writeBytes(0x22, spans.parentIds, row);
  writeString(0x1a, spans.traceStates, row);
  writeBytes(0x12, spans.ids, row);
  writer.field(0x0a, batch.traces.ids, trace * TRACE_ID_BYTES, (trace + 1) * TRACE_ID_BYTES);
  writer.message(0x12, mark);
}

function writeStatus({ spans }: SpanBatch, row: number): void {
  const mark = writer.length;
  writeEnum(0x18, spans.statusCodes[row]!);
  writeString(0x12, spans.statusMessages, row);
  writer.message(0x7a, mark);
}

function writeEvent({ events }: SpanBatch, row: number, startLow: number, startHigh: number): void {
  const mark = writer.length;
  const words = events.timeSinceStartNanos.words;
  const low = words[row * 2]!;
  writeCount(0x20, events.droppedAttributesCounts[row]!);
  writeAttributes(writer, 0x1a, events.attributes, row);
  writeString(0x12, events.names, row);
  writeTime(0x09, (startLow + low) | 0, sumHigh(startLow, startHigh, low, words[row * 2 + 1]!));
  writer.message(0x5a, mark);
}

function writeLink({ links }: SpanBatch, row: number): void {
  const mark = writer.length;
  writeCount(0x28, links.droppedAttributesCounts[row]!);
  writeAttributes(writer, 0x22, links.attributes, row);
  writeString(0x1a, links.traceStates, row);
  writeBytes(0x12, links.spanIds, row);
  writeBytes(0x0a, links.traceIds, row);
  writer.message(0x6a, mark);
}

/** The columns that every block has, which Tempo puts behind all other attributes. */
function writeFixedColumns(
  tag: number,
  columns: readonly NamedColumn[],
  row: number,
  fixed: readonly string[],
): void {
  for (let i = columns.length - 1; i >= 0; i--)
    if (fixed.includes(columns[i]!.name)) writeNamedAttribute(writer, tag, columns[i]!, row);
}

function writeDedicatedColumns(
  tag: number,
  columns: readonly NamedColumn[],
  row: number,
  fixed: readonly string[],
): void {
  for (let i = columns.length - 1; i >= 0; i--)
    if (!fixed.includes(columns[i]!.name)) writeNamedAttribute(writer, tag, columns[i]!, row);
}

/** A string field, left out when it is empty. */
function writeString(tag: number, { dictionary, codes }: StringColumn, row: number): void {
  const code = codes[row]!;
  if (code === ABSENT || isEmptyString(dictionary, code)) return;
  const { bytes, offsets } = dictionary;
  writer.field(tag, bytes, offsets[code]!, offsets[code + 1]!);
}

function isEmptyString({ offsets }: StringDictionary, code: number): boolean {
  return offsets[code] === offsets[code + 1];
}

function writeBytes(tag: number, { bytes, offsets }: BytesColumn, row: number): void {
  const start = offsets[row]!;
  const end = offsets[row + 1]!;
  if (end > start) writer.field(tag, bytes, start, end);
}

/** An unsigned 32-bit number, left out when it is 0. */
function writeCount(tag: number, count: number): void {
  if (count === 0) return;
  writer.varint(count, 0);
  writer.tag(tag);
}

/** A signed 32-bit number, left out when it is 0. */
function writeEnum(tag: number, value: number): void {
  if (value === 0) return;
  writer.varint(value, value >> 31);
  writer.tag(tag);
}

function writeTime(tag: number, low: number, high: number): void {
  if ((low | high) === 0) return;
  writer.fixed64(low, high);
  writer.tag(tag);
}
