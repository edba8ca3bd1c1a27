/**
 * The table of contents of an export request: where each span, scope and resource lies and which
 * trace a span belongs to, as integers. Filled by one walk over the bytes, used by
 * `regroup-by-trace.ts`, then reused for the next request.
 *
 * Positions below the request's length point into the request; those from there on point into
 * `rewritten`, which holds the messages whose attributes were shortened.
 */
import { systemRandom } from '@tempo-ts/runtime';
import { IntList } from './int-list.ts';
import { SpanWalker } from './span-walker.ts';
import { applyCuts } from './truncate-attributes.ts';
import { knownFields } from './wire-reader.ts';

const KNOWN_REQUEST = knownFields(1);
const KNOWN_RESOURCE_SPANS = knownFields(1, 2, 3);
const KNOWN_SCOPE_SPANS = knownFields(1, 2, 3);

/** Layout of one span's record in `spans`. */
export const SPAN_STRIDE = 4;
export const SPAN_START = 0;
export const SPAN_END = 1;
export const SPAN_SCOPE = 2;
export const SPAN_NEXT = 3;

/** Layout of one record in `scopes` and `resources`: the fields to copy in front of the children. */
export const OWNER_STRIDE = 4;
export const OWNER_FIRST_RANGE = 0;
export const OWNER_LAST_RANGE = 1;
export const OWNER_BYTES = 2;
/** Of a scope: its resource. */
export const OWNER_RESOURCE = 3;

/** Layout of one record in `ranges`. */
export const RANGE_STRIDE = 3;
export const RANGE_START = 0;
export const RANGE_END = 1;
export const RANGE_NEXT = 2;

/** Layout of one record in `traces`. Times are the words of unsigned 64-bit nanoseconds. */
export const TRACE_STRIDE = 8;
export const TRACE_FIRST_SPAN = 0;
export const TRACE_LAST_SPAN = 1;
export const TRACE_SPAN_COUNT = 2;
export const TRACE_ID_START = 3;
export const TRACE_MIN_LOW = 4;
export const TRACE_MIN_HIGH = 5;
export const TRACE_MAX_LOW = 6;
export const TRACE_MAX_HIGH = 7;

const NONE = -1;

export class RequestIndex {
  readonly walker = new SpanWalker();
  readonly spans = new IntList();
  readonly scopes = new IntList();
  readonly resources = new IntList();
  readonly ranges = new IntList();
  readonly traces = new IntList();
  rewritten: Uint8Array[] = [];
  spanCount = 0;
  traceCount = 0;
  #rewrittenBytes = 0;
  #slots: Int32Array = new Int32Array(256).fill(NONE);
  /**
   * Tabulation hashing: one random word per position and value of an id's bytes. The table is
   * secret, so no sender can choose trace ids that share a slot.
   */
  readonly #hashTable = new Int32Array(systemRandom.bytes(16 * 256 * 4).buffer);
  #lastTrace = NONE;

  /** Walks `request` and fills the tables. */
  fill(request: Uint8Array, maxAttributeBytes: number): void {
    this.clear();
    const { walker } = this;
    const { reader } = walker;
    walker.reset(request, 'ExportTraceServiceRequest', maxAttributeBytes);
    while (reader.position < reader.limit) {
      const tag = reader.readTag();
      if (tag === 0x0a) this.#addResourceSpans();
      else reader.skipUnknown(tag, KNOWN_REQUEST);
    }
  }

  /** Forgets everything, also the request. */
  clear(): void {
    this.walker.release();
    this.spans.clear();
    this.scopes.clear();
    this.resources.clear();
    this.ranges.clear();
    this.traces.clear();
    this.rewritten = [];
    this.spanCount = this.traceCount = this.#rewrittenBytes = 0;
    this.#lastTrace = NONE;
    if (this.#slots.length > 1 << 16) this.#slots = new Int32Array(256);
    this.#slots.fill(NONE);
  }

  #addResourceSpans(): void {
    const { walker, spans, scopes, resources, ranges } = this;
    const { reader } = walker;
    const firstRange = ranges.length;
    const resource = addOwner(resources, NONE);
    const firstSpan = spans.length;
    const outer = reader.enter('ResourceSpans');
    while (reader.position < reader.limit) {
      const fieldStart = reader.position;
      const firstCut = walker.cuts.length;
      const tag = reader.readTag();
      if (tag === 0x12) this.#addScopeSpans(resource);
      else {
        if (tag === 0x0a) walker.walkResource('ResourceSpans');
        else if (tag === 0x1a) walker.walkString();
        else {
          reader.skipUnknown(tag, KNOWN_RESOURCE_SPANS);
          continue;
        }
        this.#addRange(resources, resource, fieldStart, firstCut);
      }
    }
    reader.leave(outer, 'ExportTraceServiceRequest');
    if (spans.length > firstSpan) return;
    resources.length = resource;
    scopes.length = this.#scopesOf(resource);
    ranges.length = firstRange;
  }

  /** Scopes are only kept with spans, so a resource without spans has none. */
  #scopesOf(resource: number): number {
    const { scopes } = this;
    let length = scopes.length;
    while (length > 0 && scopes.values[length - OWNER_STRIDE + OWNER_RESOURCE] === resource)
      length -= OWNER_STRIDE;
    return length;
  }

  #addScopeSpans(resource: number): void {
    const { walker, spans, scopes } = this;
    const { reader } = walker;
    const scope = addOwner(scopes, resource);
    const firstSpan = spans.length;
    const outer = reader.enter('ScopeSpans');
    while (reader.position < reader.limit) {
      const fieldStart = reader.position;
      const firstCut = walker.cuts.length;
      const tag = reader.readTag();
      if (tag === 0x12) {
        walker.walkSpan('ScopeSpans');
        this.#addSpan(scope, fieldStart, firstCut);
      } else {
        if (tag === 0x0a) walker.walkScope('ScopeSpans');
        else if (tag === 0x1a) walker.walkString();
        else {
          reader.skipUnknown(tag, KNOWN_SCOPE_SPANS);
          continue;
        }
        this.#addRange(scopes, scope, fieldStart, firstCut);
      }
    }
    reader.leave(outer, 'ResourceSpans');
    if (spans.length === firstSpan) scopes.length = scope;
  }

  #addSpan(scope: number, fieldStart: number, firstCut: number): void {
    const { walker, spans, traces } = this;
    let start = fieldStart;
    let end = walker.reader.position;
    if (walker.cuts.length > firstCut) {
      start = this.#rewrite(fieldStart, firstCut);
      end = walker.reader.bytes.length + this.#rewrittenBytes;
    }
    const trace = this.#traceOf(walker.traceIdStart);
    const span = spans.length;
    spans.reserve(SPAN_STRIDE);
    spans.length = span + SPAN_STRIDE;
    const values = spans.values;
    values[span + SPAN_START] = start;
    values[span + SPAN_END] = end;
    values[span + SPAN_SCOPE] = scope;
    values[span + SPAN_NEXT] = NONE;
    this.spanCount += 1;
    const traceValues = traces.values;
    const last = traceValues[trace + TRACE_LAST_SPAN]!;
    if (last === NONE) traceValues[trace + TRACE_FIRST_SPAN] = span;
    else values[last + SPAN_NEXT] = span;
    traceValues[trace + TRACE_LAST_SPAN] = span;
    traceValues[trace + TRACE_SPAN_COUNT]! += 1;
    widenTimes(traceValues, trace, walker);
  }

  /** Notes a field that is copied in front of the spans of every trace under this owner. */
  #addRange(owners: IntList, owner: number, fieldStart: number, firstCut: number): void {
    const { ranges, walker } = this;
    let start = fieldStart;
    let end = walker.reader.position;
    if (walker.cuts.length > firstCut) {
      start = this.#rewrite(fieldStart, firstCut);
      end = walker.reader.bytes.length + this.#rewrittenBytes;
    }
    const owned = owners.values;
    owned[owner + OWNER_BYTES]! += end - start;
    const last = owned[owner + OWNER_LAST_RANGE]!;
    if (last !== NONE && ranges.values[last + RANGE_END] === start) {
      ranges.values[last + RANGE_END] = end;
      return;
    }
    const range = ranges.length;
    ranges.push(start);
    ranges.push(end);
    ranges.push(NONE);
    if (last === NONE) owned[owner + OWNER_FIRST_RANGE] = range;
    else ranges.values[last + RANGE_NEXT] = range;
    owned[owner + OWNER_LAST_RANGE] = range;
  }

  /** Shortens the attributes of the field just walked; returns the position of the new bytes. */
  #rewrite(fieldStart: number, firstCut: number): number {
    const { reader, cuts } = this.walker;
    const range = { start: fieldStart, end: reader.position };
    const bytes = applyCuts(reader.bytes, range, cuts, firstCut);
    const start = reader.bytes.length + this.#rewrittenBytes;
    this.rewritten.push(bytes);
    this.#rewrittenBytes += bytes.length;
    return start;
  }

  /** The record of the trace whose id lies at `idStart`; made when it is the first time. */
  #traceOf(idStart: number): number {
    const { traces } = this;
    const { view } = this.walker.reader;
    const last = this.#lastTrace;
    if (last !== NONE && sameId(view, traces.values[last + TRACE_ID_START]!, idStart)) return last;
    if (this.traceCount * 2 >= this.#slots.length) this.#growSlots();
    const mask = this.#slots.length - 1;
    let slot = this.#hash(idStart) & mask;
    for (;;) {
      const trace = this.#slots[slot]!;
      if (trace === NONE) break;
      if (sameId(view, traces.values[trace + TRACE_ID_START]!, idStart)) {
        this.#lastTrace = trace;
        return trace;
      }
      slot = (slot + 1) & mask;
    }
    const trace = addTrace(traces, idStart);
    this.traceCount += 1;
    this.#slots[slot] = trace;
    this.#lastTrace = trace;
    return trace;
  }

  #hash(idStart: number): number {
    const { bytes } = this.walker.reader;
    const table = this.#hashTable;
    let hash = 0;
    for (let byte = 0; byte < 16; byte++) hash ^= table[(byte << 8) | bytes[idStart + byte]!]!;
    return hash;
  }

  #growSlots(): void {
    const { traces } = this;
    const slots = new Int32Array(this.#slots.length * 4).fill(NONE);
    const mask = slots.length - 1;
    for (let trace = 0; trace < traces.length; trace += TRACE_STRIDE) {
      let slot = this.#hash(traces.values[trace + TRACE_ID_START]!) & mask;
      while (slots[slot] !== NONE) slot = (slot + 1) & mask;
      slots[slot] = trace;
    }
    this.#slots = slots;
  }
}

function addOwner(owners: IntList, resource: number): number {
  const owner = owners.length;
  owners.reserve(OWNER_STRIDE);
  owners.length = owner + OWNER_STRIDE;
  owners.values[owner + OWNER_FIRST_RANGE] = NONE;
  owners.values[owner + OWNER_LAST_RANGE] = NONE;
  owners.values[owner + OWNER_BYTES] = 0;
  owners.values[owner + OWNER_RESOURCE] = resource;
  return owner;
}

function addTrace(traces: IntList, idStart: number): number {
  const trace = traces.length;
  traces.reserve(TRACE_STRIDE);
  traces.length = trace + TRACE_STRIDE;
  traces.values.fill(0, trace, trace + TRACE_STRIDE);
  traces.values[trace + TRACE_FIRST_SPAN] = NONE;
  traces.values[trace + TRACE_LAST_SPAN] = NONE;
  traces.values[trace + TRACE_ID_START] = idStart;
  return trace;
}

/** Takes the span's times into the trace's. A start of 0 is one that was not set. */
function widenTimes(traces: Int32Array, trace: number, span: SpanWalker): void {
  const { startLow, startHigh, endLow, endHigh } = span;
  const minLow = traces[trace + TRACE_MIN_LOW]!;
  const minHigh = traces[trace + TRACE_MIN_HIGH]!;
  const isSet = (startLow | startHigh) !== 0;
  if (isSet && ((minLow | minHigh) === 0 || isBelow(startLow, startHigh, minLow, minHigh))) {
    traces[trace + TRACE_MIN_LOW] = startLow;
    traces[trace + TRACE_MIN_HIGH] = startHigh;
  }
  if (isBelow(traces[trace + TRACE_MAX_LOW]!, traces[trace + TRACE_MAX_HIGH]!, endLow, endHigh)) {
    traces[trace + TRACE_MAX_LOW] = endLow;
    traces[trace + TRACE_MAX_HIGH] = endHigh;
  }
}

/** Unsigned comparison of two 64-bit numbers. */
function isBelow(low: number, high: number, otherLow: number, otherHigh: number): boolean {
  return high === otherHigh ? low >>> 0 < otherLow >>> 0 : high >>> 0 < otherHigh >>> 0;
}

function sameId(view: DataView, left: number, right: number): boolean {
  return (
    view.getInt32(left, true) === view.getInt32(right, true) &&
    view.getInt32(left + 4, true) === view.getInt32(right + 4, true) &&
    view.getInt32(left + 8, true) === view.getInt32(right + 8, true) &&
    view.getInt32(left + 12, true) === view.getInt32(right + 12, true)
  );
}
