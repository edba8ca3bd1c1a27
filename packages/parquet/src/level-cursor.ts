/**
 * Walks the levels of a page without decoding those that are passed over: a few rows of a large page
 * cost a scan, and no memory.
 */
import { unpackBits } from './bit-packing.ts';
import { CorruptParquetError } from './errors.ts';

/** Levels unpacked at a time; a multiple of eight. */
const WINDOW = 1024;

/** A position in an RLE / bit-packing hybrid of levels. */
export class LevelCursor {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  readonly #width: number;
  readonly #window = new Uint8Array(WINDOW);
  #position: number;
  /** Levels left in the current run behind those in the window. */
  #runLeft = 0;
  #isPacked = false;
  /** Of a repeated run; packed ones fill the window instead. */
  #value = 0;
  #windowAt = 0;
  #windowEnd = 0;

  /** Levels of `width` bits (1 to 8) in `bytes[start … end)`. */
  constructor(bytes: Uint8Array, start: number, end: number, width: number) {
    this.#bytes = bytes;
    this.#position = start;
    this.#end = end;
    this.#width = width;
  }

  /**
   * Passes over at most `entries` levels, stopping before zero number `zeros + 1`; returns how many
   * levels and how many zeros were passed.
   */
  skipZeros(zeros: number, entries: number): { readonly entries: number; readonly zeros: number } {
    let passed = 0;
    let seen = 0;
    while (passed < entries) {
      this.#fill();
      if (!this.#isPacked) {
        const take = Math.min(this.#runLeft, entries - passed);
        const fitting = this.#value === 0 ? Math.min(take, zeros - seen) : take;
        this.#runLeft -= fitting;
        passed += fitting;
        if (this.#value === 0) seen += fitting;
        if (fitting < take) break;
        continue;
      }
      const window = this.#window;
      const end = Math.min(this.#windowEnd, this.#windowAt + entries - passed);
      let at = this.#windowAt;
      for (; at < end; at++) {
        if (window[at] !== 0) continue;
        if (seen === zeros) break;
        seen += 1;
      }
      passed += at - this.#windowAt;
      this.#windowAt = at;
      if (at < end) break;
    }
    return { entries: passed, zeros: seen };
  }

  /** Passes over `entries` levels; returns how many of them are `level`. */
  count(entries: number, level: number): number {
    let equal = 0;
    for (let left = entries; left > 0;) {
      this.#fill();
      if (!this.#isPacked) {
        const take = Math.min(this.#runLeft, left);
        if (this.#value === level) equal += take;
        this.#runLeft -= take;
        left -= take;
        continue;
      }
      const window = this.#window;
      const end = Math.min(this.#windowEnd, this.#windowAt + left);
      for (let at = this.#windowAt; at < end; at++) if (window[at] === level) equal += 1;
      left -= end - this.#windowAt;
      this.#windowAt = end;
    }
    return equal;
  }

  /** Reads the next `target.length` levels. */
  read(target: Uint8Array): void {
    for (let filled = 0; filled < target.length;) {
      this.#fill();
      if (!this.#isPacked) {
        const take = Math.min(this.#runLeft, target.length - filled);
        target.fill(this.#value, filled, filled + take);
        this.#runLeft -= take;
        filled += take;
        continue;
      }
      const end = Math.min(this.#windowEnd, this.#windowAt + target.length - filled);
      target.set(this.#window.subarray(this.#windowAt, end), filled);
      filled += end - this.#windowAt;
      this.#windowAt = end;
    }
  }

  /** Another cursor at the same place. */
  clone(): LevelCursor {
    const copy = new LevelCursor(this.#bytes, this.#position, this.#end, this.#width);
    copy.#runLeft = this.#runLeft;
    copy.#isPacked = this.#isPacked;
    copy.#value = this.#value;
    copy.#windowAt = this.#windowAt;
    copy.#windowEnd = this.#windowEnd;
    copy.#window.set(this.#window);
    return copy;
  }

  /** Makes sure that there is a level, in the window or in a repeated run. */
  #fill(): void {
    if (this.#isPacked && this.#windowAt < this.#windowEnd) return;
    if (this.#runLeft === 0) this.#startRun();
    if (!this.#isPacked) return;
    // The padding of the last group may be missing.
    const available = Math.floor(((this.#end - this.#position) * 8) / this.#width);
    const take = Math.min(WINDOW, this.#runLeft, available);
    if (take === 0) throw cutOff();
    const sizeBytes = Math.ceil((take * this.#width) / 8);
    unpackBits(this.#bytes, this.#position, this.#width, take, this.#window, 0);
    this.#position += sizeBytes;
    this.#runLeft -= take;
    this.#windowAt = 0;
    this.#windowEnd = take;
  }

  #startRun(): void {
    let header = 0;
    for (let shift = 0; ; shift += 7) {
      if (this.#position >= this.#end || shift > 28) throw cutOff();
      const byte = this.#bytes[this.#position++]!;
      header |= (byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    this.#isPacked = (header & 1) === 1;
    this.#runLeft = this.#isPacked ? (header >>> 1) * 8 : header >>> 1;
    if (this.#runLeft === 0) throw cutOff();
    if (this.#isPacked) return;
    if (this.#position >= this.#end) throw cutOff();
    this.#value = this.#bytes[this.#position++]!;
  }
}

function cutOff(): CorruptParquetError {
  return new CorruptParquetError('levels are cut off');
}
