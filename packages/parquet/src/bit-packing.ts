/** Integers packed into a fixed number of bits, lowest bit first. */

/**
 * Unpacks `count` integers of `width` bits (1 to 32) that start at byte `position` into `target`.
 * The caller has checked that the bytes are there.
 */
export function unpackBits(
  bytes: Uint8Array,
  position: number,
  width: number,
  count: number,
  target: Int32Array | Uint8Array,
  targetStart: number,
): void {
  if (width > 24) {
    for (let i = 0; i < count; i++)
      target[targetStart + i] = bitsAt(bytes, position, i * width, width);
    return;
  }
  if (width <= 4) {
    unpackNarrow(bytes, position, width, count, target, targetStart);
    return;
  }
  const mask = (1 << width) - 1;
  let at = position;
  let buffer = 0;
  let held = 0;
  const end = targetStart + count;
  for (let i = targetStart; i < end; i++) {
    while (held < width) {
      buffer |= bytes[at++]! << held;
      held += 8;
    }
    target[i] = buffer & mask;
    buffer >>>= width;
    held -= width;
  }
}

/** Levels and small dictionaries: eight integers fit one word. */
function unpackNarrow(
  bytes: Uint8Array,
  position: number,
  width: number,
  count: number,
  target: Int32Array | Uint8Array,
  targetStart: number,
): void {
  const mask = (1 << width) - 1;
  const w2 = width * 2;
  const w3 = width * 3;
  const w4 = width * 4;
  let at = position;
  let to = targetStart;
  const end = targetStart + count;
  const lastWhole = end - 8;
  for (; to <= lastWhole; to += 8) {
    let word = bytes[at]!;
    if (width > 1) word |= bytes[at + 1]! << 8;
    if (width > 2) word |= bytes[at + 2]! << 16;
    if (width > 3) word |= bytes[at + 3]! << 24;
    at += width;
    target[to] = word & mask;
    target[to + 1] = (word >>> width) & mask;
    target[to + 2] = (word >>> w2) & mask;
    target[to + 3] = (word >>> w3) & mask;
    word >>>= w4;
    target[to + 4] = word & mask;
    target[to + 5] = (word >>> width) & mask;
    target[to + 6] = (word >>> w2) & mask;
    target[to + 7] = (word >>> w3) & mask;
  }
  for (let bit = 0; to < end; to++, bit += width) target[to] = bitsAt(bytes, at, bit, width);
}

/** The `width` bits (1 to 32) from bit `bit` of the bytes at `position`, as a signed word. */
export function bitsAt(bytes: Uint8Array, position: number, bit: number, width: number): number {
  // Bits beyond 2^31 occur in no page.
  const at = position + (bit >> 3);
  const shift = bit & 7;
  const low = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
  const word = shift === 0 ? low : (low >>> shift) | (bytes[at + 4]! << (32 - shift));
  return width === 32 ? word : word & ((1 << width) - 1);
}

/** How many bits hold the integers 0 … `max`. */
export function bitWidthOf(max: number): number {
  return 32 - Math.clz32(max);
}
