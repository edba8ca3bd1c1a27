/**
 * Arrays in shared memory, so that a finished batch goes to another thread without a copy.
 *
 * Small arrays are carved out of slabs: a batch has a hundred columns, and one allocation each would
 * cost more than filling them when only a few traces are taken.
 */

const SLAB_BYTES = 64 * 1024;
const LARGEST_CARVED_BYTES = 8 * 1024;

let slab = new SharedArrayBuffer(0);
let slabUsedBytes = 0;

/** `length` zeros. */
export function sharedInt32Array(length: number): Int32Array {
  if (length * 4 > LARGEST_CARVED_BYTES) return new Int32Array(new SharedArrayBuffer(length * 4));
  return new Int32Array(...carve(length * 4), length);
}

/** `length` zeros. */
export function sharedUint8Array(length: number): Uint8Array {
  if (length > LARGEST_CARVED_BYTES) return new Uint8Array(new SharedArrayBuffer(length));
  return new Uint8Array(...carve(length), length);
}

/** `length` zeros. */
export function sharedFloat64Array(length: number): Float64Array {
  if (length * 8 > LARGEST_CARVED_BYTES) return new Float64Array(new SharedArrayBuffer(length * 8));
  return new Float64Array(...carve(length * 8), length);
}

/** Eight-byte aligned room of `byteLength` bytes that nobody has used. */
function carve(byteLength: number): [SharedArrayBuffer, number] {
  if (slabUsedBytes + byteLength > slab.byteLength) {
    slab = new SharedArrayBuffer(SLAB_BYTES);
    slabUsedBytes = 0;
  }
  const offset = slabUsedBytes;
  slabUsedBytes = (offset + byteLength + 7) & ~7;
  return [slab, offset];
}
