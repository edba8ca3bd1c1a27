/** Gives distinct byte strings numbers in order of their first appearance. */
import { copyBytes } from './byte-buffer.ts';
import type { BytesDictionary } from './nested-column.ts';

const INITIAL_SLOTS = 1 << 10;

/** Open addressing; at most half of the slots are in use. */
export class ByteStringTable {
  #slots = new Int32Array(INITIAL_SLOTS).fill(-1);
  #bytes = new Uint8Array(1 << 12);
  #offsets = new Int32Array(INITIAL_SLOTS);
  #hashes = new Int32Array(INITIAL_SLOTS);
  #count = 0;

  /** The number of `bytes[start … end)`. */
  intern(bytes: Uint8Array, start: number, end: number): number {
    const hash = hashOf(bytes, start, end);
    const mask = this.#slots.length - 1;
    let slot = hash & mask;
    for (; this.#slots[slot]! >= 0; slot = (slot + 1) & mask) {
      const number = this.#slots[slot]!;
      if (this.#hashes[number] === hash && this.#isSame(number, bytes, start, end)) return number;
    }
    this.#slots[slot] = this.#count;
    return this.#add(bytes, start, end, hash);
  }

  /** All strings, as a view. */
  dictionary(): BytesDictionary {
    const offsets = this.#offsets.subarray(0, this.#count + 1);
    return { count: this.#count, bytes: this.#bytes.subarray(0, offsets[this.#count]), offsets };
  }

  #isSame(number: number, bytes: Uint8Array, start: number, end: number): boolean {
    const from = this.#offsets[number]!;
    if (this.#offsets[number + 1]! - from !== end - start) return false;
    for (let i = start; i < end; i++) if (bytes[i] !== this.#bytes[from + i - start]) return false;
    return true;
  }

  #add(bytes: Uint8Array, start: number, end: number, hash: number): number {
    const number = this.#count++;
    const at = this.#offsets[number]!;
    if (at + end - start > this.#bytes.length) this.#growBytes(at + end - start);
    this.#hashes[number] = hash;
    this.#offsets[number + 1] = copyBytes(bytes, start, end, this.#bytes, at);
    if ((number + 2) * 2 > this.#slots.length) this.#growSlots();
    return number;
  }

  #growSlots(): void {
    const size = this.#slots.length * 2;
    this.#offsets = grown(this.#offsets, size);
    this.#hashes = grown(this.#hashes, size);
    this.#slots = new Int32Array(size).fill(-1);
    for (let number = 0; number < this.#count; number++) this.#place(number);
  }

  #place(number: number): void {
    const mask = this.#slots.length - 1;
    let slot = this.#hashes[number]! & mask;
    while (this.#slots[slot]! >= 0) slot = (slot + 1) & mask;
    this.#slots[slot] = number;
  }

  #growBytes(needed: number): void {
    const bytes = new Uint8Array(Math.max(this.#bytes.length * 2, needed));
    bytes.set(this.#bytes);
    this.#bytes = bytes;
  }
}

function grown(values: Int32Array, size: number): Int32Array<ArrayBuffer> {
  const copy = new Int32Array(size);
  copy.set(values);
  return copy;
}

/** FNV-1a. */
function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5 | 0;
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
  return hash ^ (hash >>> 15);
}
