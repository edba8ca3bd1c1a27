/** Makes Snappy streams for tests. */
import { crc32c } from '../crc32c.ts';

/** One Snappy block that holds `bytes` as literals (at most 65536 bytes). */
export function snappyLiteral(bytes: Uint8Array): Uint8Array {
  const length: number[] = [];
  let rest = bytes.length;
  for (; rest >= 0x80; rest >>>= 7) length.push((rest & 0x7f) | 0x80);
  length.push(rest);
  if (bytes.length === 0) return Uint8Array.from(length);
  const last = bytes.length - 1;
  return Uint8Array.from([...length, 61 << 2, last & 0xff, last >>> 8, ...bytes]);
}

/** A stream in the framing format: `blocks`, each compressing the part of `plain` beside it. */
export function snappyFramed(
  blocks: readonly Uint8Array[],
  plain: readonly Uint8Array[],
): Uint8Array {
  const chunks = [Buffer.from([0xff, 6, 0, 0]), Buffer.from('sNaPpY')];
  blocks.forEach((block, index) => {
    const checksum = crc32c(plain[index]!);
    const masked = (((checksum >>> 15) | (checksum << 17)) + 0xa282ead8) >>> 0;
    const header = Buffer.alloc(8);
    header.writeUIntLE(block.length + 4, 1, 3);
    header.writeUInt32LE(masked, 4);
    chunks.push(header, Buffer.from(block));
  });
  return Buffer.concat(chunks);
}
