/**
 * Encodes the RLE / bit-packing hybrid of levels and dictionary codes; the counterpart of
 * rle-hybrid.ts. A repetition becomes a run of its own where that is shorter than packing it.
 */
import { writeVarint, type ByteBuffer } from './byte-buffer.ts';
import { packBits, packLevels } from './pack-bits.ts';

/** Integers in one packed run, at most: its header then takes two bytes. */
const MAX_PACKED = 8 * 8191;

/** A run in between costs its header and value, and the header of what is packed after it. */
function shortestRun(width: number): number {
  if (width >= 4) return 8;
  return width === 1 ? 32 : 16;
}

/** Appends the codes `values[start … end)`, which are not negative, in `width` bits (1 to 32). */
export function encodeCodeRuns(
  values: Int32Array,
  start: number,
  end: number,
  width: number,
  out: ByteBuffer,
): void {
  out.reserve((((end - start) >> 3) + 2) * (width + 10));
  const { bytes } = out;
  const minRun = shortestRun(width);
  const valueBytes = (width + 7) >> 3;
  let to = out.length;
  let packedFrom = -1;
  for (let i = start; i < end;) {
    const value = values[i]!;
    let runEnd = i + 1;
    while (runEnd < end && values[runEnd] === value) runEnd += 1;
    const isRun = runEnd - i >= minRun || (runEnd === end && packedFrom < 0);
    if (packedFrom >= 0 && (isRun || i - packedFrom >= MAX_PACKED)) {
      to = writeVarint(bytes, to, (((i - packedFrom) >> 3) << 1) | 1);
      to = packBits(values, packedFrom, i, width, bytes, to);
      packedFrom = -1;
    }
    if (isRun) {
      to = writeVarint(bytes, to, (runEnd - i) * 2);
      for (let k = 0; k < valueBytes; k++) bytes[to++] = value >>> (8 * k);
      i = runEnd;
    } else {
      if (packedFrom < 0) packedFrom = i;
      i = Math.min(i + 8, end);
    }
  }
  if (packedFrom >= 0) {
    to = writeVarint(bytes, to, (((end - packedFrom + 7) >> 3) << 1) | 1);
    to = packBits(values, packedFrom, end, width, bytes, to);
  }
  out.length = to;
}

/**
 * As {@link encodeCodeRuns}, for levels of at most 4 bits. Two functions, because a loop that sees
 * arrays of one type only is much faster.
 */
export function encodeLevelRuns(
  values: Uint8Array,
  start: number,
  end: number,
  width: number,
  out: ByteBuffer,
): void {
  out.reserve((((end - start) >> 3) + 2) * (width + 10));
  const { bytes } = out;
  const minRun = shortestRun(width);
  let to = out.length;
  let packedFrom = -1;
  for (let i = start; i < end;) {
    const value = values[i]!;
    let runEnd = i + 1;
    while (runEnd < end && values[runEnd] === value) runEnd += 1;
    const isRun = runEnd - i >= minRun || (runEnd === end && packedFrom < 0);
    if (packedFrom >= 0 && (isRun || i - packedFrom >= MAX_PACKED)) {
      to = writeVarint(bytes, to, (((i - packedFrom) >> 3) << 1) | 1);
      to = packLevels(values, packedFrom, i, width, bytes, to);
      packedFrom = -1;
    }
    if (isRun) {
      to = writeVarint(bytes, to, (runEnd - i) * 2);
      bytes[to++] = value;
      i = runEnd;
    } else {
      if (packedFrom < 0) packedFrom = i;
      i = Math.min(i + 8, end);
    }
  }
  if (packedFrom >= 0) {
    to = writeVarint(bytes, to, (((end - packedFrom + 7) >> 3) << 1) | 1);
    to = packLevels(values, packedFrom, end, width, bytes, to);
  }
  out.length = to;
}
