/**
 * Writes protobuf from the last byte to the first: when a message is to be prefixed with its length,
 * the message is already there. So lengths are exact and nothing is written twice or moved. Callers
 * write fields, and elements of repeated fields, in reverse order.
 */

const INITIAL_BYTES = 64 * 1024;
/** A larger buffer is let go after use. */
const KEPT_BYTES = 4 * 1024 * 1024;
const LOOP_COPY_BYTES = 32;

export class ReverseWireWriter {
  #bytes = new Uint8Array(INITIAL_BYTES);
  /** Of the first byte written. */
  #position = INITIAL_BYTES;

  /** Bytes written so far: the mark of a message is taken before its last field is written. */
  get length(): number {
    return this.#bytes.length - this.#position;
  }

  /** Takes back what was written since there were `length` bytes. */
  truncate(length: number): void {
    this.#position = this.#bytes.length - length;
  }

  /** A field's tag, below 128. */
  tag(tag: number): void {
    this.#reserve(1);
    this.#bytes[--this.#position] = tag;
  }

  /** A varint of 64 bits given as words. */
  varint(low: number, high: number): void {
    this.#reserve(10);
    if (high === 0 && low >= 0 && low < 0x80) {
      this.#bytes[--this.#position] = low;
      return;
    }
    let restLow = low >>> 0;
    let restHigh = high >>> 0;
    let size = 1;
    while (restHigh !== 0 || restLow > 0x7f) {
      restLow = ((restLow >>> 7) | (restHigh << 25)) >>> 0;
      restHigh >>>= 7;
      size += 1;
    }
    this.#position -= size;
    const bytes = this.#bytes;
    let at = this.#position;
    restLow = low >>> 0;
    restHigh = high >>> 0;
    while (restHigh !== 0 || restLow > 0x7f) {
      bytes[at++] = (restLow & 0x7f) | 0x80;
      restLow = ((restLow >>> 7) | (restHigh << 25)) >>> 0;
      restHigh >>>= 7;
    }
    bytes[at] = restLow;
  }

  /** Eight little-endian bytes. */
  fixed64(low: number, high: number): void {
    this.#reserve(8);
    this.#position -= 8;
    const bytes = this.#bytes;
    const at = this.#position;
    bytes[at] = low;
    bytes[at + 1] = low >>> 8;
    bytes[at + 2] = low >>> 16;
    bytes[at + 3] = low >>> 24;
    bytes[at + 4] = high;
    bytes[at + 5] = high >>> 8;
    bytes[at + 6] = high >>> 16;
    bytes[at + 7] = high >>> 24;
  }

  /** `source[start … end)` with tag and length. */
  field(tag: number, source: Uint8Array, start: number, end: number): void {
    const length = end - start;
    this.#reserve(length);
    this.#position -= length;
    if (length <= LOOP_COPY_BYTES) {
      const bytes = this.#bytes;
      let at = this.#position;
      for (let i = start; i < end; i++) bytes[at++] = source[i]!;
    } else this.#bytes.set(source.subarray(start, end), this.#position);
    this.varint(length, 0);
    this.tag(tag);
  }

  /** Puts tag and length in front of the message written since there were `mark` bytes. */
  message(tag: number, mark: number): void {
    this.varint(this.length - mark, 0);
    this.tag(tag);
  }

  /** What was written, a copy; the writer is empty then. */
  finish(): Uint8Array {
    const written = this.#bytes.slice(this.#position);
    if (this.#bytes.length > KEPT_BYTES) this.#bytes = new Uint8Array(INITIAL_BYTES);
    this.#position = this.#bytes.length;
    return written;
  }

  #reserve(count: number): void {
    if (count <= this.#position) return;
    const length = this.length;
    const grown = new Uint8Array(Math.max(this.#bytes.length * 2, length + count));
    grown.set(this.#bytes.subarray(this.#position), grown.length - length);
    this.#bytes = grown;
    this.#position = grown.length - length;
  }
}
