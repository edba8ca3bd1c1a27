/** CRC-32C (Castagnoli), the checksum of Snappy's frames. */

const POLYNOMIAL_REVERSED = 0x82f63b78;
const TABLE = makeTable();

/** The checksum of `bytes`, unsigned. */
export function crc32c(bytes: Uint8Array): number {
  let state = 0xffffffff;
  const { length } = bytes;
  for (let index = 0; index < length; index += 1)
    state = TABLE[(state ^ bytes[index]!) & 0xff]! ^ (state >>> 8);
  return ~state >>> 0;
}

function makeTable(): Uint32Array {
  const table = new Uint32Array(256);
  for (let byte = 0; byte < 256; byte += 1) {
    let value = byte;
    for (let bit = 0; bit < 8; bit += 1)
      value = value & 1 ? (value >>> 1) ^ POLYNOMIAL_REVERSED : value >>> 1;
    table[byte] = value >>> 0;
  }
  return table;
}
