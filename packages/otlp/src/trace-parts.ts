/**
 * A serialized Trace taken apart: for each resource and scope the bytes of its own fields, for each
 * span its bytes with what ordering and identity need. Only span id, kind and start are decoded; ids
 * are not judged, since stored traces may have been written by others.
 */
import { WireReader } from './wire-reader.ts';
import { concatenate } from './truncate-attributes.ts';
import { WireWriter } from './wire-writer.ts';

export interface SpanPart {
  /** The span as a field of ScopeSpans, tag and length included. */
  readonly field: Uint8Array;
  readonly spanId: Uint8Array;
  readonly kind: number;
  /** Words of the unsigned start in nanoseconds. */
  readonly startLow: number;
  readonly startHigh: number;
}

export interface ScopePart {
  /** Fields of ScopeSpans other than its spans. */
  readonly fields: Uint8Array;
  spans: SpanPart[];
}

export interface ResourcePart {
  /** Fields of ResourceSpans other than its scopes. */
  readonly fields: Uint8Array;
  scopes: ScopePart[];
}

const NO_ID = new Uint8Array(0);

/** @throws InvalidOtlpError when the bytes are malformed. */
export function takeTraceApart(trace: Uint8Array): ResourcePart[] {
  const reader = new WireReader();
  reader.reset(trace, 'Trace');
  const resources: ResourcePart[] = [];
  while (reader.position < reader.limit) {
    const tag = reader.readTag();
    if (tag === 0x0a) resources.push(readResourceSpans(reader));
    else reader.skip(tag);
  }
  return resources;
}

/** The inverse of `takeTraceApart`. */
export function assembleTrace(resources: readonly ResourcePart[]): Uint8Array {
  const writer = new WireWriter({ capacityBytes: 16 * 1024 });
  for (const resource of resources) {
    const resourceStart = writer.begin(1);
    writer.raw(resource.fields);
    for (const scope of resource.scopes) {
      const scopeStart = writer.begin(2);
      writer.raw(scope.fields);
      for (const span of scope.spans) writer.raw(span.field);
      writer.end(scopeStart);
    }
    writer.end(resourceStart);
  }
  return writer.finish();
}

function readResourceSpans(reader: WireReader): ResourcePart {
  const outer = reader.enter('ResourceSpans');
  const fields: Uint8Array[] = [];
  const scopes: ScopePart[] = [];
  while (reader.position < reader.limit) {
    const start = reader.position;
    const tag = reader.readTag();
    if (tag === 0x12) scopes.push(readScopeSpans(reader));
    else {
      reader.skip(tag);
      fields.push(reader.bytes.subarray(start, reader.position));
    }
  }
  reader.leave(outer, 'Trace');
  return { fields: joined(fields), scopes };
}

function readScopeSpans(reader: WireReader): ScopePart {
  const outer = reader.enter('ScopeSpans');
  const fields: Uint8Array[] = [];
  const spans: SpanPart[] = [];
  while (reader.position < reader.limit) {
    const start = reader.position;
    const tag = reader.readTag();
    if (tag === 0x12) spans.push(readSpan(reader, start));
    else {
      reader.skip(tag);
      fields.push(reader.bytes.subarray(start, reader.position));
    }
  }
  reader.leave(outer, 'ResourceSpans');
  return { fields: joined(fields), spans };
}

function readSpan(reader: WireReader, fieldStart: number): SpanPart {
  const outer = reader.enter('Span');
  let spanId: Uint8Array = NO_ID;
  let kind = 0;
  let startLow = 0;
  let startHigh = 0;
  while (reader.position < reader.limit) {
    const tag = reader.readTag();
    if (tag === 0x12) {
      const end = reader.readDelimitedEnd();
      spanId = reader.bytes.subarray(reader.position, end);
      reader.position = end;
    } else if (tag === 0x30) kind = reader.readVarint32();
    else if (tag === 0x39) {
      reader.readFixed64();
      startLow = reader.low;
      startHigh = reader.high;
    } else reader.skip(tag);
  }
  reader.leave(outer, 'ScopeSpans');
  const field = reader.bytes.subarray(fieldStart, reader.position);
  return { field, spanId, kind, startLow, startHigh };
}

function joined(fields: readonly Uint8Array[]): Uint8Array {
  return fields.length === 1 ? fields[0]! : concatenate(fields);
}
