/** A growing list of 32-bit integers, for records that are counted in thousands per request. */

/** Capacity that is kept between requests; larger lists are let go by `clear`. */
const KEPT_CAPACITY = 1 << 18;
const FIRST_CAPACITY = 1 << 10;

/** Read `values` directly in loops, and read it again after `push` or `reserve`. */
export class IntList {
  values: Int32Array = new Int32Array(FIRST_CAPACITY);
  length = 0;

  push(value: number): void {
    if (this.length === this.values.length) this.reserve(1);
    this.values[this.length++] = value;
  }

  /** Makes room for `count` more integers without changing the length. */
  reserve(count: number): void {
    const needed = this.length + count;
    if (needed <= this.values.length) return;
    const grown = new Int32Array(Math.max(needed, this.values.length * 2));
    grown.set(this.values);
    this.values = grown;
  }

  /** Empties the list and lets go of an unusually large buffer. */
  clear(): void {
    this.length = 0;
    if (this.values.length > KEPT_CAPACITY) this.values = new Int32Array(FIRST_CAPACITY);
  }
}
