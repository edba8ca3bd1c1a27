/** Gathers the distinct resources, or scopes, that an assembled batch needs from its inputs. */
import { ByteDictionary, viewOf } from './byte-dictionary.ts';
import { writeDroppedCount } from './content-key.ts';
import { GrowableUint8 } from './growable-columns.ts';
import { RowSelectionBuilder } from './row-selection.ts';
import type { RowSelection } from './row-selection.ts';

/** What is needed of an input's table. */
export interface ContentSource {
  readonly count: number;
  /** Appends the content of a row, by which rows are the same. */
  writeContent(out: GrowableUint8, row: number): void;
  droppedAttributesCount(row: number): number;
}

export class ContentTable {
  readonly #sources: readonly ContentSource[];
  /** Row of an input → row of the new table, -1 where not asked for yet. */
  readonly #rows: (Int32Array | undefined)[];
  /** Content alone: traces merge entries by it. */
  readonly #contents = new ByteDictionary();
  /** Content and dropped count: the rows of the new table. */
  readonly #distinct = new ByteDictionary();
  readonly #contentOfRow: number[] = [];
  readonly #droppedOfRow: number[] = [];
  readonly #selection = new RowSelectionBuilder();
  readonly #key = new GrowableUint8();

  constructor(sources: readonly ContentSource[]) {
    this.#sources = sources;
    this.#rows = sources.map(() => undefined);
  }

  /** The row of the new table that has the values of this row of an input. */
  rowOf(input: number, row: number): number {
    let rows = this.#rows[input];
    if (rows === undefined) {
      rows = new Int32Array(this.#sources[input]!.count).fill(-1);
      this.#rows[input] = rows;
    }
    const known = rows[row]!;
    if (known >= 0) return known;
    const added = this.#add(input, row);
    rows[row] = added;
    return added;
  }

  /** Rows with equal numbers differ at most in their dropped count. */
  contentOf(newRow: number): number {
    return this.#contentOfRow[newRow]!;
  }

  /** Whether there are rows that differ in their dropped count alone. */
  get hasVariants(): boolean {
    return this.#distinct.count > this.#contents.count;
  }

  /** The one of two rows of equal content that has dropped more. */
  largerOf(a: number, b: number): number {
    return this.#droppedOfRow[b]! > this.#droppedOfRow[a]! ? b : a;
  }

  /** Where the rows of the new table come from. */
  build(): RowSelection {
    return this.#selection.build();
  }

  #add(input: number, row: number): number {
    const source = this.#sources[input]!;
    const key = this.#key;
    key.length = 0;
    source.writeContent(key, row);
    const contentLength = key.length;
    const dropped = source.droppedAttributesCount(row);
    writeDroppedCount(key, dropped);
    const bytes = key.view();
    const viewed = { bytes, view: viewOf(bytes) };
    const newRow = this.#distinct.intern(viewed, 0, key.length);
    if (newRow === this.#contentOfRow.length) {
      this.#contentOfRow.push(this.#contents.intern(viewed, 0, contentLength));
      this.#droppedOfRow.push(dropped >>> 0);
      this.#selection.push(input, row);
    }
    return newRow;
  }
}
