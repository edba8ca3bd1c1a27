/**
 * Decodes a column chunk: its pages one after the other, levels and values as typed arrays. With a
 * selection of rows, pages without selected rows are not even decompressed where the page header
 * counts its rows (version 2, and columns that do not repeat).
 */
import { crc32 } from 'node:zlib';
import { bitWidthOf } from './bit-packing.ts';
import { joinValues, sliceValues, type ColumnValues } from './column-values.ts';
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
import type { BytesDictionary } from './nested-column.ts';
import { locateContent, type PageContent } from './page-content.ts';
import { readPageHeader, type PageHeader } from './page-header.ts';
import { countValues, pickRows, spansWithin, type RowSpan } from './pick-rows.ts';
import { PieceCollector } from './piece-collector.ts';
import { decodeRleHybrid } from './rle-hybrid.ts';
import type { ColumnDescriptor } from './schema.ts';

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
  #headers: readonly PageHeader[] | undefined;
  /** Bodies whose checksum has been found right, by where they start. */
  readonly #checked = new Set<number>();
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

  get descriptor(): ColumnDescriptor {
    return this.#descriptor;
  }

  /**
   * Decodes all rows, or those of `rows`, which ascend and do not touch each other.
   *
   * @throws CorruptParquetError or UnsupportedParquetError naming the column.
   */
  decode(rows?: readonly RowSpan[]): DecodedColumn {
    return this.#located(() => {
      const headers = this.#readHeaders();
      return headers.every(isWithoutValues)
        ? this.#withoutValues(headers, rows)
        : this.#decodePages(headers, rows);
    });
  }

  /**
   * As {@link decode} for all rows, but values and levels are decoded when they are first looked at:
   * of a column that is required on its level, levels say nothing that its readers do not know.
   *
   * @throws as decode; damage of what is not looked at is not found.
   */
  scan(): DecodedColumn {
    return this.#located(() => {
      const headers = this.#readHeaders();
      if (headers.every(isWithoutValues)) return this.#withoutValues(headers, undefined);
      const pages = headers.filter(isDataPage);
      const counts = pages.map((header) => this.#countOf(header));
      if (counts.includes(undefined)) return this.#decodePages(headers, undefined);
      const valueCount = counts.reduce<number>((sum, count) => sum + count!, 0);
      let whole: DecodedColumn | undefined;
      const levels = () => (whole ??= this.#located(() => this.#decodeLevelsOnly(pages)));
      let values: ColumnValues | undefined;
      const readValues = () => (values ??= this.#located(() => this.#valuesIn(headers)));
      return {
        descriptor: this.#descriptor,
        valueCount,
        entryCount: pages.reduce((sum, header) => sum + header.valueCount, 0),
        get repetitionLevels() {
          return levels().repetitionLevels;
        },
        get definitionLevels() {
          return levels().definitionLevels;
        },
        get values() {
          return readValues();
        },
      };
    });
  }

  /**
   * The values of `spans`: positions among the values of the column, ascending, not touching each
   * other. Levels are not looked at. Undefined where pages do not tell how many values they hold.
   */
  valuesAt(spans: readonly RowSpan[]): ColumnValues | undefined {
    return this.#located(() => {
      const headers = this.#readHeaders();
      if (headers.filter(isDataPage).some((header) => this.#countOf(header) === undefined))
        return undefined;
      return this.#valuesIn(headers, spans);
    });
  }

  /** The dictionary, when all values of the column are strings of it. */
  dictionary(): BytesDictionary | undefined {
    return this.#located(() => {
      const headers = this.#readHeaders();
      if (headers.every(isWithoutValues)) return NO_STRINGS;
      const isComplete = headers.every(
        (header) => header.kind === 'dictionary' || usesDictionary(header.encoding),
      );
      const dictionary = isComplete ? this.#readDictionary(headers) : undefined;
      return dictionary?.kind === 'bytes' ? dictionary.dictionary : undefined;
    });
  }

  /** Of the chunk, as it is stored. */
  get storedBytes(): number {
    return this.#bytes.length;
  }

  /** Memory of the chunk and of its dictionary, once that is read. */
  get sizeBytes(): number {
    const header = this.#readHeaders().find((candidate) => candidate.kind === 'dictionary');
    const dictionaryBytes = header ? header.uncompressedSizeBytes + header.valueCount * 4 : 0;
    return this.#bytes.length + dictionaryBytes;
  }

  #countOf(header: PageHeader): number | undefined {
    if (this.#descriptor.maxDefinitionLevel === 0) return header.valueCount;
    return header.nullCount === undefined ? undefined : header.valueCount - header.nullCount;
  }

  /** Values of all pages, or of `spans`, where pages count their values. */
  #valuesIn(headers: readonly PageHeader[], spans?: readonly RowSpan[]): ColumnValues {
    const pieces: ColumnValues[] = [];
    let first = 0;
    for (const header of headers) {
      if (!isDataPage(header)) continue;
      this.#position = header.bodyStart;
      const count = this.#countOf(header)!;
      const end = first + count;
      const wanted = spans ? spansWithin(spans, first, end) : [{ start: 0, end: count }];
      if (count > 0 && wanted.length > 0) {
        const values = this.#decodeValues(headers, header, this.#contentOf(header), count);
        for (const span of wanted)
          pieces.push(
            span.end - span.start === count ? values : sliceValues(values, span.start, span.end),
          );
      }
      first = end;
    }
    return pieces.length === 0 ? this.#emptyValues(headers) : joinValues(pieces);
  }

  #decodeLevelsOnly(pages: readonly PageHeader[]): DecodedColumn {
    const { maxRepetitionLevel, maxDefinitionLevel } = this.#descriptor;
    const pieces = new PieceCollector(this.#descriptor);
    for (const header of pages) {
      this.#position = header.bodyStart;
      const content = this.#contentOf(header);
      const repetition = decodeLevels(content.repetition, maxRepetitionLevel, header.valueCount);
      const definition = decodeLevels(content.definition, maxDefinitionLevel, header.valueCount);
      if (definition && countValues(definition, maxDefinitionLevel) !== this.#countOf(header))
        throw new CorruptParquetError('page counts other values than its levels');
      pieces.add({ entryCount: header.valueCount, repetition, definition }, undefined);
      pieces.rowCount += countRows(repetition, header.valueCount);
    }
    this.#checkRows(pieces);
    return pieces.join(() => emptyValues(this.#descriptor.leaf));
  }

  #checkRows(pieces: PieceCollector): void {
    if (pieces.rowCount === this.#rowCount) return;
    throw new CorruptParquetError(
      `pages hold ${pieces.rowCount} rows where the row group has ${this.#rowCount}`,
    );
  }

  /** Many columns of a block hold nothing at all: their levels are decoded when somebody asks. */
  #withoutValues(
    headers: readonly PageHeader[],
    rows: readonly RowSpan[] | undefined,
  ): DecodedColumn {
    let decoded: DecodedColumn | undefined;
    const decode = () => (decoded ??= this.#located(() => this.#decodePages(headers, rows)));
    return {
      descriptor: this.#descriptor,
      valueCount: 0,
      values: this.#emptyValues(headers),
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
    const pieces = new PieceCollector(this.#descriptor);
    for (const header of headers) {
      if (!isDataPage(header)) continue;
      this.#position = header.bodyStart;
      if (rows) this.#pickRows(headers, header, rows, pieces);
      else this.#decodePage(headers, header, pieces);
    }
    this.#checkRows(pieces);
    return pieces.join(() => this.#emptyValues(headers));
  }

  #readHeaders(): readonly PageHeader[] {
    if (this.#headers) return this.#headers;
    const headers: PageHeader[] = [];
    for (this.#position = 0; this.#position < this.#bytes.length;) {
      const header = readPageHeader(this.#bytes, this.#position);
      headers.push(header);
      this.#position = header.bodyStart + header.compressedSizeBytes;
    }
    this.#headers = headers;
    return headers;
  }

  #decodePage(headers: readonly PageHeader[], header: PageHeader, pieces: PieceCollector): void {
    const { maxRepetitionLevel, maxDefinitionLevel } = this.#descriptor;
    const content = this.#contentOf(header);
    const repetition = decodeLevels(content.repetition, maxRepetitionLevel, header.valueCount);
    const definition = decodeLevels(content.definition, maxDefinitionLevel, header.valueCount);
    const count = definition ? countValues(definition, maxDefinitionLevel) : header.valueCount;
    const values = this.#decodeValues(headers, header, content, count);
    const rowCount = countRows(repetition, header.valueCount);
    pieces.add({ entryCount: header.valueCount, repetition, definition }, values);
    pieces.rowCount += rowCount;
  }

  /** Pages without selected rows are not looked into where their header counts the rows. */
  #pickRows(
    headers: readonly PageHeader[],
    header: PageHeader,
    rows: readonly RowSpan[],
    pieces: PieceCollector,
  ): void {
    const firstRow = pieces.rowCount;
    const counted = this.#descriptor.maxRepetitionLevel === 0 ? header.valueCount : header.rowCount;
    const endRow = counted === undefined ? Infinity : firstRow + counted;
    const spans = rows.filter((span) => span.end > firstRow && span.start < endRow);
    if (counted !== undefined && spans.length === 0) {
      pieces.rowCount += counted;
      return;
    }
    const content = this.#contentOf(header);
    const descriptor = this.#descriptor;
    const picked = pickRows({ content, header, descriptor, spans, firstRow });
    const needed = picked.pieces.at(-1)?.endValue ?? 0;
    if (needed > picked.valueCount)
      throw new CorruptParquetError(`page holds ${picked.valueCount} values, its levels ${needed}`);
    const isAnyNeeded = picked.pieces.some((piece) => piece.endValue > piece.firstValue);
    // Deltas are counted by the page itself; other encodings can be read in part.
    const count = isDelta(header.encoding) ? picked.valueCount : needed;
    const values = this.#decodeValues(headers, header, content, isAnyNeeded ? count : 0);
    for (const piece of picked.pieces) {
      const isEmpty = piece.firstValue === piece.endValue;
      pieces.add(
        piece,
        isEmpty ? undefined : sliceValues(values, piece.firstValue, piece.endValue),
      );
    }
    pieces.rowCount += picked.rowCount;
  }

  #contentOf(header: PageHeader): PageContent {
    this.#checkCrc(header);
    return locateContent(this.#bytes, header, this.#descriptor, this.#chunk.codec);
  }

  #checkCrc(header: PageHeader): void {
    if (this.#checked.has(header.bodyStart)) return;
    checkCrc(header, this.#bytes);
    this.#checked.add(header.bodyStart);
  }

  #decodeValues(
    headers: readonly PageHeader[],
    header: PageHeader,
    content: PageContent,
    count: number,
  ): ColumnValues {
    // A page whose lists are all empty may hold no bytes at all.
    if (count === 0) return this.#emptyValues(headers);
    const dictionary = usesDictionary(header.encoding) ? this.#readDictionary(headers) : undefined;
    const { leaf } = this.#descriptor;
    return decodeValues(leaf, header.encoding, content.values(), count, dictionary);
  }

  #readDictionary(headers: readonly PageHeader[]): PageDictionary | undefined {
    const header = headers.find((candidate) => candidate.kind === 'dictionary');
    if (this.#dictionary || !header) return this.#dictionary;
    this.#checkCrc(header);
    const { bodyStart, compressedSizeBytes, uncompressedSizeBytes } = header;
    const body = { bytes: this.#bytes, start: bodyStart, end: bodyStart + compressedSizeBytes };
    const page = decompressPage(this.#chunk.codec, body, uncompressedSizeBytes);
    this.#dictionary = decodeDictionary(this.#descriptor.leaf, page, header.valueCount);
    return this.#dictionary;
  }

  /** No values, of the kind that the pages with values have. */
  #emptyValues(headers: readonly PageHeader[]): ColumnValues {
    const { leaf } = this.#descriptor;
    const isDictionaryOnly =
      leaf.physical === 'BYTE_ARRAY' &&
      headers.every((header) => header.kind === 'dictionary' || usesDictionary(header.encoding));
    return isDictionaryOnly
      ? { kind: 'codes', codes: new Int32Array(0), dictionary: NO_STRINGS }
      : emptyValues(leaf);
  }

  #located<T>(decode: () => T): T {
    try {
      return decode();
    } catch (cause) {
      const place = `page at byte ${this.#position} of its chunk`;
      const message = `column "${this.#descriptor.path}", ${place}`;
      if (cause instanceof CorruptParquetError)
        throw new CorruptParquetError(`${message}: ${cause.message}`, { cause });
      if (cause instanceof UnsupportedParquetError)
        throw new UnsupportedParquetError(`${message}: ${cause.message}`, { cause });
      throw cause;
    }
  }
}

const NO_STRINGS = { count: 0, bytes: new Uint8Array(0), offsets: new Int32Array(1) };

function usesDictionary(encoding: number): boolean {
  return encoding === Encoding.RleDictionary || encoding === Encoding.PlainDictionary;
}

function isDelta(encoding: number): boolean {
  return encoding >= Encoding.DeltaBinaryPacked && encoding <= Encoding.DeltaByteArray;
}

function isDataPage(header: PageHeader): boolean {
  return header.kind === 'data-v1' || header.kind === 'data-v2';
}

/** Dictionary pages do not count: nothing refers to them. */
function isWithoutValues(header: PageHeader): boolean {
  return (
    header.kind === 'dictionary' ||
    (header.nullCount !== undefined && header.nullCount === header.valueCount)
  );
}

function decodeLevels(
  span: ByteSpan | undefined,
  max: number,
  count: number,
): Uint8Array | undefined {
  if (!span) return undefined;
  const levels = new Uint8Array(count);
  decodeRleHybrid(span.bytes, span.start, span.end, bitWidthOf(max), count, levels);
  return levels;
}

function checkCrc(header: PageHeader, bytes: Uint8Array): void {
  if (header.crc === undefined) return;
  const end = header.bodyStart + header.compressedSizeBytes;
  const actual = crc32(bytes.subarray(header.bodyStart, end)) | 0;
  if (actual !== (header.crc | 0)) throw new CorruptParquetError('page has a wrong checksum');
}

function countRows(repetition: Uint8Array | undefined, entryCount: number): number {
  if (!repetition) return entryCount;
  let rows = 0;
  for (let i = 0; i < entryCount; i++) if (repetition[i] === 0) rows += 1;
  return rows;
}
