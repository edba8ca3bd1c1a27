/**
 * The frame around each record of a segment (FORMAT.md): magic, type, length and two checksums.
 * The checksums start from the segment's salt, a random number no sender knows, so bytes inside a
 * payload can never pass for a record, even while the reader looks for the next one after damage.
 */
import { crc32 } from 'node:zlib';

/** Bytes before a payload. */
export const RECORD_HEADER_BYTES = 20;

/** The first bytes of every record; 0xf5 does not occur in UTF-8. */
export const RECORD_MAGIC: Uint8Array = Uint8Array.of(0xf5, 0x57, 0xa1, 0x0c);

const TYPE_OFFSET = 4;
const LENGTH_OFFSET = 8;
const PAYLOAD_CHECKSUM_OFFSET = 12;
const HEADER_CHECKSUM_OFFSET = 16;

export interface RecordHeader {
  /** What the payload is, in the words of the log's user; 0 … 255. */
  readonly type: number;
  readonly payloadLength: number;
  readonly payloadChecksum: number;
}

/** The header of `payload`. */
export function encodeRecordHeader(type: number, payload: Uint8Array, salt: number): Uint8Array {
  const header = new Uint8Array(RECORD_HEADER_BYTES);
  const view = new DataView(header.buffer);
  header.set(RECORD_MAGIC);
  header[TYPE_OFFSET] = type;
  view.setUint32(LENGTH_OFFSET, payload.length, true);
  view.setUint32(PAYLOAD_CHECKSUM_OFFSET, crc32(payload, salt), true);
  const checksum = crc32(header.subarray(0, HEADER_CHECKSUM_OFFSET), salt);
  view.setUint32(HEADER_CHECKSUM_OFFSET, checksum, true);
  return header;
}

/** The header in the first {@link RECORD_HEADER_BYTES} of `bytes`; undefined when it is damaged. */
export function decodeRecordHeader(bytes: Uint8Array, salt: number): RecordHeader | undefined {
  if (bytes.length < RECORD_HEADER_BYTES) return undefined;
  for (let i = 0; i < RECORD_MAGIC.length; i += 1)
    if (bytes[i] !== RECORD_MAGIC[i]) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, RECORD_HEADER_BYTES);
  const checksum = crc32(bytes.subarray(0, HEADER_CHECKSUM_OFFSET), salt);
  if (view.getUint32(HEADER_CHECKSUM_OFFSET, true) !== checksum) return undefined;
  return {
    type: bytes[TYPE_OFFSET]!,
    payloadLength: view.getUint32(LENGTH_OFFSET, true),
    payloadChecksum: view.getUint32(PAYLOAD_CHECKSUM_OFFSET, true),
  };
}

/** Whether `payload` is what `header` was written for. */
export function isIntactPayload(header: RecordHeader, payload: Uint8Array, salt: number): boolean {
  return crc32(payload, salt) === header.payloadChecksum;
}
