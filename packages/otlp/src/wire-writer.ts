/**
 * Writes protobuf's wire format into one growing buffer. The length of a nested message is written
 * when it ends: one byte is kept free for it and the content moves up when more are needed.
 */

const encoder = new TextEncoder();

/** Bytes of a varint that holds the unsigned `value` (below 2^53). */
export function varintLength(value: number): number {
  let length = 1;
  for (let rest = value; rest > 127; rest = Math.floor(rest / 128)) length += 1;
  return length;
}

/** Writes the unsigned `value` (below 2^53) as a varint at `position`; returns the end. */
export function writeVarintAt(target: Uint8Array, position: number, value: number): number {
  let rest = value;
  let end = position;
  while (rest > 127) {
    target[end++] = (rest & 0x7f) | 0x80;
    rest = Math.floor(rest / 128);
  }
  target[end++] = rest;
  return end;
}

/** Builds one message. Fields appear in the order of the calls; nothing is left out. */
export class WireWriter {
  #bytes: Uint8Array;
  #view: DataView;
  #position = 0;

  constructor(options: { readonly capacityBytes?: number } = {}) {
    this.#bytes = new Uint8Array(options.capacityBytes ?? 1024);
    this.#view = new DataView(this.#bytes.buffer);
  }

  get byteLength(): number {
    return this.#position;
  }

  /** What was written, as a view that the next write may invalidate. */
  written(): Uint8Array {
    return this.#bytes.subarray(0, this.#position);
  }

  /** A copy of what was written. */
  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#position);
  }

  /** Forgets what was written and keeps the buffer. */
  clear(): void {
    this.#position = 0;
  }

  tag(field: number, wireType: number): void {
    this.varint(field * 8 + wireType);
  }

  /** An unsigned number below 2^53. */
  varint(value: number): void {
    this.#reserve(10);
    this.#position = writeVarintAt(this.#bytes, this.#position, value);
  }

  /** A 64-bit number given as its two words. */
  varint64(low: number, high: number): void {
    this.#reserve(10);
    let lowRest = low >>> 0;
    let highRest = high >>> 0;
    while (highRest !== 0 || lowRest > 127) {
      this.#bytes[this.#position++] = (lowRest & 0x7f) | 0x80;
      lowRest = ((lowRest >>> 7) | (highRest << 25)) >>> 0;
      highRest >>>= 7;
    }
    this.#bytes[this.#position++] = lowRest;
  }

  fixed32(value: number): void {
    this.#reserve(4);
    this.#view.setUint32(this.#position, value, true);
    this.#position += 4;
  }

  fixed64(low: number, high: number): void {
    this.#reserve(8);
    this.#view.setInt32(this.#position, low, true);
    this.#view.setInt32(this.#position + 4, high, true);
    this.#position += 8;
  }

  double(value: number): void {
    this.#reserve(8);
    this.#view.setFloat64(this.#position, value, true);
    this.#position += 8;
  }

  /** A length-delimited field holding `source[start … end)`. */
  bytesField(field: number, source: Uint8Array, start = 0, end: number = source.length): void {
    this.tag(field, 2);
    this.varint(end - start);
    this.raw(source, start, end);
  }

  /** A length-delimited field holding the UTF-8 of `text` (lone surrogates become U+FFFD). */
  stringField(field: number, text: string): void {
    const position = this.begin(field);
    this.#reserve(text.length * 3);
    this.#position += encoder.encodeInto(text, this.#bytes.subarray(this.#position)).written;
    this.end(position);
  }

  /** Bytes as they are. */
  raw(source: Uint8Array, start = 0, end: number = source.length): void {
    this.#reserve(end - start);
    this.#bytes.set(
      start === 0 && end === source.length ? source : source.subarray(start, end),
      this.#position,
    );
    this.#position += end - start;
  }

  /** Starts a nested message; give what it returns to `end`. */
  begin(field: number): number {
    this.tag(field, 2);
    this.#reserve(1);
    this.#position += 1;
    return this.#position;
  }

  /** Ends the nested message whose content began at `start`. */
  end(start: number): void {
    const length = this.#position - start;
    const extra = varintLength(length) - 1;
    if (extra > 0) {
      this.#reserve(extra);
      this.#bytes.copyWithin(start + extra, start, this.#position);
      this.#position += extra;
    }
    writeVarintAt(this.#bytes, start - 1, length);
  }

  #reserve(byteCount: number): void {
    const needed = this.#position + byteCount;
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    grown.set(this.#bytes.subarray(0, this.#position));
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}
