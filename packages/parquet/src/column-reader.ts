/**
 * Decodes a column chunk: its pages one after the other, levels and values as typed arrays. With a
 * selection of rows, pages without selected rows are not even decompressed where the page header
 * counts its rows (version 2, and columns that do not repeat).
 */
import { crc32 } from 'node:zlib';
import { bitWidthOf } from './bit-packing.ts';
import {
  countOf,
  joinLevels,
  joinValues,
  sliceValues,
  type ColumnValues,
} from './column-values.ts';
import {
  decodeDictionary,
  decodeValues,
  emptyValues,
  type ByteSpan,
  type PageDictionary,
} from './decode-values.ts';
import { decompressPage } from './decompress-page.ts';
import { CorruptParquetError, UnsupportedParquetError } from './errors.ts';
import { Encoding, type ColumnChunk } from './file-metadata.ts';
import { readPageHeader, type PageHeader } from './page-header.ts';
import { decodeRleHybrid } from './rle-hybrid.ts';
import type { ColumnDescriptor } from './schema.ts';

/** Rows `start … end - 1` of a row group. */
export interface RowSpan {
  readonly start: number;
  readonly end: number;
}

/** A column, or the selected rows of it. */
export interface DecodedColumn {
  readonly descriptor: ColumnDescriptor;
  /** How many values there are; 0 is known without looking at the levels. */
  readonly valueCount: number;
  /** Entries: values, and absences on whatever level. */
  readonly entryCount: number;
  /** One per entry; undefined where the column does not repeat. 0 starts a row. */
  readonly repetitionLevels: Uint8Array | undefined;
  /** One per entry; undefined where nothing can be absent. */
  readonly definitionLevels: Uint8Array | undefined;
  /** Of the entries whose definition level is the greatest. */
  readonly values: ColumnValues;
}

/** Reads one column chunk of which all bytes are at hand. */
export class ColumnReader {
  readonly #descriptor: ColumnDescriptor;
  readonly #chunk: ColumnChunk;
  readonly #bytes: Uint8Array;
  readonly #rowCount: number;
  #dictionary: PageDictionary | undefined;
  /** Where in the chunk reading is, for errors. */
  #position = 0;

  /** `bytes` holds exactly the chunk; `rowCount` is that of the row group. */
  constructor(options: {
    readonly descriptor: ColumnDescriptor;
    readonly chunk: ColumnChunk;
    readonly bytes: Uint8Array;
    readonly rowCount: number;
  }) {
    this.#descriptor = options.descriptor;
    this.#chunk = options.chunk;
    this.#bytes = options.bytes;
    this.#rowCount = options.rowCount;
  }

  /**
   * Decodes all rows, or those of `rows`, which ascend and do not touch each other.
   *
   * @throws CorruptParquetError or UnsupportedParquetError naming the column.
   */
  decode(rows?: readonly RowSpan[]): DecodedColumn {
    return this.#walk((headers) =>
      headers.every(isWithoutValues) ? this.#withoutValues(rows) : this.#decodePages(headers, rows),
    );
  }

  /** Many columns of a block hold nothing at all: their levels are decoded when somebody asks. */
  #withoutValues(rows: readonly RowSpan[] | undefined): DecodedColumn {
    const values = this.#emptyValues();
    let decoded: DecodedColumn | undefined;
    const decode = () => (decoded ??= this.#walk((headers) => this.#decodePages(headers, rows)));
    return {
      descriptor: this.#descriptor,
      valueCount: 0,
      values,
      get entryCount() {
        return decode().entryCount;
      },
      get repetitionLevels() {
        return decode().repetitionLevels;
      },
      get definitionLevels() {
        return decode().definitionLevels;
      },
    };
  }

  #decodePages(
    headers: readonly PageHeader[],
    rows: readonly RowSpan[] | undefined,
  ): DecodedColumn {
    const pieces = new PieceCollector(this.#descriptor, rows);
    for (const header of headers) {
      this.#position = header.bodyStart;
      this.#decodePage(header, pieces);
    }
    return this.#finish(pieces);
  }

  /** Reads all page headers and the dictionary; what goes wrong then names the column and the place. */
  #walk(use: (dataPages: readonly PageHeader[]) => DecodedColumn): DecodedColumn {
    this.#position = 0;
    try {
      const headers: PageHeader[] = [];
      while (this.#position < this.#bytes.length) {
        const header = readPageHeader(this.#bytes, this.#position);
        checkCrc(header, this.#bytes);
        if (header.kind === 'dictionary') this.#dictionary ??= this.#decodeDictionary(header);
        else if (header.kind !== 'other') headers.push(header);
        this.#position = header.bodyStart + header.compressedSizeBytes;
      }
      return use(headers);
    } catch (cause) {
      throw this.#located(cause);
    }
  }

  #decodeDictionary(header: PageHeader): PageDictionary {
    const page = this.#body(header, header.bodyStart, header.uncompressedSizeBytes);
    return decodeDictionary(this.#descriptor.leaf, page, header.valueCount);
  }

  #decodePage(header: PageHeader, pieces: PieceCollector): void {
    const { maxRepetitionLevel } = this.#descriptor;
    const rowCount = maxRepetitionLevel === 0 ? header.valueCount : header.rowCount;
    if (rowCount !== undefined && pieces.canSkip(rowCount)) {
      pieces.skip(rowCount);
      return;
    }
    const levels = header.kind === 'data-v2' ? this.#levelsV2(header) : this.#levelsV1(header);
    const valueCount = countValues(levels.definition, header.valueCount, this.#descriptor);
    const values = decodeValues(
      this.#descriptor.leaf,
      header.encoding,
      levels.values,
      valueCount,
      this.#dictionary,
    );
    pieces.add(header.valueCount, levels.repetition, levels.definition, values);
  }

  #levelsV2(header: PageHeader): PageLevels {
    const { maxRepetitionLevel, maxDefinitionLevel } = this.#descriptor;
    const definitionStart = header.bodyStart + header.repetitionLevelsBytes;
    const valuesStart = definitionStart + header.definitionLevelsBytes;
    const levelsBytes = header.repetitionLevelsBytes + header.definitionLevelsBytes;
    if (levelsBytes > header.uncompressedSizeBytes)
      throw new CorruptParquetError('page levels are larger than the page');
    const { valueCount } = header;
    const repetitionSpan = { bytes: this.#bytes, start: header.bodyStart, end: definitionStart };
    const definitionSpan = { bytes: this.#bytes, start: definitionStart, end: valuesStart };
    return {
      repetition: decodeLevels(repetitionSpan, maxRepetitionLevel, valueCount),
      definition: decodeLevels(definitionSpan, maxDefinitionLevel, valueCount),
      values: this.#body(header, valuesStart, header.uncompressedSizeBytes - levelsBytes),
    };
  }

  #levelsV1(header: PageHeader): PageLevels {
    const { maxRepetitionLevel, maxDefinitionLevel } = this.#descriptor;
    const page = this.#body(header, header.bodyStart, header.uncompressedSizeBytes);
    let start = page.start;
    const next = (max: number): Uint8Array | undefined => {
      if (max === 0) return undefined;
      if (start + 4 > page.end) throw new CorruptParquetError('page ends before its levels');
      const view = new DataView(page.bytes.buffer, page.bytes.byteOffset, page.bytes.length);
      const end = start + 4 + view.getUint32(start, true);
      if (end > page.end) throw new CorruptParquetError('page ends inside its levels');
      const levels = decodeLevels({ ...page, start: start + 4, end }, max, header.valueCount);
      start = end;
      return levels;
    };
    const repetition = next(maxRepetitionLevel);
    const definition = next(maxDefinitionLevel);
    return { repetition, definition, values: { ...page, start } };
  }

  #body(header: PageHeader, start: number, length: number): ByteSpan {
    const end = header.bodyStart + header.compressedSizeBytes;
    const body = { bytes: this.#bytes, start, end };
    return header.isCompressed ? decompressPage(this.#chunk.codec, body, length) : body;
  }

  #finish(pieces: PieceCollector): DecodedColumn {
    const column = pieces.join(this.#emptyValues());
    if (pieces.rowCount !== this.#rowCount)
      throw new CorruptParquetError(
        `pages hold ${pieces.rowCount} rows where the row group has ${this.#rowCount}`,
      );
    return column;
  }

  #emptyValues(): ColumnValues {
    const usesCodes = this.#chunk.encodings.includes(Encoding.RleDictionary);
    return usesCodes && this.#dictionary?.kind === 'bytes'
      ? { kind: 'codes', codes: new Int32Array(0), dictionary: this.#dictionary.dictionary }
      : emptyValues(this.#descriptor.leaf);
  }

  #located(cause: unknown): unknown {
    const place = `page at byte ${this.#position} of its chunk`;
    const message = `column "${this.#descriptor.path}", ${place}`;
    if (cause instanceof CorruptParquetError)
      return new CorruptParquetError(`${message}: ${cause.message}`, { cause });
    if (cause instanceof UnsupportedParquetError)
      return new UnsupportedParquetError(`${message}: ${cause.message}`, { cause });
    return cause;
  }
}

interface PageLevels {
  readonly repetition: Uint8Array | undefined;
  readonly definition: Uint8Array | undefined;
  readonly values: ByteSpan;
}

function decodeLevels(span: ByteSpan, max: number, count: number): Uint8Array | undefined {
  if (max === 0) return undefined;
  const levels = new Uint8Array(count);
  decodeRleHybrid(span.bytes, span.start, span.end, bitWidthOf(max), count, levels);
  return levels;
}

function countValues(
  definition: Uint8Array | undefined,
  entryCount: number,
  descriptor: ColumnDescriptor,
): number {
  if (!definition) return entryCount;
  const max = descriptor.maxDefinitionLevel;
  let count = 0;
  for (let i = 0; i < entryCount; i++) {
    const level = definition[i]!;
    if (level === max) count += 1;
    else if (level > max) throw new CorruptParquetError(`definition level ${level} above ${max}`);
  }
  return count;
}

function isWithoutValues(header: PageHeader): boolean {
  return header.nullCount !== undefined && header.nullCount === header.valueCount;
}

function checkCrc(header: PageHeader, bytes: Uint8Array): void {
  if (header.crc === undefined) return;
  const end = header.bodyStart + header.compressedSizeBytes;
  const actual = crc32(bytes.subarray(header.bodyStart, end)) | 0;
  if (actual !== (header.crc | 0)) throw new CorruptParquetError('page has a wrong checksum');
}

/** Collects decoded pages, or the selected rows of them. */
class PieceCollector {
  /** Rows seen, skipped ones included. */
  rowCount = 0;
  readonly #descriptor: ColumnDescriptor;
  readonly #rows: readonly RowSpan[] | undefined;
  readonly #repetition: Uint8Array[] = [];
  readonly #definition: Uint8Array[] = [];
  readonly #values: ColumnValues[] = [];
  #entryCount = 0;
  #nextSpan = 0;

  constructor(descriptor: ColumnDescriptor, rows: readonly RowSpan[] | undefined) {
    this.#descriptor = descriptor;
    this.#rows = rows;
  }

  /** Whether none of the next `rowCount` rows is selected. */
  canSkip(rowCount: number): boolean {
    if (!this.#rows) return false;
    this.#advance();
    const span = this.#rows[this.#nextSpan];
    return !span || span.start >= this.rowCount + rowCount;
  }

  skip(rowCount: number): void {
    this.rowCount += rowCount;
  }

  add(
    entryCount: number,
    repetition: Uint8Array | undefined,
    definition: Uint8Array | undefined,
    values: ColumnValues,
  ): void {
    if (!this.#rows) {
      this.#push(0, entryCount, repetition, definition, values);
      this.rowCount += countRows(repetition, entryCount);
      return;
    }
    this.#addSelected(this.#rows, entryCount, repetition, definition, values);
  }

  join(empty: ColumnValues): DecodedColumn {
    const { maxRepetitionLevel, maxDefinitionLevel } = this.#descriptor;
    const values = joinValues(this.#values, empty);
    return {
      descriptor: this.#descriptor,
      valueCount: countOf(values),
      entryCount: this.#entryCount,
      repetitionLevels: maxRepetitionLevel === 0 ? undefined : joinLevels(this.#repetition),
      definitionLevels: maxDefinitionLevel === 0 ? undefined : joinLevels(this.#definition),
      values,
    };
  }

  /** Cuts the entries of selected rows out of a page that starts at row `this.rowCount`. */
  #addSelected(
    rows: readonly RowSpan[],
    entryCount: number,
    repetition: Uint8Array | undefined,
    definition: Uint8Array | undefined,
    values: ColumnValues,
  ): void {
    if (repetition && entryCount > 0 && repetition[0] !== 0)
      throw new UnsupportedParquetError('a row that goes on from the page before');
    const max = this.#descriptor.maxDefinitionLevel;
    let row = this.rowCount;
    let entry = 0;
    let value = 0;
    this.#advance();
    for (let next = this.#nextSpan; next < rows.length && entry < entryCount; next++) {
      const span = rows[next]!;
      const skipped = skipRows(repetition, entry, entryCount, span.start - row);
      const start = skipped.entry;
      row += skipped.rows;
      if (start === entryCount) {
        entry = start;
        break;
      }
      const taken = skipRows(repetition, start, entryCount, span.end - row);
      const firstValue = value + countPresent(definition, entry, start, max);
      value = firstValue + countPresent(definition, start, taken.entry, max);
      this.#push(
        start,
        taken.entry,
        repetition,
        definition,
        sliceValues(values, firstValue, value),
      );
      row += taken.rows;
      entry = taken.entry;
    }
    this.rowCount = row + skipRows(repetition, entry, entryCount, Infinity).rows;
  }

  #push(
    start: number,
    end: number,
    repetition: Uint8Array | undefined,
    definition: Uint8Array | undefined,
    values: ColumnValues,
  ): void {
    this.#entryCount += end - start;
    if (repetition) this.#repetition.push(repetition.subarray(start, end));
    if (definition) this.#definition.push(definition.subarray(start, end));
    this.#values.push(values);
  }

  #advance(): void {
    while (this.#rows![this.#nextSpan] && this.#rows![this.#nextSpan]!.end <= this.rowCount)
      this.#nextSpan += 1;
  }
}

/** Goes on from the start of a row by `rows` rows, or to the end of the page. */
function skipRows(
  repetition: Uint8Array | undefined,
  start: number,
  entryCount: number,
  rows: number,
): { readonly entry: number; readonly rows: number } {
  if (rows <= 0) return { entry: start, rows: 0 };
  if (!repetition) {
    const entry = Math.min(entryCount, start + rows);
    return { entry, rows: entry - start };
  }
  let skipped = 0;
  for (let entry = start; entry < entryCount; entry++) {
    if (repetition[entry] !== 0) continue;
    if (skipped === rows) return { entry, rows: skipped };
    skipped += 1;
  }
  return { entry: entryCount, rows: skipped };
}

function countPresent(
  definition: Uint8Array | undefined,
  start: number,
  end: number,
  max: number,
): number {
  if (!definition) return end - start;
  let count = 0;
  for (let i = start; i < end; i++) if (definition[i] === max) count += 1;
  return count;
}

function countRows(repetition: Uint8Array | undefined, entryCount: number): number {
  if (!repetition) return entryCount;
  let rows = 0;
  for (let i = 0; i < entryCount; i++) if (repetition[i] === 0) rows += 1;
  return rows;
}
