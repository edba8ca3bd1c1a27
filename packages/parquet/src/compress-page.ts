/** Compresses pages; the counterpart of decompress-page.ts. */
import { constants, zstdCompressSync } from 'node:zlib';
import type { ByteBuffer } from './byte-buffer.ts';
import { Codec } from './file-metadata.ts';
import { snappyCompress } from './snappy-compress.ts';

/** How pages are compressed. */
export type Compression =
  | { readonly codec: 'none' }
  | { readonly codec: 'snappy' }
  /** `level` as zstd counts them: 1 is fast, 19 small. */
  | { readonly codec: 'zstd'; readonly level: number };

/** The number of a codec in the footer. */
export function codecNumber({ codec }: Compression): number {
  if (codec === 'snappy') return Codec.Snappy;
  return codec === 'zstd' ? Codec.Zstd : Codec.Uncompressed;
}

/** Calling zstd costs more than shorter bodies can save. */
const MIN_ZSTD_BYTES = 64;

/** Appends `source`'s bytes `start … end - 1`, compressed. The buffers MUST be two. */
export function compressTo(
  compression: Compression,
  source: ByteBuffer,
  start: number,
  end: number,
  out: ByteBuffer,
): void {
  switch (compression.codec) {
    case 'none':
      out.appendRange(source.bytes, start, end);
      return;
    case 'snappy':
      snappyCompress(source, start, end, out);
      return;
    case 'zstd': {
      const body = source.bytes.subarray(start, end);
      if (body.length < MIN_ZSTD_BYTES) appendStoredFrame(body, out);
      else out.append(zstdCompressSync(body, zstdOptions(compression.level)));
    }
  }
}

function zstdOptions(level: number) {
  return { params: { [constants.ZSTD_c_compressionLevel]: level } };
}

/**
 * A zstd frame that holds `body` as it is (RFC 8878): magic, a header of one segment with its size in
 * one byte, one last block that is stored.
 */
function appendStoredFrame(body: Uint8Array, out: ByteBuffer): void {
  out.reserve(12 + body.length);
  const block = (body.length << 3) | 1;
  out.appendUint32(0xfd2fb528);
  out.appendByte(0x20);
  out.appendByte(body.length);
  out.appendByte(block & 0xff);
  out.appendByte((block >>> 8) & 0xff);
  out.appendByte(0);
  out.append(body);
}
