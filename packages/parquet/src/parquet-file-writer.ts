/**
 * Writes a file row group by row group: magic, encoded row groups, page indexes, footer. What was
 * encoded leaves at once, so memory does not grow with the file, but for entries of footer and indexes.
 */
import { assert } from '@tempo-ts/runtime';
import { encodeFileMetadata } from './encode-file-metadata.ts';
import type { ColumnChunk, FileRange, RowGroup } from './file-metadata.ts';
import { encodeColumnIndex, encodeOffsetIndex } from './page-index.ts';
import type { EncodedChunk, RowGroupEncoder, RowGroupPart } from './row-group-encoder.ts';
import type { SchemaGroup } from './schema.ts';

export const MAGIC: Uint8Array = Uint8Array.of(0x50, 0x41, 0x52, 0x31);

/** Takes the file's bytes in order; the bytes may be reused once the promise has resolved. */
export type ByteSink = (bytes: Uint8Array) => Promise<void>;

/** What a finished file looks like from outside. */
export interface WrittenFile {
  readonly sizeBytes: number;
  /** Length of the thrift footer, without the eight bytes behind it. */
  readonly footerSizeBytes: number;
  readonly rowGroupCount: number;
  readonly rowCount: number;
}

/** A written row group; offsets are those of the file. */
interface WrittenRowGroup {
  readonly rowCount: number;
  readonly chunks: readonly EncodedChunk[];
}

/** Writes one file; call `writeRowGroup` any number of times, then `finish`. */
export class ParquetFileWriter {
  readonly #schema: SchemaGroup;
  readonly #encoder: RowGroupEncoder;
  readonly #sink: ByteSink;
  readonly #createdBy: string;
  readonly #rowGroups: WrittenRowGroup[] = [];
  #position = 0;

  constructor(options: {
    readonly schema: SchemaGroup;
    readonly encoder: RowGroupEncoder;
    readonly sink: ByteSink;
    /** `<application> version <version>`. */
    readonly createdBy: string;
  }) {
    this.#schema = options.schema;
    this.#encoder = options.encoder;
    this.#sink = options.sink;
    this.#createdBy = options.createdBy;
  }

  /** Encodes and writes one row group, which must have a row at least. */
  async writeRowGroup(parts: readonly RowGroupPart[]): Promise<void> {
    assert(
      parts.some((part) => part.rowCount > 0),
      'a row group has rows',
    );
    if (this.#position === 0) await this.#write(MAGIC);
    const encoded = this.#encoder.encode(parts);
    this.#rowGroups.push({
      rowCount: encoded.rowCount,
      chunks: encoded.chunks.map((chunk) => placeChunk(chunk, this.#position)),
    });
    await this.#write(encoded.bytes);
  }

  /** Writes indexes and footer. Nothing may be written afterwards. */
  async finish(): Promise<WrittenFile> {
    if (this.#position === 0) await this.#write(MAGIC);
    const rowGroups = await this.#writeIndexes();
    const rowCount = rowGroups.reduce((sum, group) => sum + group.rowCount, 0);
    const footer = encodeFileMetadata({
      schema: this.#schema,
      rowCount,
      rowGroups,
      createdBy: this.#createdBy,
    });
    const tail = new Uint8Array(footer.length + 8);
    tail.set(footer);
    new DataView(tail.buffer).setUint32(footer.length, footer.length, true);
    tail.set(MAGIC, footer.length + 4);
    await this.#write(tail);
    return {
      sizeBytes: this.#position,
      footerSizeBytes: footer.length,
      rowGroupCount: rowGroups.length,
      rowCount,
    };
  }

  /** Writes the page indexes of all chunks: first those of values, then those of places. */
  async #writeIndexes(): Promise<RowGroup[]> {
    const writer = new IndexSection(this.#position);
    const columnIndexes = this.#rowGroups.map(({ chunks }) =>
      chunks.map(({ columnIndex }) => columnIndex && writer.append(encodeColumnIndex(columnIndex))),
    );
    const offsetIndexes = this.#rowGroups.map(({ chunks }) =>
      chunks.map(({ pages }) => pages && writer.append(encodeOffsetIndex(pages))),
    );
    await this.#write(writer.bytes());
    return this.#rowGroups.map(({ rowCount, chunks }, group): RowGroup => {
      const placed = chunks.map(({ chunk }, column): ColumnChunk => {
        const offsetIndex = offsetIndexes[group]![column];
        const columnIndex = columnIndexes[group]![column];
        return {
          ...chunk,
          ...(offsetIndex ? { offsetIndex } : {}),
          ...(columnIndex ? { columnIndex } : {}),
        };
      });
      const totalSizeBytes = placed.reduce((sum, chunk) => sum + chunk.uncompressedSizeBytes, 0);
      return { rowCount, totalSizeBytes, chunks: placed };
    });
  }

  async #write(bytes: Uint8Array): Promise<void> {
    this.#position += bytes.length;
    await this.#sink(bytes);
  }
}

function placeChunk(encoded: EncodedChunk, at: number): EncodedChunk {
  const { chunk, pages, columnIndex } = encoded;
  const { dictionaryPageOffset } = chunk;
  return {
    chunk: {
      ...chunk,
      dataPageOffset: chunk.dataPageOffset + at,
      ...(dictionaryPageOffset === undefined
        ? {}
        : { dictionaryPageOffset: dictionaryPageOffset + at }),
    },
    ...(pages ? { pages: pages.map((page) => ({ ...page, offset: page.offset + at })) } : {}),
    ...(columnIndex ? { columnIndex } : {}),
  };
}

/** Bytes behind one another, and where in the file each piece lies. */
class IndexSection {
  readonly #start: number;
  readonly #pieces: Uint8Array[] = [];
  #length = 0;

  constructor(start: number) {
    this.#start = start;
  }

  append(piece: Uint8Array): FileRange {
    const offset = this.#start + this.#length;
    this.#pieces.push(piece);
    this.#length += piece.length;
    return { offset, length: piece.length };
  }

  bytes(): Uint8Array {
    return new Uint8Array(Buffer.concat(this.#pieces));
  }
}
