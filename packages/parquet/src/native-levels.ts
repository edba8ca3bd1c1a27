/**
 * Repetition and definition levels of the lists of a schema, page by page.
 *
 * All leaves directly below a list have the same levels, so they are computed and encoded once per list
 * and page. Groups are required: the greatest definition level of a list is its repetition level, and an
 * entry with a definition level of d below that says that the list at depth d + 1 is empty.
 */
import { bitWidthOf } from './bit-packing.ts';
import type { ByteBuffer } from './byte-buffer.ts';
import { encodeLevelRuns } from './encode-rle-hybrid.ts';

/** Some bytes of the row group's buffer of levels. */
export interface LevelBytes {
  readonly start: number;
  readonly end: number;
}

const NO_BYTES: LevelBytes = { start: 0, end: 0 };

/** The levels of one page, one per entry. */
export class PageLevels {
  values = new Uint8Array(0);
  count = 0;
  /** By bit width: lists within each other often have levels that differ in width alone. */
  readonly #encoded: (LevelBytes | undefined)[] = [];

  /** Room for `count` levels, to be filled by the caller. */
  start(count: number): Uint8Array {
    if (this.values.length < count) this.values = new Uint8Array(count + (count >> 2));
    this.count = count;
    this.#encoded.length = 0;
    return this.values;
  }

  /** The levels as runs for a column whose greatest level is `max`, encoded once. */
  encode(max: number, out: ByteBuffer): LevelBytes {
    if (max === 0) return NO_BYTES;
    const width = bitWidthOf(max);
    const known = this.#encoded[width];
    if (known) return known;
    const start = out.length;
    encodeLevelRuns(this.values, 0, this.count, width, out);
    const bytes = { start, end: out.length };
    this.#encoded[width] = bytes;
    return bytes;
  }
}

/** What repeats: the rows of the file, or the elements of a list. */
export interface Repeated {
  readonly maxLevel: number;
  /** Levels of the current page. */
  readonly repetition: PageLevels;
  readonly definition: PageLevels;
  /** Elements of the current page. */
  readonly firstElement: number;
  readonly endElement: number;
  /** Goes to the page of rows `firstRow … endRow - 1`; pages are visited in order. */
  toPage(page: number, firstRow: number, endRow: number): void;
  /** The first element of row `row`. */
  firstElementOf(row: number): number;
}

/** The rows of the file, which have no levels. */
export class Rows implements Repeated {
  readonly maxLevel = 0;
  readonly repetition = new PageLevels();
  readonly definition = this.repetition;
  firstElement = 0;
  endElement = 0;

  toPage(_page: number, firstRow: number, endRow: number): void {
    this.firstElement = firstRow;
    this.endElement = endRow;
    const count = endRow - firstRow;
    this.repetition.start(count).fill(0, 0, count);
  }

  firstElementOf(row: number): number {
    return row;
  }
}

/** The elements of a list or map. */
export class ListElements implements Repeated {
  readonly maxLevel: number;
  repetition: PageLevels;
  definition: PageLevels;
  firstElement = 0;
  endElement = 0;
  readonly #parent: Repeated;
  readonly #offsets: Int32Array;
  readonly #ownRepetition = new PageLevels();
  readonly #ownDefinition = new PageLevels();
  #page = -1;

  /** `offsets` gives the elements of each element of `parent`. */
  constructor(parent: Repeated, offsets: Int32Array) {
    this.#parent = parent;
    this.#offsets = offsets;
    this.maxLevel = parent.maxLevel + 1;
    this.repetition = this.#ownRepetition;
    this.definition = this.#ownDefinition;
  }

  toPage(page: number, firstRow: number, endRow: number): void {
    if (page === this.#page) return;
    this.#page = page;
    const parent = this.#parent;
    parent.toPage(page, firstRow, endRow);
    this.firstElement = this.#offsets[parent.firstElement]!;
    this.endElement = this.#offsets[parent.endElement]!;
    this.repetition = this.#ownRepetition;
    this.definition = this.#ownDefinition;
    if (this.firstElement === this.endElement) {
      // Nothing but empty lists: the levels are those of the parent.
      this.repetition = parent.repetition;
      this.definition = parent.definition;
    } else if (longestList(this.#offsets, parent.firstElement, parent.endElement) <= 1) {
      this.repetition = parent.repetition;
      this.#fillDefinition();
    } else this.#fillBoth();
  }

  firstElementOf(row: number): number {
    return this.#offsets[this.#parent.firstElementOf(row)]!;
  }

  /** Lists of one element at most: as many entries as the parent has. */
  #fillDefinition(): void {
    const offsets = this.#offsets;
    const { definition, firstElement, maxLevel } = this.#parent;
    const { values: outer, count } = definition;
    const inner = this.#ownDefinition.start(count);
    let list = firstElement;
    let before = offsets[list]!;
    for (let i = 0; i < count; i++) {
      const level = outer[i]!;
      if (level < maxLevel) {
        inner[i] = level;
        continue;
      }
      const after = offsets[++list]!;
      inner[i] = level + (after - before);
      before = after;
    }
  }

  #fillBoth(): void {
    const offsets = this.#offsets;
    const parent = this.#parent;
    const { values: outerDefinition, count } = parent.definition;
    const { values: outerRepetition } = parent.repetition;
    const { maxLevel } = this;
    const capacity = count + this.endElement - this.firstElement;
    const repetition = this.#ownRepetition.start(capacity);
    const definition = this.#ownDefinition.start(capacity);
    let list = parent.firstElement;
    let before = offsets[list]!;
    let entry = 0;
    for (let i = 0; i < count; i++) {
      const level = outerDefinition[i]!;
      repetition[entry] = outerRepetition[i]!;
      if (level < maxLevel - 1) {
        definition[entry++] = level;
        continue;
      }
      const after = offsets[++list]!;
      if (after === before) {
        definition[entry++] = level;
        continue;
      }
      definition[entry++] = maxLevel;
      for (let element = before + 1; element < after; element++) {
        repetition[entry] = maxLevel;
        definition[entry++] = maxLevel;
      }
      before = after;
    }
    this.#ownRepetition.count = entry;
    this.#ownDefinition.count = entry;
  }
}

function longestList(offsets: Int32Array, start: number, end: number): number {
  let longest = 0;
  let before = offsets[start]!;
  for (let i = start + 1; i <= end; i++) {
    const after = offsets[i]!;
    if (after - before > longest) longest = after - before;
    before = after;
  }
  return longest;
}
