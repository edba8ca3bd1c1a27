/** Rows of several tables in the order in which they are to stand in a new one. */

/** A stretch of selected rows that come from the same input. */
export class RowSelection {
  /** Row in its input's table, for each selected row. */
  readonly rows: Int32Array;
  readonly count: number;
  /** Run `k` is `rows[runEnds[k - 1] … runEnds[k])` and comes from input `runInputs[k]`. */
  readonly runInputs: readonly number[];
  readonly runEnds: readonly number[];

  constructor(
    rows: Int32Array,
    count: number,
    runInputs: readonly number[],
    runEnds: readonly number[],
  ) {
    this.rows = rows;
    this.count = count;
    this.runInputs = runInputs;
    this.runEnds = runEnds;
  }
}

/** Collects a selection row by row. */
export class RowSelectionBuilder {
  #rows = new Int32Array(256);
  #count = 0;
  readonly #runInputs: number[] = [];
  readonly #runEnds: number[] = [];
  #lastInput = -1;

  get count(): number {
    return this.#count;
  }

  push(input: number, row: number): void {
    if (this.#count === this.#rows.length) this.#reserve(1);
    this.#beginRun(input);
    this.#rows[this.#count++] = row;
  }

  /** Pushes the rows `start … end - 1`. */
  pushRange(input: number, start: number, end: number): void {
    if (this.#count + end - start > this.#rows.length) this.#reserve(end - start);
    this.#beginRun(input);
    const rows = this.#rows;
    let at = this.#count;
    for (let row = start; row < end; row++) rows[at++] = row;
    this.#count = at;
  }

  build(): RowSelection {
    this.#endRun();
    return new RowSelection(this.#rows, this.#count, this.#runInputs, this.#runEnds);
  }

  #beginRun(input: number): void {
    if (input === this.#lastInput) return;
    this.#endRun();
    this.#lastInput = input;
    this.#runInputs.push(input);
  }

  #endRun(): void {
    if (this.#runEnds.length < this.#runInputs.length) this.#runEnds.push(this.#count);
  }

  #reserve(more: number): void {
    const grown = new Int32Array(Math.max(this.#rows.length * 2, this.#count + more));
    grown.set(this.#rows);
    this.#rows = grown;
  }
}

/** The children of the selected rows, and where those of each row begin in the new table. */
export function selectChildren(
  parents: RowSelection,
  offsetsOf: (input: number) => Int32Array,
  newOffsets: Int32Array,
): RowSelection {
  const { rows, runInputs, runEnds } = parents;
  const children = new RowSelectionBuilder();
  let at = 0;
  for (let run = 0; run < runEnds.length; run++) {
    const input = runInputs[run]!;
    const offsets = offsetsOf(input);
    for (const end = runEnds[run]!; at < end; at++) {
      const row = rows[at]!;
      const start = offsets[row]!;
      const stop = offsets[row + 1]!;
      if (stop > start) children.pushRange(input, start, stop);
      newOffsets[at + 1] = children.count;
    }
  }
  return children.build();
}
