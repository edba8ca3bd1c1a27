/** Gathers the distinct resources, or scopes, that an assembled batch needs from its inputs. */
import { ByteDictionary, viewOf } from './byte-dictionary.ts';
import { writeDroppedCount } from './content-key.ts';
import { GrowableUint8 } from './growable-columns.ts';
import { RowSelectionBuilder } from './row-selection.ts';
import type { RowSelection } from './row-selection.ts';

/** What is needed of an input's table, whose rows are distinct. */
export interface ContentSource {
  readonly count: number;
  /** One per row; undefined: not known, as if all were 0. */
  readonly droppedAttributesCounts: Int32Array | undefined;
  /** Appends the content of a row, by which rows are the same. */
  writeContent(out: GrowableUint8, row: number): void;
}

export class ContentTable {
  readonly #sources: readonly ContentSource[];
  /** Row of an input → row of the new table, -1 where not asked for yet. */
  readonly #rows: (Int32Array | undefined)[];
  /** Undefined when rows need not be compared. */
  readonly #contents: ContentNumbers | undefined;
  readonly #contentOfRow: number[] = [];
  readonly #droppedOfRow: number[] = [];
  readonly #selection = new RowSelectionBuilder();

  constructor(sources: readonly ContentSource[]) {
    this.#sources = sources;
    this.#rows = sources.map(() => undefined);
    // Distinct rows of one table that dropped nothing differ in their content.
    const isDistinct =
      sources.length === 1 && sources[0]!.droppedAttributesCounts?.every(isZero) !== false;
    this.#contents = isDistinct ? undefined : new ContentNumbers();
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
    return this.#contents?.hasVariants ?? false;
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
    const dropped = source.droppedAttributesCounts?.[row] ?? 0;
    let newRow = this.#contentOfRow.length;
    let content = newRow;
    if (this.#contents !== undefined) {
      newRow = this.#contents.number(source, row, dropped);
      content = this.#contents.content;
    }
    if (newRow === this.#contentOfRow.length) {
      this.#contentOfRow.push(content);
      this.#droppedOfRow.push(dropped >>> 0);
      this.#selection.push(input, row);
    }
    return newRow;
  }
}

/** Numbers contents, and contents with dropped counts, in order of appearance. */
class ContentNumbers {
  /** Content alone: traces merge entries by it. */
  readonly #contents = new ByteDictionary();
  /** Content and dropped count: the rows of the new table. */
  readonly #rows = new ByteDictionary();
  readonly #key = new GrowableUint8();
  /** Number of the content that was numbered last. */
  content = -1;

  get hasVariants(): boolean {
    return this.#rows.count > this.#contents.count;
  }

  /** The number of a row's content and dropped count; sets `content`. */
  number(source: ContentSource, row: number, dropped: number): number {
    const key = this.#key;
    key.length = 0;
    source.writeContent(key, row);
    const contentLength = key.length;
    writeDroppedCount(key, dropped);
    const viewed = { bytes: key.array, view: viewOf(key.array) };
    this.content = this.#contents.intern(viewed, 0, contentLength);
    return this.#rows.intern(viewed, 0, key.length);
  }
}

function isZero(count: number): boolean {
  return count === 0;
}
