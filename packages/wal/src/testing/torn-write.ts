/** What crashes and disks do to files. */

/** `bytes` as a crash leaves them that came after `length` of them were written. */
export function tornAt(bytes: Uint8Array, length: number): Uint8Array {
  return bytes.slice(0, length);
}

/** `bytes` with the byte at `offset` changed by `mask` (1 … 255). */
export function withFlippedByte(bytes: Uint8Array, offset: number, mask: number): Uint8Array {
  const damaged = bytes.slice();
  damaged[offset] = damaged[offset]! ^ mask;
  return damaged;
}
