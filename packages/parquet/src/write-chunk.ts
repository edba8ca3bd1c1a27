/**
 * Writes column chunks behind one another: dictionary page, data pages, and what footer and page
 * indexes say of them. Decides for each chunk, and in version 2 for each page, whether compressing
 * it is worth while.
 */
import { ByteBuffer } from './byte-buffer.ts';
import { codecNumber, compressTo, type Compression } from './compress-page.ts';
import {
  writeDataHeaderV1,
  writeDataHeaderV2,
  writeDictionaryHeader,
  type DataPage,
} from './encode-page-header.ts';
import { Encoding, type ColumnChunk, type ValueStatistics } from './file-metadata.ts';
import type { NativeChunk, NativePage } from './native-chunk.ts';
import type { ColumnIndex, PageLocation } from './page-index.ts';
import type { EncodedChunk } from './row-group-encoder.ts';
import { ThriftWriter } from './thrift-writer.ts';
import { boundaryOrderOf, joinRanges, type ValueRange } from './value-range.ts';

const NONE: Compression = { codec: 'none' };
/** A body is compressed when that leaves less than this part of it: reading it then costs more. */
const WORTHWHILE = 0.95;

export interface ChunkWriterOptions {
  readonly compression: Compression;
  readonly dataPageVersion: 1 | 2;
  /** The buffers that the pages of chunks refer to. */
  readonly levels: ByteBuffer;
  readonly values: ByteBuffer;
}

/** Which pages of a chunk are compressed. */
interface ChunkCodec {
  readonly compression: Compression;
  /** Version 2 only: whether to try it with data pages. */
  readonly triesPages: boolean;
}

export class ChunkWriter {
  readonly #options: ChunkWriterOptions;
  readonly #out = new ByteBuffer();
  readonly #body = new ByteBuffer();
  readonly #dictionary = new ByteBuffer();
  readonly #compressed = new ByteBuffer();
  readonly #header = new ThriftWriter();
  #uncompressedBytes = 0;

  constructor(options: ChunkWriterOptions) {
    this.#options = options;
  }

  /** Begins a row group. */
  start(): void {
    this.#out.clear();
  }

  /** All chunks written since `start`, valid until the next one. */
  bytes(): Uint8Array {
    return this.#out.bytes.subarray(0, this.#out.length);
  }

  write(chunk: NativeChunk): EncodedChunk {
    const start = this.#out.length;
    this.#uncompressedBytes = 0;
    const { dictionary, encoding } = chunk.values;
    this.#dictionary.clear();
    dictionary?.writePage(this.#dictionary);
    const codec = this.#chooseCodec(chunk);
    if (dictionary) this.#writeDictionary(codec, dictionary.codes.length, dictionary.isSorted);
    const dataPageOffset = this.#out.length;
    const pages = chunk.pages.map((page): PageLocation => {
      const offset = this.#out.length;
      const described = { entryCount: page.entryCount, encoding, statistics: statisticsOf(page) };
      if (this.#options.dataPageVersion === 1) this.#writeVersion1(page, described, codec);
      else this.#writeVersion2(page, described, codec);
      return { offset, sizeBytes: this.#out.length - offset, firstRow: page.firstRow };
    });
    const columnIndex = columnIndexOf(chunk);
    const metadata: ColumnChunk = {
      path: chunk.descriptor.path,
      codec: codecNumber(codec.compression),
      encodings: [...(dictionary ? [Encoding.Plain] : []), Encoding.Rle, encoding],
      valueCount: chunk.pages.reduce((sum, page) => sum + page.entryCount, 0),
      uncompressedSizeBytes: this.#uncompressedBytes,
      compressedSizeBytes: this.#out.length - start,
      dataPageOffset,
      ...(dictionary ? { dictionaryPageOffset: start } : {}),
      statistics: chunkStatistics(chunk),
    };
    return { chunk: metadata, pages, ...(columnIndex ? { columnIndex } : {}) };
  }

  /** Tries the dictionary and the largest page. */
  #chooseCodec(chunk: NativeChunk): ChunkCodec {
    const { compression, dataPageVersion } = this.#options;
    if (compression.codec === 'none') return { compression: NONE, triesPages: false };
    const largest = chunk.pages.reduce((a, b) => (sizeOf(b) > sizeOf(a) ? b : a));
    const isVersion1 = dataPageVersion === 1;
    if (isVersion1) this.#fillBody(largest);
    const triesPages = isVersion1
      ? this.#isWorthwhile(compression, this.#body, 0, this.#body.length)
      : this.#isWorthwhile(
          compression,
          this.#options.values,
          largest.valuesStart,
          largest.valuesEnd,
        );
    const isUsed =
      triesPages || this.#isWorthwhile(compression, this.#dictionary, 0, this.#dictionary.length);
    return { compression: isUsed ? compression : NONE, triesPages };
  }

  /** Compresses to `#compressed` and says whether that was worth while. */
  #isWorthwhile(compression: Compression, body: ByteBuffer, start: number, end: number): boolean {
    this.#compressed.clear();
    if (start === end) return false;
    compressTo(compression, body, start, end, this.#compressed);
    return this.#compressed.length < (end - start) * WORTHWHILE;
  }

  #writeDictionary({ compression }: ChunkCodec, count: number, isSorted: boolean): void {
    const body = this.#dictionary;
    this.#compressed.clear();
    compressTo(compression, body, 0, body.length, this.#compressed);
    const size = {
      uncompressedBytes: body.length,
      compressedBytes: this.#compressed.length,
    };
    writeDictionaryHeader(this.#header, size, { count, isSorted });
    this.#writeHeader(body.length);
    this.#out.appendRange(this.#compressed.bytes, 0, this.#compressed.length);
  }

  #writeVersion1(page: NativePage, described: DataPage, { compression }: ChunkCodec): void {
    this.#fillBody(page);
    const body = this.#body;
    this.#compressed.clear();
    compressTo(compression, body, 0, body.length, this.#compressed);
    const size = { uncompressedBytes: body.length, compressedBytes: this.#compressed.length };
    writeDataHeaderV1(this.#header, size, described);
    this.#writeHeader(body.length);
    this.#out.appendRange(this.#compressed.bytes, 0, this.#compressed.length);
  }

  #writeVersion2(page: NativePage, described: DataPage, codec: ChunkCodec): void {
    const { levels, values } = this.#options;
    const { repetition, definition, valuesStart, valuesEnd } = page;
    const isCompressed =
      codec.triesPages && this.#isWorthwhile(codec.compression, values, valuesStart, valuesEnd);
    const repetitionLevelsBytes = repetition.end - repetition.start;
    const definitionLevelsBytes = definition.end - definition.start;
    const levelsBytes = repetitionLevelsBytes + definitionLevelsBytes;
    const uncompressedBytes = levelsBytes + valuesEnd - valuesStart;
    const compressedBytes = isCompressed
      ? levelsBytes + this.#compressed.length
      : uncompressedBytes;
    writeDataHeaderV2(
      this.#header,
      { uncompressedBytes, compressedBytes },
      {
        ...described,
        rowCount: page.rowCount,
        repetitionLevelsBytes,
        definitionLevelsBytes,
        isCompressed,
      },
    );
    this.#writeHeader(uncompressedBytes);
    this.#out.appendRange(levels.bytes, repetition.start, repetition.end);
    this.#out.appendRange(levels.bytes, definition.start, definition.end);
    if (isCompressed) this.#out.appendRange(this.#compressed.bytes, 0, this.#compressed.length);
    else this.#out.appendRange(values.bytes, valuesStart, valuesEnd);
  }

  /** The body of a page of version 1: levels behind their lengths where there are any, values. */
  #fillBody(page: NativePage): void {
    const { levels, values } = this.#options;
    this.#body.clear();
    for (const { start, end } of [page.repetition, page.definition]) {
      if (start === end) continue;
      this.#body.appendUint32(end - start);
      this.#body.appendRange(levels.bytes, start, end);
    }
    this.#body.appendRange(values.bytes, page.valuesStart, page.valuesEnd);
  }

  #writeHeader(uncompressedBodyBytes: number): void {
    const header = this.#header.view();
    this.#uncompressedBytes += header.length + uncompressedBodyBytes;
    this.#out.append(header);
  }
}

function sizeOf(page: NativePage): number {
  return (
    page.repetition.end -
    page.repetition.start +
    (page.definition.end - page.definition.start) +
    (page.valuesEnd - page.valuesStart)
  );
}

function statisticsOf({ nullCount, range }: NativePage): ValueStatistics {
  return { nullCount, ...range };
}

function chunkStatistics({ descriptor, pages, values }: NativeChunk): ValueStatistics {
  const nullCount = pages.reduce((sum, page) => sum + page.nullCount, 0);
  const range = values.dictionary ? values.dictionary.range() : joinKnownRanges(descriptor, pages);
  return { nullCount, ...range };
}

/** Undefined when a page has values without bounds, or none has values. */
function joinKnownRanges(
  { leaf }: NativeChunk['descriptor'],
  pages: readonly NativePage[],
): ValueRange | undefined {
  const ranges = knownRanges(pages);
  return ranges && ranges.length > 0 ? joinRanges(leaf, ranges) : undefined;
}

/** Bounds of the pages that have values; undefined when one of them has no bounds. */
function knownRanges(pages: readonly NativePage[]): readonly ValueRange[] | undefined {
  const ranges: ValueRange[] = [];
  for (const { range, entryCount, nullCount } of pages)
    if (range) ranges.push(range);
    else if (entryCount > nullCount) return undefined;
  return ranges;
}

const NO_BYTES = new Uint8Array(0);

function columnIndexOf({ descriptor, pages }: NativeChunk): ColumnIndex | undefined {
  const ranges = knownRanges(pages);
  if (!ranges) return undefined;
  return {
    nullPages: pages.map((page) => page.range === undefined),
    minValues: pages.map((page) => page.range?.min ?? NO_BYTES),
    maxValues: pages.map((page) => page.range?.max ?? NO_BYTES),
    boundaryOrder: boundaryOrderOf(descriptor.leaf, ranges),
    nullCounts: pages.map((page) => page.nullCount),
  };
}
