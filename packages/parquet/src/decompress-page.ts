/** Decompresses a page's body. */
import { zstdDecompressSync } from 'node:zlib';
import { CorruptParquetError, UnsupportedParquetError } from './errors.ts';
import { Codec } from './file-metadata.ts';
import { snappyDecompress } from './snappy-decompress.ts';
import type { ByteSpan } from './decode-values.ts';

/** `body` decompressed to exactly `length` bytes; without a codec the same bytes. */
export function decompressPage(codec: number, body: ByteSpan, length: number): ByteSpan {
  const { bytes, start, end } = body;
  switch (codec) {
    case Codec.Uncompressed:
      return body;
    case Codec.Snappy:
      if (start === end && length === 0) return body;
      return { bytes: snappyDecompress(bytes, start, end, length), start: 0, end: length };
    case Codec.Zstd:
      if (start === end && length === 0) return body;
      return { bytes: zstdDecompress(bytes.subarray(start, end), length), start: 0, end: length };
    default:
      throw new UnsupportedParquetError(`compression codec ${codec}`);
  }
}

function zstdDecompress(frame: Uint8Array, length: number): Uint8Array {
  let decompressed: Uint8Array;
  try {
    decompressed = zstdDecompressSync(frame, { maxOutputLength: Math.max(1, length) });
  } catch (cause) {
    throw new CorruptParquetError('zstd frame is damaged', { cause });
  }
  if (decompressed.length !== length)
    throw new CorruptParquetError(`zstd frame holds ${decompressed.length} bytes, not ${length}`);
  return decompressed;
}
