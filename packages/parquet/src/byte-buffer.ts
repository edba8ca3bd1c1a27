/**
 * Growing bytes that an encoder writes into, kept from row group to row group. Hot loops reserve what
 * they need at most, then write to `bytes` from `length` on and move `length`.
 */

const INITIAL_BYTES = 1 << 12;

export class ByteBuffer {
  /** Replaced when it grows: read it after `reserve`. */
  bytes: Uint8Array<ArrayBuffer> = new Uint8Array(INITIAL_BYTES);
  /** Of the same memory, for words that are not aligned. */
  view: DataView = new DataView(this.bytes.buffer);
  /** Bytes written. */
  length = 0;

  clear(): void {
    this.length = 0;
  }

  /** Makes room for `extra` bytes behind `length`. */
  reserve(extra: number): void {
    const needed = this.length + extra;
    if (needed <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(this.bytes.length * 2, needed));
    grown.set(this.bytes.subarray(0, this.length));
    this.bytes = grown;
    this.view = new DataView(grown.buffer);
  }

  append(source: Uint8Array): void {
    this.reserve(source.length);
    this.bytes.set(source, this.length);
    this.length += source.length;
  }

  /** Appends `source[start … end)`, which may be short. */
  appendRange(source: Uint8Array, start: number, end: number): void {
    this.reserve(end - start);
    this.length = copyBytes(source, start, end, this.bytes, this.length);
  }

  appendByte(value: number): void {
    this.reserve(1);
    this.bytes[this.length++] = value;
  }

  /** An unsigned LEB128 integer below 2^31. */
  appendVarint(value: number): void {
    this.reserve(5);
    this.length = writeVarint(this.bytes, this.length, value);
  }

  appendUint32(value: number): void {
    this.reserve(4);
    this.view.setUint32(this.length, value, true);
    this.length += 4;
  }
}

/** Up to this length a plain loop is faster than a call that copies. */
const SHORT_COPY = 32;

/** Copies `source[start … end)` to `target[at …)`; returns the position behind. */
export function copyBytes(
  source: Uint8Array,
  start: number,
  end: number,
  target: Uint8Array,
  at: number,
): number {
  let to = at;
  if (end - start <= SHORT_COPY) {
    for (let from = start; from < end; from++) target[to++] = source[from]!;
    return to;
  }
  target.set(source.subarray(start, end), to);
  return to + (end - start);
}

/** Writes an unsigned LEB128 integer below 2^31; returns the position behind. */
export function writeVarint(bytes: Uint8Array, at: number, value: number): number {
  let to = at;
  let rest = value;
  while (rest > 127) {
    bytes[to++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  bytes[to++] = rest;
  return to;
}
