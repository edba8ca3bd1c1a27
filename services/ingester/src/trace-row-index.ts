/**
 * Which rows belong to which trace: a hash table in typed arrays, because a head has millions of
 * rows. Rows and traces are numbered in order of arrival; the rows of a trace form a chain.
 */

const ID_WORDS = 4;
const FIRST_CAPACITY = 64;

export class TraceRowIndex {
  readonly #seed: number;
  /** Open addressing: the trace in each slot plus one, 0 when free. At most half full. */
  #slots = new Int32Array(FIRST_CAPACITY * 2);
  /** Four words per trace. */
  #ids = new Int32Array(FIRST_CAPACITY * ID_WORDS);
  #firstRows = new Int32Array(FIRST_CAPACITY);
  #lastRows = new Int32Array(FIRST_CAPACITY);
  /** Row → the next row of its trace, or -1. */
  #nextRows = new Int32Array(FIRST_CAPACITY);
  /** Row → its trace. */
  #traces = new Int32Array(FIRST_CAPACITY);
  #traceCount = 0;
  #rowCount = 0;

  /** `seed` makes it hard for senders to choose ids that collide. */
  constructor(seed: number) {
    this.#seed = seed | 0;
  }

  get traceCount(): number {
    return this.#traceCount;
  }

  get rowCount(): number {
    return this.#rowCount;
  }

  /** Adds a row of the trace whose id lies at `ids[offset …]`; returns the row's number. */
  add(ids: Uint8Array, offset: number): number {
    const row = this.#rowCount;
    if (row === this.#nextRows.length) {
      this.#nextRows = grown(this.#nextRows);
      this.#traces = grown(this.#traces);
    }
    this.#rowCount += 1;
    this.#nextRows[row] = -1;
    const trace = this.#findOrAdd(ids, offset);
    this.#traces[row] = trace;
    if (this.#firstRows[trace]! < 0) this.#firstRows[trace] = row;
    else this.#nextRows[this.#lastRows[trace]!] = row;
    this.#lastRows[trace] = row;
    return row;
  }

  /** The number of the trace whose id lies at `ids[offset …]`, or -1. */
  find(ids: Uint8Array, offset: number): number {
    const [w0, w1, w2, w3] = wordsAt(ids, offset);
    const slot = this.#slotOf(w0, w1, w2, w3);
    return this.#slots[slot]! - 1;
  }

  traceOfRow(row: number): number {
    return this.#traces[row]!;
  }

  /** The first row of a trace, or -1 when it has none left. */
  firstRow(trace: number): number {
    return this.#firstRows[trace]!;
  }

  /** The row behind `row` in its trace, or -1. */
  nextRow(row: number): number {
    return this.#nextRows[row]!;
  }

  /** Lets go of all rows of a trace; it is as if it had never come. Rows keep their numbers. */
  removeRows(trace: number): void {
    this.#firstRows[trace] = -1;
  }

  /** Writes the 16 bytes of a trace's id to `target[offset …]`. */
  copyId(trace: number, target: Uint8Array, offset: number): void {
    const view = new DataView(target.buffer, target.byteOffset + offset, 16);
    for (let word = 0; word < ID_WORDS; word += 1)
      view.setInt32(word * 4, this.#ids[trace * ID_WORDS + word]!, true);
  }

  #findOrAdd(ids: Uint8Array, offset: number): number {
    const [w0, w1, w2, w3] = wordsAt(ids, offset);
    const slot = this.#slotOf(w0, w1, w2, w3);
    if (this.#slots[slot]! > 0) return this.#slots[slot]! - 1;
    const trace = this.#traceCount;
    if (trace === this.#firstRows.length) {
      this.#firstRows = grown(this.#firstRows);
      this.#lastRows = grown(this.#lastRows);
      this.#ids = grown(this.#ids);
    }
    this.#traceCount += 1;
    const at = trace * ID_WORDS;
    this.#ids[at] = w0;
    this.#ids[at + 1] = w1;
    this.#ids[at + 2] = w2;
    this.#ids[at + 3] = w3;
    this.#firstRows[trace] = -1;
    this.#slots[slot] = trace + 1;
    if (this.#traceCount * 2 > this.#slots.length) this.#growSlots();
    return trace;
  }

  /** The slot that holds the id, or the free one where it would go. */
  #slotOf(w0: number, w1: number, w2: number, w3: number): number {
    const slots = this.#slots;
    const ids = this.#ids;
    const mask = slots.length - 1;
    let slot = hashOf(w0, w1, w2, w3, this.#seed) & mask;
    for (;;) {
      const trace = slots[slot]! - 1;
      if (trace < 0) return slot;
      const at = trace * ID_WORDS;
      if (ids[at] === w0 && ids[at + 1] === w1 && ids[at + 2] === w2 && ids[at + 3] === w3)
        return slot;
      slot = (slot + 1) & mask;
    }
  }

  #growSlots(): void {
    const slots = new Int32Array(this.#slots.length * 2);
    const mask = slots.length - 1;
    const ids = this.#ids;
    for (let trace = 0; trace < this.#traceCount; trace += 1) {
      const at = trace * ID_WORDS;
      let slot = hashOf(ids[at]!, ids[at + 1]!, ids[at + 2]!, ids[at + 3]!, this.#seed) & mask;
      while (slots[slot]! > 0) slot = (slot + 1) & mask;
      slots[slot] = trace + 1;
    }
    this.#slots = slots;
  }
}

function wordsAt(ids: Uint8Array, offset: number): [number, number, number, number] {
  const view = new DataView(ids.buffer, ids.byteOffset + offset, 16);
  return [
    view.getInt32(0, true),
    view.getInt32(4, true),
    view.getInt32(8, true),
    view.getInt32(12, true),
  ];
}

function hashOf(w0: number, w1: number, w2: number, w3: number, seed: number): number {
  let hash = Math.imul(w0 ^ seed, 0x9e3779b1);
  hash = Math.imul(hash ^ (hash >>> 15) ^ w1, 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13) ^ w2, 0xc2b2ae35);
  hash = Math.imul(hash ^ (hash >>> 16) ^ w3, 0x27d4eb2f);
  return (hash ^ (hash >>> 15)) >>> 0;
}

function grown(array: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(array.length * 2);
  larger.set(array);
  return larger;
}
