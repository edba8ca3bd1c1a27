/**
 * Snappy, both forms that senders use: one block (https://github.com/google/snappy,
 * format_description.txt), and the framing format (framing_format.txt) with checked checksums.
 */
import { ByteOutput } from './byte-output.ts';
import { crc32c } from './crc32c.ts';

/** The plain bytes of one Snappy block; throws when it is damaged or longer than `maxBytes`. */
export function snappyDecompress(block: Uint8Array, maxBytes: number): Uint8Array {
  const output = new ByteOutput({ maxBytes });
  appendBlock(block, 0, block.length, output);
  return output.finish();
}

const STREAM_IDENTIFIER = 0xff;
const COMPRESSED_CHUNK = 0x00;
const PLAIN_CHUNK = 0x01;
const FIRST_SKIPPABLE_CHUNK = 0x80;
const STREAM_NAME = 'sNaPpY';
const CHECKSUM_BYTES = 4;

/** The plain bytes of a Snappy stream in frames; throws like {@link snappyDecompress}. */
export function snappyFramedDecompress(stream: Uint8Array, maxBytes: number): Uint8Array {
  const output = new ByteOutput({ maxBytes });
  let position = 0;
  while (position < stream.length) {
    const start = position + 4;
    if (start > stream.length) throw new RangeError('a chunk header is cut off');
    const type = stream[position]!;
    const length = readLittleEndian(stream, position + 1, 3);
    const end = start + length;
    if (end > stream.length) throw new RangeError('a chunk is cut off');
    if (position === 0 && type !== STREAM_IDENTIFIER)
      throw new RangeError('the stream identifier is missing');
    if (type === STREAM_IDENTIFIER) checkIdentifier(stream.subarray(start, end));
    else if (type === COMPRESSED_CHUNK || type === PLAIN_CHUNK)
      appendChunk(stream, start, end, type, output);
    else if (type < FIRST_SKIPPABLE_CHUNK) throw new RangeError(`chunk type ${type} is not known`);
    position = end;
  }
  return output.finish();
}

function checkIdentifier(bytes: Uint8Array): void {
  if (Buffer.from(bytes).toString('latin1') !== STREAM_NAME)
    throw new RangeError('the stream identifier is wrong');
}

function appendChunk(
  stream: Uint8Array,
  start: number,
  end: number,
  type: number,
  output: ByteOutput,
): void {
  if (end - start < CHECKSUM_BYTES) throw new RangeError('a chunk has no checksum');
  const expected = readLittleEndian(stream, start, CHECKSUM_BYTES) >>> 0;
  const before = output.length;
  if (type === COMPRESSED_CHUNK) appendBlock(stream, start + CHECKSUM_BYTES, end, output);
  else output.append(stream, start + CHECKSUM_BYTES, end);
  if (maskedChecksum(output.since(before)) !== expected)
    throw new RangeError('a chunk has the wrong checksum');
}

/** Checksums of data that holds checksums are rotated, so that they do not cancel out. */
function maskedChecksum(bytes: Uint8Array): number {
  const checksum = crc32c(bytes);
  return (((checksum >>> 15) | (checksum << 17)) + 0xa282ead8) >>> 0;
}

/** Decompresses `source[position, end)`, which is one block. */
function appendBlock(source: Uint8Array, start: number, end: number, output: ByteOutput): void {
  const base = output.length;
  let position = start;
  let length = 0;
  for (let shift = 0; ; shift += 7) {
    if (position >= end || shift > 28) throw new RangeError('the length is cut off');
    const byte = source[position]!;
    position += 1;
    length += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) break;
  }
  output.reserve(length);
  while (position < end) position = appendElement(source, position, end, output, base);
  if (output.length - base !== length)
    throw new RangeError(`${output.length - base} bytes where ${length} were announced`);
}

/** One literal or copy; returns the position behind it. */
function appendElement(
  source: Uint8Array,
  position: number,
  end: number,
  output: ByteOutput,
  base: number,
): number {
  const tag = source[position]!;
  const kind = tag & 3;
  if (kind === 0) {
    const short = tag >>> 2;
    const lengthBytes = short < 60 ? 0 : short - 59;
    const start = position + 1 + lengthBytes;
    if (start > end) throw new RangeError('a literal is cut off');
    const length = lengthBytes === 0 ? short : readLittleEndian(source, position + 1, lengthBytes);
    const literalEnd = start + (length >>> 0) + 1;
    if (literalEnd > end) throw new RangeError('a literal is cut off');
    output.append(source, start, literalEnd);
    return literalEnd;
  }
  const distanceBytes = kind === 3 ? 4 : kind;
  const next = position + 1 + distanceBytes;
  if (next > end) throw new RangeError('a copy is cut off');
  const rest = readLittleEndian(source, position + 1, distanceBytes) >>> 0;
  if (kind === 1) output.repeat(((tag >>> 5) << 8) | rest, ((tag >>> 2) & 7) + 4, base);
  else output.repeat(rest, (tag >>> 2) + 1, base);
  return next;
}

/** Up to four bytes, least significant first; negative when the topmost bit of four is set. */
function readLittleEndian(bytes: Uint8Array, position: number, count: number): number {
  let value = 0;
  for (let index = 0; index < count; index += 1) value |= bytes[position + index]! << (8 * index);
  return value;
}
