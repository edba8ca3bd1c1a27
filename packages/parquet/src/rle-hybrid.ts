/** The RLE / bit-packing hybrid of levels, dictionary codes and booleans. */
import { unpackBits } from './bit-packing.ts';
import { CorruptParquetError } from './errors.ts';

/** Up to this length a plain loop is faster than a call that fills. */
const SHORT_RUN = 64;

/**
 * Decodes exactly `count` integers of `width` bits from `bytes[start … end)` into `target`.
 *
 * @throws CorruptParquetError when there are fewer, or the width is none.
 */
export function decodeRleHybrid(
  bytes: Uint8Array,
  start: number,
  end: number,
  width: number,
  count: number,
  target: Int32Array | Uint8Array,
): void {
  if (width > 32) throw new CorruptParquetError(`codes of ${width} bits`);
  if (width === 0) {
    target.fill(0, 0, count);
    return;
  }
  const runBytes = (width + 7) >> 3;
  let position = start;
  let filled = 0;
  while (filled < count) {
    let header = 0;
    for (let shift = 0; ; shift += 7) {
      if (position >= end || shift > 28)
        throw new CorruptParquetError(`runs end after ${filled} of ${count} values`);
      const byte = bytes[position++]!;
      header |= (byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    const length = header >>> 1;
    if ((header & 1) === 1) {
      const take = Math.min(length * 8, count - filled);
      if (length === 0 || position + Math.ceil((take * width) / 8) > end)
        throw new CorruptParquetError(`a run is cut off after ${filled} of ${count} values`);
      unpackBits(bytes, position, width, take, target, filled);
      filled += take;
      position += length * width;
    } else {
      if (length === 0 || position + runBytes > end)
        throw new CorruptParquetError(`a run is cut off after ${filled} of ${count} values`);
      let value = 0;
      for (let i = 0; i < runBytes; i++) value |= bytes[position++]! << (8 * i);
      const runEnd = filled + Math.min(length, count - filled);
      if (runEnd - filled < SHORT_RUN) while (filled < runEnd) target[filled++] = value;
      else target.fill(value, filled, runEnd);
      filled = runEnd;
    }
  }
}
