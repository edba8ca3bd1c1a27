/** Output of a decompressor for bytes of a stranger: grows as needed, never beyond the limit. */
import { BodyTooLargeError } from './body-too-large-error.ts';

const INITIAL_CAPACITY = 64 * 1024;

/** A growing buffer that copies may also be made from. */
export class ByteOutput {
  readonly #maxBytes: number;
  #bytes: Uint8Array;
  #length = 0;

  constructor(options: { readonly maxBytes: number }) {
    this.#maxBytes = options.maxBytes;
    this.#bytes = new Uint8Array(Math.min(INITIAL_CAPACITY, options.maxBytes));
  }

  /** How many bytes were written. */
  get length(): number {
    return this.#length;
  }

  /** Appends `source[start, end)`. */
  append(source: Uint8Array, start: number, end: number): void {
    this.reserve(end - start);
    this.#bytes.set(source.subarray(start, end), this.#length);
    this.#length += end - start;
  }

  /**
   * Appends `length` bytes that begin `distance` before the end; they may overlap what is being
   * written, which repeats it. Throws RangeError when `distance` reaches before `base`.
   */
  repeat(distance: number, length: number, base: number): void {
    if (distance <= 0 || distance > this.#length - base)
      throw new RangeError(`a copy reaches ${distance} bytes back, before the start`);
    this.reserve(length);
    const bytes = this.#bytes;
    const end = this.#length + length;
    if (distance >= length) {
      const from = this.#length - distance;
      bytes.copyWithin(this.#length, from, from + length);
    } else {
      for (let to = this.#length, from = to - distance; to < end; to += 1, from += 1)
        bytes[to] = bytes[from]!;
    }
    this.#length = end;
  }

  /** Makes room for `length` more bytes; throws BodyTooLargeError beyond the limit. */
  reserve(length: number): void {
    const needed = this.#length + length;
    if (needed > this.#maxBytes) throw new BodyTooLargeError(this.#maxBytes);
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(
      Math.min(this.#maxBytes, Math.max(needed, this.#bytes.length * 2)),
    );
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
  }

  /** The bytes from `start` on; valid until the next append. */
  since(start: number): Uint8Array {
    return this.#bytes.subarray(start, this.#length);
  }

  /** Everything written, owned by the caller. */
  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }
}
