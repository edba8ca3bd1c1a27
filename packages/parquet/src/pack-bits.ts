/** Packs integers into a fixed number of bits, lowest bit first; the counterpart of bit-packing.ts. */

/**
 * Packs `values[start … end)` of `width` bits (1 to 32) to `target[at …)`, filled up with zeros to a
 * multiple of eight integers. The caller has made room. Returns the position behind.
 */
export function packBits(
  values: Int32Array,
  start: number,
  end: number,
  width: number,
  target: Uint8Array,
  at: number,
): number {
  const endAt = at + ((end - start + 7) >> 3) * width;
  let to = at;
  let word = 0;
  let held = 0;
  for (let i = start; i < end; i++) {
    const value = values[i]!;
    word |= value << held;
    held += width;
    if (held < 32) continue;
    target[to] = word;
    target[to + 1] = word >>> 8;
    target[to + 2] = word >>> 16;
    target[to + 3] = word >>> 24;
    to += 4;
    held -= 32;
    word = held === 0 ? 0 : value >>> (width - held);
  }
  for (; to < endAt; to++) {
    target[to] = word;
    word >>>= 8;
  }
  return endAt;
}

/** As {@link packBits}, for levels: bytes of at most 4 bits, eight of which fit one word. */
export function packLevels(
  values: Uint8Array,
  start: number,
  end: number,
  width: number,
  target: Uint8Array,
  at: number,
): number {
  let to = at;
  const w2 = width * 2;
  const w3 = width * 3;
  const w4 = width * 4;
  let i = start;
  for (const lastWhole = end - 8; i <= lastWhole; i += 8) {
    const low =
      values[i]! | (values[i + 1]! << width) | (values[i + 2]! << w2) | (values[i + 3]! << w3);
    const high =
      values[i + 4]! | (values[i + 5]! << width) | (values[i + 6]! << w2) | (values[i + 7]! << w3);
    const word = low | (high << w4);
    target[to] = word;
    if (width > 1) target[to + 1] = word >>> 8;
    if (width > 2) target[to + 2] = word >>> 16;
    if (width > 3) target[to + 3] = word >>> 24;
    to += width;
  }
  if (i === end) return to;
  let word = 0;
  for (let shift = 0; i < end; i++, shift += width) word |= values[i]! << shift;
  for (let k = 0; k < width; k++) target[to++] = word >>> (8 * k);
  return to;
}

/** `values[start … end)`, 0 or 1 each, as bits. */
export function packBooleans(
  values: Uint8Array,
  start: number,
  end: number,
  target: Uint8Array,
  at: number,
): number {
  let to = at;
  for (let i = start; i < end; i += 8) {
    const stop = Math.min(i + 8, end);
    let byte = 0;
    for (let k = i; k < stop; k++) if (values[k] !== 0) byte |= 1 << (k - i);
    target[to++] = byte;
  }
  return to;
}
