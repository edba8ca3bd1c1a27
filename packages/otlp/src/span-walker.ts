/**
 * Walks resources, scopes and spans on the wire and checks everything a later decoder relies on:
 * wire types of known fields, lengths, nesting, UTF-8 of strings, lengths of ids. No object is made.
 * On the way it notes attribute keys and string values that are longer than the limit.
 *
 * UTF-8 is checked for every string (about 50 ns per span of 300 bytes, see
 * `regroup-by-trace.bench.ts`): what is stored can then be decoded by every protobuf library.
 */
import { InvalidOtlpError } from './errors.ts';
import { IntList } from './int-list.ts';
import { isAscii, isUtf8Range, utf8CutEnd } from './utf8.ts';
import { MAX_VALUE_DEPTH, WireReader, knownFields } from './wire-reader.ts';

/** Where an attribute was found; the value of the `scope` label of the truncation counter. */
export const ATTRIBUTE_SCOPES = ['resource', 'scope', 'span', 'event', 'link'] as const;
export type AttributeScope = (typeof ATTRIBUTE_SCOPES)[number];

const RESOURCE = 0;
const SCOPE = 1;
const SPAN = 2;
const EVENT = 3;
const LINK = 4;

const KNOWN_KEY_VALUE = knownFields(1, 2);
const KNOWN_ANY_VALUE = knownFields(1, 2, 3, 4, 5, 6, 7);
const KNOWN_VALUES = knownFields(1);
const KNOWN_RESOURCE = knownFields(1, 2);
const KNOWN_SCOPE = knownFields(1, 2, 3, 4);
const KNOWN_SPAN = knownFields(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16);
const KNOWN_EVENT = knownFields(1, 2, 3, 4);
const KNOWN_LINK = knownFields(1, 2, 3, 4, 5, 6);
// Field 1 was the status code before OTLP 0.9; today it is reserved and ignored.
const KNOWN_STATUS = knownFields(2, 3);

/** Longer than any string in a buffer. */
const NO_LIMIT = 0x7fffffff;

/** How many integers one cut takes in `SpanWalker.cuts`: start, kept end and end of the string. */
export const CUT_STRIDE = 3;

/** The walker; its fields hold what the last walked span said. */
export class SpanWalker {
  readonly reader = new WireReader();
  /** Strings to shorten, in ascending order: triples of start, kept end and end. */
  readonly cuts = new IntList();
  /** Shortened keys and values per entry of ATTRIBUTE_SCOPES. */
  readonly cutCounts = new Int32Array(ATTRIBUTE_SCOPES.length);
  /** Longest attribute key or string value that stays as it is. */
  maxAttributeBytes = NO_LIMIT;

  /** Where the 16 bytes of the span's trace id and the 8 bytes of its own id start. */
  traceIdStart = 0;
  spanIdStart = 0;
  kind = 0;
  /** Words of the span's start and end. */
  startLow = 0;
  startHigh = 0;
  endLow = 0;
  endHigh = 0;

  /** Points the walker at a message; `maxAttributeBytes` 0 means no limit. */
  reset(bytes: Uint8Array, message: string, maxAttributeBytes = 0): void {
    this.reader.reset(bytes, message);
    this.cuts.clear();
    this.cutCounts.fill(0);
    this.maxAttributeBytes = maxAttributeBytes > 0 ? maxAttributeBytes : NO_LIMIT;
  }

  /** Lets go of the walked bytes. */
  release(): void {
    this.reader.release();
    this.cuts.clear();
  }

  /** Walks the Resource at the cursor, which stands on its length. */
  walkResource(outerMessage: string): void {
    const reader = this.reader;
    const outer = reader.enter('Resource');
    while (reader.position < reader.limit) {
      const tag = reader.readTag();
      if (tag === 0x0a) this.#walkKeyValue(RESOURCE, 0, 'Resource');
      else if (tag === 0x10) reader.readVarint32();
      else reader.skipUnknown(tag, KNOWN_RESOURCE);
    }
    reader.leave(outer, outerMessage);
  }

  /** Walks the InstrumentationScope at the cursor. */
  walkScope(outerMessage: string): void {
    const reader = this.reader;
    const outer = reader.enter('InstrumentationScope');
    while (reader.position < reader.limit) {
      const tag = reader.readTag();
      switch (tag) {
        case 0x0a:
        case 0x12:
          this.walkString();
          break;
        case 0x1a:
          this.#walkKeyValue(SCOPE, 0, 'InstrumentationScope');
          break;
        case 0x20:
          reader.readVarint32();
          break;
        default:
          reader.skipUnknown(tag, KNOWN_SCOPE);
      }
    }
    reader.leave(outer, outerMessage);
  }

  /** Walks the Span at the cursor and leaves its ids, kind and times in the fields above. */
  walkSpan(outerMessage: string): void {
    const reader = this.reader;
    const outer = reader.enter('Span');
    let traceIdBytes = 0;
    let spanIdBytes = 0;
    this.kind = this.startLow = this.startHigh = this.endLow = this.endHigh = 0;
    while (reader.position < reader.limit) {
      const tag = reader.readTag();
      switch (tag) {
        case 0x0a: {
          const end = reader.readDelimitedEnd();
          this.traceIdStart = reader.position;
          traceIdBytes = end - reader.position;
          reader.position = end;
          break;
        }
        case 0x12: {
          const end = reader.readDelimitedEnd();
          this.spanIdStart = reader.position;
          spanIdBytes = end - reader.position;
          reader.position = end;
          break;
        }
        case 0x22:
          reader.position = reader.readDelimitedEnd();
          break;
        case 0x1a:
        case 0x2a:
          this.walkString();
          break;
        case 0x30:
          this.kind = reader.readVarint32();
          break;
        case 0x39:
          reader.readFixed64();
          this.startLow = reader.low;
          this.startHigh = reader.high;
          break;
        case 0x41:
          reader.readFixed64();
          this.endLow = reader.low;
          this.endHigh = reader.high;
          break;
        case 0x4a:
          this.#walkKeyValue(SPAN, 0, 'Span');
          break;
        case 0x5a:
          this.#walkEvent();
          break;
        case 0x6a:
          this.#walkLink();
          break;
        case 0x7a:
          this.#walkStatus();
          break;
        default:
          this.#walkRareSpanField(tag);
      }
    }
    reader.leave(outer, outerMessage);
    if (traceIdBytes !== 16) refuseTraceId(traceIdBytes);
    if (spanIdBytes !== 8 || isZeroId(reader.view, this.spanIdStart)) refuseSpanId(spanIdBytes);
  }

  /** Walks the string at the cursor. */
  walkString(): void {
    const reader = this.reader;
    const end = reader.readDelimitedEnd();
    if (!isUtf8Range(reader.bytes, reader.view, reader.position, end))
      reader.fail('a string is not valid UTF-8');
    reader.position = end;
  }

  #walkRareSpanField(tag: number): void {
    const reader = this.reader;
    if (tag === 0x50 || tag === 0x60 || tag === 0x70) reader.readVarint32();
    else if (tag === 0x85) reader.readFixed32();
    else reader.skipUnknown(tag, KNOWN_SPAN);
  }

  #walkEvent(): void {
    const reader = this.reader;
    const outer = reader.enter('Span.Event');
    while (reader.position < reader.limit) {
      const tag = reader.readTag();
      switch (tag) {
        case 0x09:
          reader.readFixed64();
          break;
        case 0x12:
          this.walkString();
          break;
        case 0x1a:
          this.#walkKeyValue(EVENT, 0, 'Span.Event');
          break;
        case 0x20:
          reader.readVarint32();
          break;
        default:
          reader.skipUnknown(tag, KNOWN_EVENT);
      }
    }
    reader.leave(outer, 'Span');
  }

  #walkLink(): void {
    const reader = this.reader;
    const outer = reader.enter('Span.Link');
    while (reader.position < reader.limit) {
      const tag = reader.readTag();
      switch (tag) {
        case 0x0a:
        case 0x12:
          reader.position = reader.readDelimitedEnd();
          break;
        case 0x1a:
          this.walkString();
          break;
        case 0x22:
          this.#walkKeyValue(LINK, 0, 'Span.Link');
          break;
        case 0x28:
          reader.readVarint32();
          break;
        case 0x35:
          reader.readFixed32();
          break;
        default:
          reader.skipUnknown(tag, KNOWN_LINK);
      }
    }
    reader.leave(outer, 'Span');
  }

  #walkStatus(): void {
    const reader = this.reader;
    const outer = reader.enter('Status');
    while (reader.position < reader.limit) {
      const tag = reader.readTag();
      if (tag === 0x18) reader.readVarint32();
      else if (tag === 0x12) this.walkString();
      else reader.skipUnknown(tag, KNOWN_STATUS);
    }
    reader.leave(outer, 'Span');
  }

  /** `depth` 0: an attribute, whose key and string value have a limit; above: part of a value. */
  #walkKeyValue(scope: number, depth: number, outerMessage: string): void {
    const reader = this.reader;
    if (this.#skipPlainAttribute()) return;
    const outer = reader.enter('KeyValue');
    while (reader.position < reader.limit) {
      const tag = reader.readTag();
      if (tag === 0x0a) this.#walkAttributeString(scope, depth);
      else if (tag === 0x12) this.#walkAnyValue(scope, depth + 1, 'KeyValue');
      else reader.skipUnknown(tag, KNOWN_KEY_VALUE);
    }
    reader.leave(outer, outerMessage);
  }

  /**
   * The shape nearly all attributes have: key, then a string or a small integer, lengths of one byte,
   * ASCII, nothing too long. Moves behind it and returns true; returns false, without judging, for
   * everything else.
   */
  #skipPlainAttribute(): boolean {
    const reader = this.reader;
    const { bytes, position } = reader;
    const end = position + 1 + bytes[position]!;
    if (end > reader.limit || bytes[position]! > 127 || bytes[position + 1] !== 0x0a) return false;
    const keyStart = position + 3;
    const keyLength = bytes[position + 2]!;
    const keyEnd = keyStart + keyLength;
    const valueStart = keyEnd + 2;
    if (keyLength > 127 || valueStart + 2 > end) return false;
    if (bytes[keyEnd] !== 0x12 || valueStart + bytes[keyEnd + 1]! !== end) return false;
    const valueTag = bytes[valueStart]!;
    const valueLength = bytes[valueStart + 1]!;
    if (valueTag === 0x0a) {
      if (valueStart + 2 + valueLength !== end || valueLength > this.maxAttributeBytes)
        return false;
    } else if (valueTag !== 0x18 || valueStart + 2 !== end || valueLength > 127) return false;
    if (keyLength > this.maxAttributeBytes || !isAscii(reader.view, bytes, keyStart, end))
      return false;
    reader.position = end;
    return true;
  }

  /** `depth` 1: the value of an attribute; above: part of a value. */
  #walkAnyValue(scope: number, depth: number, outerMessage: string): void {
    const reader = this.reader;
    const outer = reader.enter('AnyValue');
    if (depth > MAX_VALUE_DEPTH) reader.fail(`values nest deeper than ${MAX_VALUE_DEPTH} levels`);
    while (reader.position < reader.limit) {
      const tag = reader.readTag();
      switch (tag) {
        case 0x0a:
          this.#walkAttributeString(scope, depth - 1);
          break;
        case 0x10:
        case 0x18:
          reader.readVarint32();
          break;
        case 0x21:
          reader.readFixed64();
          break;
        case 0x2a:
        case 0x32:
          this.#walkValues(scope, depth, tag === 0x2a);
          break;
        case 0x3a:
          reader.position = reader.readDelimitedEnd();
          break;
        default:
          reader.skipUnknown(tag, KNOWN_ANY_VALUE);
      }
    }
    reader.leave(outer, outerMessage);
  }

  /** An ArrayValue or a KeyValueList. */
  #walkValues(scope: number, depth: number, isArray: boolean): void {
    const reader = this.reader;
    const message = isArray ? 'ArrayValue' : 'KeyValueList';
    const outer = reader.enter(message);
    while (reader.position < reader.limit) {
      const tag = reader.readTag();
      if (tag !== 0x0a) reader.skipUnknown(tag, KNOWN_VALUES);
      else if (isArray) this.#walkAnyValue(scope, depth + 1, message);
      else this.#walkKeyValue(scope, depth, message);
    }
    reader.leave(outer, 'AnyValue');
  }

  /** A key or string value; noted as a cut when it belongs to an attribute and is too long. */
  #walkAttributeString(scope: number, depth: number): void {
    const reader = this.reader;
    const start = reader.position;
    this.walkString();
    if (depth === 0 && reader.position - start > this.maxAttributeBytes)
      this.#noteCut(scope, start);
  }

  #noteCut(scope: number, fieldStart: number): void {
    const reader = this.reader;
    const end = reader.position;
    reader.position = fieldStart;
    reader.readDelimitedEnd();
    const start = reader.position;
    reader.position = end;
    if (end - start <= this.maxAttributeBytes) return;
    this.cuts.push(start);
    this.cuts.push(utf8CutEnd(reader.bytes, start, this.maxAttributeBytes));
    this.cuts.push(end);
    this.cutCounts[scope]! += 1;
  }
}

function isZeroId(view: DataView, start: number): boolean {
  return (view.getInt32(start, true) | view.getInt32(start + 4, true)) === 0;
}

function refuseTraceId(byteLength: number): never {
  throw new InvalidOtlpError(
    'invalid_trace_id',
    `trace ids must be 128 bit, received ${byteLength * 8} bits`,
  );
}

function refuseSpanId(byteLength: number): never {
  throw new InvalidOtlpError(
    'invalid_span_id',
    `span ids must be 64 bit and not all zero, received ${byteLength * 8} bits`,
  );
}
