/** Groups spans by a small number (the content of a resource or scope) in the order of appearance. */

export class EntryGroups {
  /** Number → serial of the grouping that met it last, and its group then. */
  #serials = new Int32Array(64);
  #groupOf = new Int32Array(64);
  #serial = 0;
  /** Of each group: the row it began with, and the ends of its list of spans. */
  #rows = new Int32Array(16);
  #firsts = new Int32Array(16);
  #lasts = new Int32Array(16);
  /** Span → the next one of its group, -1 at the end. */
  #nexts = new Int32Array(64);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  clear(): void {
    this.#serial += 1;
    this.#count = 0;
  }

  /** Begins a group without spans; false if this number has one already. */
  add(content: number): boolean {
    if (content >= this.#serials.length) this.#reserveContents(content + 1);
    if (this.#serials[content] === this.#serial) return false;
    this.#serials[content] = this.#serial;
    return true;
  }

  /** Puts a span behind those of its number; the first one's row stands for the group. */
  put(content: number, row: number, span: number): void {
    if (span >= this.#nexts.length) this.#nexts = grown(this.#nexts, span + 1);
    this.#nexts[span] = -1;
    if (this.add(content)) {
      const group = this.#count++;
      if (group >= this.#rows.length) this.#reserveGroups(group + 1);
      this.#groupOf[content] = group;
      this.#rows[group] = row;
      this.#firsts[group] = span;
      this.#lasts[group] = span;
      return;
    }
    const group = this.#groupOf[content]!;
    this.#nexts[this.#lasts[group]!] = span;
    this.#lasts[group] = span;
  }

  rowOf(group: number): number {
    return this.#rows[group]!;
  }

  firstOf(group: number): number {
    return this.#firsts[group]!;
  }

  /** The span behind this one in its group, or -1. */
  next(span: number): number {
    return this.#nexts[span]!;
  }

  #reserveContents(count: number): void {
    this.#serials = grown(this.#serials, count);
    this.#groupOf = grown(this.#groupOf, count);
  }

  #reserveGroups(count: number): void {
    this.#rows = grown(this.#rows, count);
    this.#firsts = grown(this.#firsts, count);
    this.#lasts = grown(this.#lasts, count);
  }
}

function grown(array: Int32Array<ArrayBuffer>, needed: number): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(Math.max(array.length * 2, needed));
  larger.set(array);
  return larger;
}
