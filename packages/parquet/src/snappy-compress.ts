/**
 * Snappy's block format, compression. Format: google/snappy, format_description.txt.
 *
 * Four bytes are looked up in a table of earlier places; the longer nothing is found, the larger the
 * steps, so that bytes which do not compress cost little. As in Snappy's own compressor, copies reach
 * back within blocks of 64 kB only.
 */
import { copyBytes, writeVarint, type ByteBuffer } from './byte-buffer.ts';

const BLOCK_BYTES = 1 << 16;
const MAX_TABLE_BITS = 14;
/** Shorter rests are literals; words are read without a look at the end. */
const MARGIN_BYTES = 15;
const HASH_MULTIPLIER = 0x1e35a7bd;

/** Place in the block plus 1 by hash; 0 for none. A module's scratch: compression is synchronous. */
const table = new Uint16Array(1 << MAX_TABLE_BITS);

/** Appends `source`'s bytes `start … end - 1`, compressed. The buffers MUST be two. */
export function snappyCompress(
  source: ByteBuffer,
  start: number,
  end: number,
  out: ByteBuffer,
): void {
  const length = end - start;
  // What cannot be compressed grows by one byte in 60 at most; the rest is slack for headers.
  out.reserve(length + (length >> 5) + 64 + 8 * Math.ceil(length / BLOCK_BYTES));
  let to = writeVarint(out.bytes, out.length, length);
  for (let from = start; from < end; from += BLOCK_BYTES)
    to = compressBlock(
      source.bytes,
      source.view,
      from,
      Math.min(end, from + BLOCK_BYTES),
      out.bytes,
      to,
    );
  out.length = to;
}

function compressBlock(
  source: Uint8Array,
  view: DataView,
  start: number,
  end: number,
  target: Uint8Array,
  at: number,
): number {
  if (end - start <= MARGIN_BYTES) return writeLiteral(source, start, end, target, at);
  const bits = Math.min(MAX_TABLE_BITS, Math.max(8, 32 - Math.clz32(end - start - 1)));
  const shift = 32 - bits;
  table.fill(0, 0, 1 << bits);
  const base = start - 1;
  const limit = end - MARGIN_BYTES;
  let to = at;
  let written = start;
  let from = start;
  for (;;) {
    // Look for the next four bytes that were there before.
    let candidate = 0;
    let skip = 32;
    for (; from < limit; from += skip++ >> 5) {
      const word = view.getInt32(from, true);
      const hash = Math.imul(word, HASH_MULTIPLIER) >>> shift;
      candidate = table[hash]! + base;
      table[hash] = from - base;
      if (candidate !== base && view.getInt32(candidate, true) === word) break;
    }
    if (from >= limit) break;
    if (written < from) to = writeLiteral(source, written, from, target, to);
    let match = from + 4;
    const offset = from - candidate;
    while (match < end && source[match] === source[match - offset]) match += 1;
    to = writeCopy(offset, match - from, target, to);
    written = match;
    from = match;
    if (from >= limit) break;
    const hash = Math.imul(view.getInt32(from - 1, true), HASH_MULTIPLIER) >>> shift;
    table[hash] = from - 1 - base;
  }
  return written < end ? writeLiteral(source, written, end, target, to) : to;
}

function writeLiteral(
  source: Uint8Array,
  start: number,
  end: number,
  target: Uint8Array,
  at: number,
): number {
  const last = end - start - 1;
  let to = at;
  if (last < 60) target[to++] = last << 2;
  else if (last < 256) {
    target[to++] = 60 << 2;
    target[to++] = last;
  } else {
    target[to++] = 61 << 2;
    target[to++] = last;
    target[to++] = last >>> 8;
  }
  return copyBytes(source, start, end, target, to);
}

function writeCopy(offset: number, length: number, target: Uint8Array, at: number): number {
  let to = at;
  let rest = length;
  while (rest >= 68) {
    to = writeLongCopy(offset, 64, target, to);
    rest -= 64;
  }
  // So that no copy shorter than four bytes is left over.
  if (rest > 64) {
    to = writeLongCopy(offset, 60, target, to);
    rest -= 60;
  }
  if (rest >= 12 || offset >= 2048) return writeLongCopy(offset, rest, target, to);
  target[to++] = 1 | ((rest - 4) << 2) | ((offset >>> 8) << 5);
  target[to++] = offset;
  return to;
}

function writeLongCopy(offset: number, length: number, target: Uint8Array, at: number): number {
  target[at] = 2 | ((length - 1) << 2);
  target[at + 1] = offset;
  target[at + 2] = offset >>> 8;
  return at + 3;
}
