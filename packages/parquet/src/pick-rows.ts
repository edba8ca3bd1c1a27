/** Cuts the entries of selected rows out of a page without decoding the levels of the others. */
import { bitWidthOf } from './bit-packing.ts';
import { CorruptParquetError, UnsupportedParquetError } from './errors.ts';
import { LevelCursor } from './level-cursor.ts';
import type { PageContent } from './page-content.ts';
import type { PageHeader } from './page-header.ts';
import type { ColumnDescriptor } from './schema.ts';

/** Rows `start … end - 1` of a row group. */
export interface RowSpan {
  readonly start: number;
  readonly end: number;
}

/** The parts of `spans`, which ascend, that lie within `first … end - 1`, counted from `first`. */
export function spansWithin(spans: readonly RowSpan[], first: number, end: number): RowSpan[] {
  let low = 0;
  let high = spans.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (spans[middle]!.end <= first) low = middle + 1;
    else high = middle;
  }
  const within: RowSpan[] = [];
  for (let i = low; i < spans.length && spans[i]!.start < end; i++) {
    const start = Math.max(spans[i]!.start, first) - first;
    within.push({ start, end: Math.min(spans[i]!.end, end) - first });
  }
  return within.filter((span) => span.start < span.end);
}

/** A stretch of selected entries. */
export interface PickedEntries {
  readonly entryCount: number;
  readonly repetition: Uint8Array | undefined;
  readonly definition: Uint8Array | undefined;
  /** Its values are `firstValue … endValue - 1` of the page. */
  readonly firstValue: number;
  readonly endValue: number;
}

export interface PickedRows {
  readonly pieces: readonly PickedEntries[];
  /** Rows of the page, selected or not. */
  readonly rowCount: number;
  /** Values of the page, selected or not. */
  readonly valueCount: number;
}

/**
 * The entries of the rows of `spans` (ascending, those before the page left out) in a page that
 * starts with row `firstRow`.
 */
export function pickRows(options: {
  readonly content: PageContent;
  readonly header: PageHeader;
  readonly descriptor: ColumnDescriptor;
  readonly spans: readonly RowSpan[];
  readonly firstRow: number;
}): PickedRows {
  const { header, descriptor, spans, firstRow } = options;
  const walker = new EntryWalker(options.content, header.valueCount, descriptor);
  const pieces: PickedEntries[] = [];
  let row = firstRow;
  for (const span of spans) {
    row += walker.skipRows(span.start - row);
    if (walker.isAtEnd) break;
    const piece = walker.takeRows(span.end - row);
    pieces.push(piece.entries);
    row += piece.rowCount;
  }
  const isCounted = header.rowCount !== undefined || descriptor.maxRepetitionLevel === 0;
  const rowCount = isCounted
    ? (header.rowCount ?? header.valueCount)
    : row - firstRow + walker.skipRows(Infinity);
  const valueCount =
    header.nullCount === undefined
      ? walker.countRemainingValues()
      : header.valueCount - header.nullCount;
  return { pieces, rowCount, valueCount };
}

/** Goes through the entries of a page row by row. */
class EntryWalker {
  readonly #repetition: LevelCursor | undefined;
  readonly #definition: LevelCursor | undefined;
  readonly #max: number;
  readonly #entryCount: number;
  #entry = 0;
  #value = 0;

  constructor(content: PageContent, entryCount: number, descriptor: ColumnDescriptor) {
    const { repetition, definition } = content;
    const { maxRepetitionLevel, maxDefinitionLevel } = descriptor;
    this.#max = maxDefinitionLevel;
    this.#entryCount = entryCount;
    if (repetition)
      this.#repetition = new LevelCursor(
        repetition.bytes,
        repetition.start,
        repetition.end,
        bitWidthOf(maxRepetitionLevel),
      );
    if (definition)
      this.#definition = new LevelCursor(
        definition.bytes,
        definition.start,
        definition.end,
        bitWidthOf(maxDefinitionLevel),
      );
    if (entryCount > 0 && this.#repetition?.clone().skipZeros(0, 1).entries === 1)
      throw new UnsupportedParquetError('a row that goes on from the page before');
  }

  get isAtEnd(): boolean {
    return this.#entry === this.#entryCount;
  }

  /** Passes over `rows` rows, or to the end; returns how many there were. */
  skipRows(rows: number): number {
    const left = this.#entryCount - this.#entry;
    if (rows <= 0 || left === 0) return 0;
    const skipped = this.#repetition?.skipZeros(rows, left) ?? spanOf(rows, left);
    this.#value += this.#definition?.count(skipped.entries, this.#max) ?? skipped.entries;
    this.#entry += skipped.entries;
    return skipped.zeros;
  }

  /** Reads `rows` rows, or to the end. */
  takeRows(rows: number): { readonly entries: PickedEntries; readonly rowCount: number } {
    const left = this.#entryCount - this.#entry;
    const taken = this.#repetition?.clone().skipZeros(rows, left) ?? spanOf(rows, left);
    const repetition = read(this.#repetition, taken.entries);
    const definition = read(this.#definition, taken.entries);
    const firstValue = this.#value;
    this.#value += definition ? countValues(definition, this.#max) : taken.entries;
    this.#entry += taken.entries;
    return {
      entries: {
        entryCount: taken.entries,
        repetition,
        definition,
        firstValue,
        endValue: this.#value,
      },
      rowCount: taken.zeros,
    };
  }

  /** Values of the whole page. */
  countRemainingValues(): number {
    const left = this.#entryCount - this.#entry;
    this.#entry = this.#entryCount;
    return this.#value + (this.#definition?.count(left, this.#max) ?? left);
  }
}

/** Where nothing repeats every entry is a row. */
function spanOf(rows: number, left: number): { readonly entries: number; readonly zeros: number } {
  const entries = Math.min(rows, left);
  return { entries, zeros: entries };
}

function read(cursor: LevelCursor | undefined, count: number): Uint8Array | undefined {
  if (!cursor) return undefined;
  const levels = new Uint8Array(count);
  cursor.read(levels);
  return levels;
}

/** How many of the definition levels are `max`; none may be greater. */
export function countValues(definition: Uint8Array, max: number): number {
  let count = 0;
  for (let i = 0; i < definition.length; i++) {
    const level = definition[i]!;
    if (level === max) count += 1;
    else if (level > max) throw new CorruptParquetError(`definition level ${level} above ${max}`);
  }
  return count;
}
