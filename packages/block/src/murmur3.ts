/** MurmurHash3, x64 variant, 128 bits, seed 0 (Austin Appleby, public domain). */

const C1 = 0x87c37b91114253d5n;
const C2 = 0x4cf5ad432745937fn;

/** Both halves of the hash of `bytes`. */
export function murmur3(bytes: Uint8Array): readonly [bigint, bigint] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const blockCount = bytes.length >> 4;
  let h1 = 0n;
  let h2 = 0n;
  for (let block = 0; block < blockCount; block++) {
    h1 ^= mixFirst(view.getBigUint64(block * 16, true));
    h1 = wrap(wrap(rotate(h1, 27n) + h2) * 5n + 0x52dce729n);
    h2 ^= mixSecond(view.getBigUint64(block * 16 + 8, true));
    h2 = wrap(wrap(rotate(h2, 31n) + h1) * 5n + 0x38495ab5n);
  }
  const tail = blockCount * 16;
  h2 ^= mixSecond(littleEndian(bytes, tail + 8, bytes.length));
  h1 ^= mixFirst(littleEndian(bytes, tail, Math.min(bytes.length, tail + 8)));
  const length = BigInt(bytes.length);
  h1 = wrap((h1 ^ length) + (h2 ^ length));
  h2 = wrap((h2 ^ length) + h1);
  h1 = finalize(h1);
  h2 = finalize(h2);
  h1 = wrap(h1 + h2);
  return [h1, wrap(h2 + h1)];
}

function wrap(value: bigint): bigint {
  return BigInt.asUintN(64, value);
}

function rotate(value: bigint, bits: bigint): bigint {
  return wrap((value << bits) | (value >> (64n - bits)));
}

function mixFirst(word: bigint): bigint {
  return wrap(rotate(wrap(word * C1), 31n) * C2);
}

function mixSecond(word: bigint): bigint {
  return wrap(rotate(wrap(word * C2), 33n) * C1);
}

function littleEndian(bytes: Uint8Array, start: number, end: number): bigint {
  let value = 0n;
  for (let i = end - 1; i >= start; i--) value = (value << 8n) | BigInt(bytes[i]!);
  return value;
}

function finalize(value: bigint): bigint {
  let mixed = wrap((value ^ (value >> 33n)) * 0xff51afd7ed558ccdn);
  mixed = wrap((mixed ^ (mixed >> 33n)) * 0xc4ceb9fe1a85ec53n);
  return mixed ^ (mixed >> 33n);
}
