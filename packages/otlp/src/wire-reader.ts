/**
 * Reads protobuf's wire format from bytes without building objects: a cursor over one buffer, kept
 * within the bounds of the message it is in. Malformed input ends in `InvalidOtlpError`, never in a
 * read past the end, an endless loop or a stack overflow.
 *
 * A message is walked like this; `limit` is the end of the innermost entered message:
 *
 * ```ts
 * const outer = reader.enter('Status');
 * while (reader.position < reader.limit) {
 *   const tag = reader.readTag();
 *   if (tag === tagOf(3, VARINT)) code = reader.readVarint32();
 *   else reader.skipUnknown(tag, KNOWN_STATUS_FIELDS);
 * }
 * reader.leave(outer, 'Span');
 * ```
 */
import { InvalidOtlpError } from './errors.ts';

/** Wire types. Groups (3 and 4) are refused: OTLP has none. */
export const VARINT = 0;
export const FIXED64 = 1;
export const DELIMITED = 2;
export const FIXED32 = 5;

/**
 * How deeply an AnyValue may nest; the root value has depth 1. Most protobuf decoders, ours included,
 * give up at 100 nested messages. A key-value list takes three of them per level, so with this limit
 * a trace in an answer stays below 100 and one odd attribute cannot make its trace unreadable.
 */
export const MAX_VALUE_DEPTH = 30;

/** The tag of a field: its number and wire type as they stand on the wire. */
export function tagOf(field: number, wireType: number): number {
  return ((field << 3) | wireType) >>> 0;
}

/** The bit set of field numbers (below 32) for `skipUnknown`. */
export function knownFields(...fields: readonly number[]): number {
  return fields.reduce((bits, field) => bits | (1 << field), 0);
}

const EMPTY = new Uint8Array(0);

/** A cursor. Its fields are public so that hot loops can read and restore them. */
export class WireReader {
  bytes: Uint8Array = EMPTY;
  view: DataView = new DataView(EMPTY.buffer);
  /** Next byte to read. */
  position = 0;
  /** End of the message being read. */
  limit = 0;
  /** Words of the last 64-bit value, as signed 32-bit integers. */
  low = 0;
  high = 0;
  /** Name of the message being read, for error messages. */
  message = '';

  /** Points the cursor at `bytes[start … end)`, a message called `message`. */
  reset(bytes: Uint8Array, message: string, start = 0, end: number = bytes.length): void {
    if (this.bytes !== bytes) {
      this.bytes = bytes;
      this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    }
    this.position = start;
    this.limit = end;
    this.message = message;
  }

  /** Lets go of the buffer. */
  release(): void {
    this.reset(EMPTY, '');
  }

  /** Reads a field's tag, an unsigned 32-bit number. */
  readTag(): number {
    const position = this.position;
    if (position < this.limit) {
      const byte = this.bytes[position]!;
      if (byte < 0x80 && byte > 7) {
        this.position = position + 1;
        return byte;
      }
    }
    return readLongTag(this);
  }

  /** Reads a varint of up to 64 bits and returns its low 32 bits as a signed integer. */
  readVarint32(): number {
    const position = this.position;
    if (position < this.limit) {
      const byte = this.bytes[position]!;
      if (byte < 0x80) {
        this.position = position + 1;
        return byte;
      }
    }
    readLongVarint(this);
    return this.low;
  }

  /** Reads a varint of up to 64 bits into `low` and `high`. */
  readVarint64(): void {
    const position = this.position;
    if (position < this.limit) {
      const byte = this.bytes[position]!;
      if (byte < 0x80) {
        this.position = position + 1;
        this.low = byte;
        this.high = 0;
        return;
      }
    }
    readLongVarint(this);
  }

  /** Reads eight little-endian bytes into `low` and `high`. */
  readFixed64(): void {
    const position = this.position;
    if (position + 8 > this.limit) truncated(this, 8);
    this.low = this.view.getInt32(position, true);
    this.high = this.view.getInt32(position + 4, true);
    this.position = position + 8;
  }

  /** Reads four little-endian bytes as an unsigned number. */
  readFixed32(): number {
    const position = this.position;
    if (position + 4 > this.limit) truncated(this, 4);
    this.position = position + 4;
    return this.view.getUint32(position, true);
  }

  /** Reads eight little-endian bytes as a double. */
  readDouble(): number {
    const position = this.position;
    if (position + 8 > this.limit) truncated(this, 8);
    this.position = position + 8;
    return this.view.getFloat64(position, true);
  }

  /**
   * Reads the length of a string, byte string or message and returns where it ends; it starts at
   * `position`. The caller moves `position` to the end.
   */
  readDelimitedEnd(): number {
    const position = this.position;
    const limit = this.limit;
    if (position < limit) {
      const byte = this.bytes[position]!;
      if (byte < 0x80) {
        const end = position + 1 + byte;
        if (end <= limit) {
          this.position = position + 1;
          return end;
        }
      }
    }
    return readLongDelimitedEnd(this);
  }

  /** Enters the message at the cursor and returns the limit of the outer one, for `leave`. */
  enter(message: string): number {
    const end = this.readDelimitedEnd();
    const outer = this.limit;
    this.limit = end;
    this.message = message;
    return outer;
  }

  /** Goes on behind the message entered last, in the outer message `message`. */
  leave(outer: number, message: string): void {
    this.position = this.limit;
    this.limit = outer;
    this.message = message;
  }

  /**
   * Skips the value of a field that the caller did not recognise. A field whose number is in
   * `known` is one with a wrong wire type, which is refused.
   */
  skipUnknown(tag: number, known: number): void {
    const field = tag >>> 3;
    if (field < 32 && (known >>> field) & 1)
      this.fail(`field ${field} has wire type ${tag & 7}, which is not its type`);
    this.skip(tag);
  }

  /** Skips the value of the field with this tag. */
  skip(tag: number): void {
    switch (tag & 7) {
      case VARINT:
        this.readVarint32();
        return;
      case FIXED64:
        this.readFixed64();
        return;
      case DELIMITED:
        this.position = this.readDelimitedEnd();
        return;
      case FIXED32:
        this.readFixed32();
        return;
      default:
        this.fail(`field ${tag >>> 3} has the unsupported wire type ${tag & 7}`);
    }
  }

  /** Throws InvalidOtlpError naming the message and the position. */
  fail(problem: string, position: number = this.position): never {
    throw new InvalidOtlpError(
      'malformed',
      `invalid protobuf in ${this.message} at byte ${position}: ${problem}`,
    );
  }
}

function readLongTag(reader: WireReader): number {
  const start = reader.position;
  readLongVarint(reader);
  const tag = reader.low >>> 0;
  if (reader.high !== 0) reader.fail('field number is too large', start);
  if (tag < 8) reader.fail('field number 0 is not allowed', start);
  return tag;
}

function readLongDelimitedEnd(reader: WireReader): number {
  const start = reader.position;
  readLongVarint(reader);
  const length = reader.low >>> 0;
  const available = reader.limit - reader.position;
  if (reader.high !== 0 || length > available) {
    const wanted = (BigInt(reader.high >>> 0) << 32n) | BigInt(length);
    reader.fail(`length ${wanted} exceeds the ${available} bytes that follow`, start);
  }
  return reader.position + length;
}

/** The general varint: up to ten bytes, 64 bits. */
function readLongVarint(reader: WireReader): void {
  const bytes = reader.bytes;
  const limit = reader.limit;
  const start = reader.position;
  let position = start;
  let low = 0;
  let high = 0;
  for (let shift = 0; shift < 70; shift += 7) {
    if (position >= limit) reader.fail('a varint is cut off', start);
    const byte = bytes[position]!;
    position += 1;
    const bits = byte & 0x7f;
    if (shift < 28) low |= bits << shift;
    else if (shift === 28) {
      low |= bits << 28;
      high = bits >>> 4;
    } else if (shift < 63) high |= bits << (shift - 32);
    else {
      if (bits > 1) reader.fail('a varint has more than 64 bits', start);
      high |= bits << 31;
    }
    if (byte < 0x80) {
      reader.position = position;
      reader.low = low;
      reader.high = high;
      return;
    }
  }
  reader.fail('a varint is longer than ten bytes', start);
}

function truncated(reader: WireReader, wanted: number): never {
  reader.fail(`${wanted} bytes expected, ${reader.limit - reader.position} left`);
}
