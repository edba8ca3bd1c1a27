/** Snappy's block format, decompression. Format: google/snappy, format_description.txt. */
import { CorruptParquetError } from './errors.ts';
import { MAX_SNAPPY_RATIO } from './limits.ts';

/** Up to this length a plain loop is faster than a call that copies. */
const SHORT_COPY = 24;

/**
 * Decompresses `source[start … end)` to exactly `length` bytes.
 *
 * @throws CorruptParquetError when the bytes are damaged or hold another length.
 */
export function snappyDecompress(
  source: Uint8Array,
  start: number,
  end: number,
  length: number,
): Uint8Array {
  let position = start;
  let claimed = 0;
  for (let scale = 1; ; scale *= 128) {
    if (position >= end || scale > 2 ** 28) throw damaged('has no length');
    const byte = source[position++]!;
    claimed += (byte & 0x7f) * scale;
    if (byte < 0x80) break;
  }
  if (claimed !== length) throw damaged(`holds ${claimed} bytes where ${length} belong`);
  if (length > (end - start) * MAX_SNAPPY_RATIO) throw damaged(`cannot hold ${length} bytes`);
  const target = new Uint8Array(length);
  let written = 0;
  while (position < end) {
    const tag = source[position++]!;
    const kind = tag & 3;
    if (kind === 0) {
      let count = (tag >>> 2) + 1;
      if (count > 60) {
        const extra = count - 60;
        if (position + extra > end) throw damaged('is cut off in a literal');
        count = 1;
        for (let i = 0; i < extra; i++) count += source[position + i]! * 2 ** (8 * i);
        position += extra;
      }
      if (position + count > end || written + count > length) throw damaged('has a long literal');
      if (count <= SHORT_COPY)
        for (let i = 0; i < count; i++) target[written + i] = source[position + i]!;
      else target.set(source.subarray(position, position + count), written);
      written += count;
      position += count;
      continue;
    }
    let count: number;
    let offset: number;
    if (kind === 1) {
      count = ((tag >>> 2) & 7) + 4;
      offset = ((tag >>> 5) << 8) | source[position]!;
      position += 1;
    } else if (kind === 2) {
      count = (tag >>> 2) + 1;
      offset = source[position]! | (source[position + 1]! << 8);
      position += 2;
    } else {
      count = (tag >>> 2) + 1;
      offset =
        (source[position]! |
          (source[position + 1]! << 8) |
          (source[position + 2]! << 16) |
          (source[position + 3]! << 24)) >>>
        0;
      position += 4;
    }
    const isSound = position <= end && offset > 0 && offset <= written && written + count <= length;
    if (!isSound) throw damaged('copies from outside');
    written = copyWithin(target, written, offset, count);
  }
  if (written !== length) throw damaged(`ends after ${written} of ${length} bytes`);
  return target;
}

/** Repeats the `count` bytes that lie `offset` back; they may overlap what is written. */
function copyWithin(target: Uint8Array, at: number, offset: number, count: number): number {
  const end = at + count;
  if (offset >= count && count > SHORT_COPY) {
    target.copyWithin(at, at - offset, end - offset);
    return end;
  }
  for (let i = at; i < end; i++) target[i] = target[i - offset]!;
  return end;
}

function damaged(problem: string): CorruptParquetError {
  return new CorruptParquetError(`snappy block ${problem}`);
}
