/**
 * A growing dictionary of byte strings: equal bytes get equal codes, in order of first appearance.
 * Works on bytes alone; no string is made. Snapshots of it stay valid while it grows, and share its
 * lineage number, by which a merge knows that codes mean the same in all of them.
 */
import { threadId } from 'node:worker_threads';
import { GrowableInt32, GrowableUint8 } from './growable-columns.ts';
import type { StringDictionary } from './span-batch.ts';

/** Bytes together with a view of the same bytes, by which four are read at once. */
export interface ViewedBytes {
  readonly bytes: Uint8Array;
  readonly view: DataView;
}

const INITIAL_SLOTS = 256;

let lineageCount = 0;

/** A number no other dictionary of this process has, in whatever thread it was made. */
function nextLineage(): number {
  lineageCount += 1;
  return threadId * 2 ** 32 + lineageCount;
}

export class ByteDictionary {
  readonly lineage: number = nextLineage();
  readonly #seed: number;
  readonly #bytes = new GrowableUint8(1024);
  /** Where each string starts; one entry more than strings. */
  readonly #offsets = new GrowableInt32();
  /** Of `#bytes`; renewed when it moves. */
  #view: DataView;
  #hashes = new Int32Array(INITIAL_SLOTS / 2 + 1);
  /** Open addressing: a code, or -1. At most half full. */
  #slots = new Int32Array(INITIAL_SLOTS).fill(-1);
  #count = 0;
  #snapshot: StringDictionary | undefined;

  /** `seed` makes it hard for senders to choose strings that collide. */
  constructor(seed = 0) {
    this.#seed = seed | 0;
    this.#offsets.push(0);
    this.#view = viewOf(this.#bytes.array);
  }

  get count(): number {
    return this.#count;
  }

  /** Memory in use, the index included. */
  get approximateBytes(): number {
    return this.#bytes.length + this.#count * 8 + this.#slots.length * 4;
  }

  /**
   * The code of `source[start … end)`, new if it was not seen before. `guess` is a code that is
   * likely the answer, or -1: it is compared before anything is hashed.
   */
  intern(source: ViewedBytes, start: number, end: number, guess = -1): number {
    if (guess >= 0 && this.#equals(guess, source, start, end)) return guess;
    const hash = hashBytes(source, start, end, this.#seed);
    const slots = this.#slots;
    const mask = slots.length - 1;
    let slot = hash & mask;
    for (;;) {
      const code = slots[slot]!;
      if (code < 0) return this.#add(source, start, end, hash, slot);
      if (this.#hashes[code] === hash && this.#equals(code, source, start, end)) return code;
      slot = (slot + 1) & mask;
    }
  }

  /** Like {@link intern} for a whole array. */
  internBytes(bytes: Uint8Array): number {
    return this.intern({ bytes, view: viewOf(bytes) }, 0, bytes.length);
  }

  /** What is in the dictionary now. */
  snapshot(): StringDictionary {
    if (this.#snapshot?.count !== this.#count)
      this.#snapshot = {
        count: this.#count,
        bytes: this.#bytes.view(),
        offsets: this.#offsets.view(),
        lineage: this.lineage,
      };
    return this.#snapshot;
  }

  #equals(code: number, source: ViewedBytes, start: number, end: number): boolean {
    const offsets = this.#offsets.array;
    const own = offsets[code]!;
    const length = end - start;
    if (offsets[code + 1]! - own !== length) return false;
    if (length >= 4) {
      const view = source.view;
      const ownView = this.#view;
      const last = length - 4;
      for (let i = 0; i < last; i += 4)
        if (view.getInt32(start + i, true) !== ownView.getInt32(own + i, true)) return false;
      return view.getInt32(start + last, true) === ownView.getInt32(own + last, true);
    }
    const bytes = source.bytes;
    const ownBytes = this.#bytes.array;
    for (let i = 0; i < length; i++) if (bytes[start + i] !== ownBytes[own + i]) return false;
    return true;
  }

  #add(source: ViewedBytes, start: number, end: number, hash: number, slot: number): number {
    const code = this.#count;
    const before = this.#bytes.array;
    this.#bytes.append(source.bytes, start, end);
    if (this.#bytes.array !== before) this.#view = viewOf(this.#bytes.array);
    this.#offsets.push(this.#bytes.length);
    this.#hashes[code] = hash;
    this.#slots[slot] = code;
    this.#count = code + 1;
    if (this.#count * 2 > this.#slots.length) this.#grow();
    return code;
  }

  #grow(): void {
    const slots = new Int32Array(this.#slots.length * 2).fill(-1);
    const hashes = new Int32Array(slots.length / 2 + 1);
    hashes.set(this.#hashes.subarray(0, this.#count));
    const mask = slots.length - 1;
    for (let code = 0; code < this.#count; code++) {
      let slot = hashes[code]! & mask;
      while (slots[slot]! >= 0) slot = (slot + 1) & mask;
      slots[slot] = code;
    }
    this.#slots = slots;
    this.#hashes = hashes;
  }
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** A well-spread 32-bit hash of `source[start … end)`. */
function hashBytes(source: ViewedBytes, start: number, end: number, seed: number): number {
  const length = end - start;
  let hash = seed ^ length;
  if (length >= 4) {
    const view = source.view;
    const last = end - 4;
    for (let i = start; i < last; i += 4) {
      hash = Math.imul(hash ^ view.getInt32(i, true), 0x9e3779b1);
      hash ^= hash >>> 15;
    }
    hash = Math.imul(hash ^ view.getInt32(last, true), 0x9e3779b1);
  } else {
    const bytes = source.bytes;
    for (let i = start; i < end; i++) hash = Math.imul(hash ^ bytes[i]!, 0x9e3779b1);
  }
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  return hash ^ (hash >>> 13);
}
