/** xxHash32 with seed 0 (https://github.com/Cyan4973/xxHash, xxhash_spec.md): LZ4's checksum. */

const PRIME_1 = 0x9e3779b1;
const PRIME_2 = 0x85ebca77;
const PRIME_3 = 0xc2b2ae3d;
const PRIME_4 = 0x27d4eb2f;
const PRIME_5 = 0x165667b1;

/** The hash of `bytes`, unsigned. */
export function xxHash32(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { length } = bytes;
  let position = 0;
  let hash = PRIME_5;
  if (length >= 16) {
    let lane1 = (PRIME_1 + PRIME_2) | 0;
    let lane2 = PRIME_2 | 0;
    let lane3 = 0;
    let lane4 = -PRIME_1 | 0;
    for (const end = length - 16; position <= end; position += 16) {
      lane1 = round(lane1, view.getInt32(position, true));
      lane2 = round(lane2, view.getInt32(position + 4, true));
      lane3 = round(lane3, view.getInt32(position + 8, true));
      lane4 = round(lane4, view.getInt32(position + 12, true));
    }
    hash = rotate(lane1, 1) + rotate(lane2, 7) + rotate(lane3, 12) + rotate(lane4, 18);
  }
  hash = (hash + length) | 0;
  for (; position + 4 <= length; position += 4)
    hash = Math.imul(rotate(hash + Math.imul(view.getInt32(position, true), PRIME_3), 17), PRIME_4);
  for (; position < length; position += 1)
    hash = Math.imul(rotate(hash + Math.imul(bytes[position]!, PRIME_5), 11), PRIME_1);
  hash = Math.imul(hash ^ (hash >>> 15), PRIME_2);
  hash = Math.imul(hash ^ (hash >>> 13), PRIME_3);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function round(lane: number, input: number): number {
  return Math.imul(rotate(lane + Math.imul(input, PRIME_2), 13), PRIME_1);
}

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}
