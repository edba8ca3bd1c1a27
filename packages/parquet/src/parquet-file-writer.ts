/**
 * Writes a file row group by row group: magic, encoded row groups, page indexes, footer. What was
 * encoded leaves at once, so memory does not grow with the file, but for the footer's entries.
 */
import { assert } from '@tempo-ts/runtime';
import { encodeFileMetadata } from './encode-file-metadata.ts';
import type { ColumnChunk, FileRange, RowGroup } from './file-metadata.ts';
import type { EncodedRowGroup, RowGroupEncoder, RowGroupPart } from './row-group-encoder.ts';
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

/** Writes one file; call `writeRowGroup` any number of times, then `finish`. */
export class ParquetFileWriter {
  readonly #schema: SchemaGroup;
  readonly #encoder: RowGroupEncoder;
  readonly #sink: ByteSink;
  readonly #createdBy: string;
  readonly #rowGroups: RowGroup[] = [];
  readonly #indexes: Uint8Array[] = [];
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
    this.#rowGroups.push(placeRowGroup(encoded, this.#position));
    this.#indexes.push(encoded.indexes.slice());
    await this.#write(encoded.bytes);
  }

  /** Writes indexes and footer. Nothing may be written afterwards. */
  async finish(): Promise<WrittenFile> {
    if (this.#position === 0) await this.#write(MAGIC);
    const rowGroups: RowGroup[] = [];
    for (const [number, group] of this.#rowGroups.entries()) {
      const indexes = this.#indexes[number]!;
      rowGroups.push(placeIndexes(group, this.#position));
      if (indexes.length > 0) await this.#write(indexes);
    }
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

  async #write(bytes: Uint8Array): Promise<void> {
    this.#position += bytes.length;
    await this.#sink(bytes);
  }
}

function placeRowGroup(encoded: EncodedRowGroup, at: number): RowGroup {
  const chunks = encoded.chunks.map((chunk): ColumnChunk => ({
    ...chunk,
    dataPageOffset: chunk.dataPageOffset + at,
    ...(chunk.dictionaryPageOffset === undefined
      ? {}
      : { dictionaryPageOffset: chunk.dictionaryPageOffset + at }),
  }));
  const totalSizeBytes = chunks.reduce((sum, chunk) => sum + chunk.uncompressedSizeBytes, 0);
  return { rowCount: encoded.rowCount, totalSizeBytes, chunks };
}

function placeIndexes(group: RowGroup, at: number): RowGroup {
  const move = (range: FileRange) => ({ offset: range.offset + at, length: range.length });
  const chunks = group.chunks.map((chunk) => ({
    ...chunk,
    ...(chunk.offsetIndex ? { offsetIndex: move(chunk.offsetIndex) } : {}),
    ...(chunk.columnIndex ? { columnIndex: move(chunk.columnIndex) } : {}),
  }));
  return { ...group, chunks };
}
