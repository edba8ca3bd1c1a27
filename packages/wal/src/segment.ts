/** Names and headers of segment files (FORMAT.md). */
import { crc32 } from 'node:zlib';

/** Two copies of magic, salt and checksum: no single damaged byte makes a segment unreadable. */
export const SEGMENT_HEADER_BYTES = 32;

const SEGMENT_MAGIC = Buffer.from('TTSWAL1\n', 'latin1');
const COPY_BYTES = 16;
const SALT_OFFSET = 8;
const CHECKSUM_OFFSET = 12;

const SEGMENT_NAME = /^(\d{10,15})\.wal$/;

/** The file name of segment `sequence`. */
export function segmentFileName(sequence: number): string {
  return `${String(sequence).padStart(10, '0')}.wal`;
}

/** The sequence number in a segment's file name; undefined when it is not one. */
export function parseSegmentFileName(name: string): number | undefined {
  const match = SEGMENT_NAME.exec(name);
  return match ? Number(match[1]) : undefined;
}

/** The sequence numbers of the segments among `names`, ascending. */
export function segmentSequences(names: readonly string[]): number[] {
  return names
    .map(parseSegmentFileName)
    .filter((sequence) => sequence !== undefined)
    .toSorted((a, b) => a - b);
}

/** What a segment begins with. `salt` is an unsigned 32-bit number. */
export function encodeSegmentHeader(salt: number): Uint8Array {
  const header = new Uint8Array(SEGMENT_HEADER_BYTES);
  for (let start = 0; start < SEGMENT_HEADER_BYTES; start += COPY_BYTES) {
    const view = new DataView(header.buffer, start, COPY_BYTES);
    header.set(SEGMENT_MAGIC, start);
    view.setUint32(SALT_OFFSET, salt, true);
    const checksum = crc32(header.subarray(start, start + CHECKSUM_OFFSET));
    view.setUint32(CHECKSUM_OFFSET, checksum, true);
  }
  return header;
}

/** The salt of a segment; undefined when neither copy of the header is intact. */
export function decodeSegmentHeader(bytes: Uint8Array): number | undefined {
  for (let start = 0; start + COPY_BYTES <= bytes.length; start += COPY_BYTES) {
    const copy = bytes.subarray(start, start + COPY_BYTES);
    if (SEGMENT_MAGIC.compare(copy, 0, SEGMENT_MAGIC.length) !== 0) continue;
    const view = new DataView(copy.buffer, copy.byteOffset, COPY_BYTES);
    const checksum = crc32(copy.subarray(0, CHECKSUM_OFFSET));
    if (view.getUint32(CHECKSUM_OFFSET, true) === checksum)
      return view.getUint32(SALT_OFFSET, true);
  }
  return undefined;
}
