/** Opens a file: reads its footer once, then column chunks by exact ranges. */
import { ColumnReader, type DecodedColumn } from './column-reader.ts';
import { countOf } from './column-values.ts';
import { CorruptParquetError } from './errors.ts';
import { chunkStart, type FileMetadata, type RowGroup } from './file-metadata.ts';
import { MAX_FOOTER_BYTES } from './limits.ts';
import { parseFileMetadata } from './parse-file-metadata.ts';
import type { BytesDictionary } from './nested-column.ts';
import type { RowSpan } from './pick-rows.ts';
import { readRanges, type RangeSource } from './range-source.ts';
import { describeColumns, type ColumnDescriptor } from './schema.ts';

/** Length and magic behind the footer, and the magic at the start. */
const TAIL_BYTES = 8;
const MIN_FILE_BYTES = 12;
const MAGIC_NUMBER = 0x31524150;

/**
 * Reads the footer of a file. `footerSizeBytes`, when known and not 0, saves a request.
 *
 * @throws CorruptParquetError when the file is none, or is cut off.
 */
export async function readFileMetadata(
  source: RangeSource,
  options: { readonly footerSizeBytes?: number; readonly signal?: AbortSignal } = {},
): Promise<FileMetadata> {
  const { sizeBytes } = source;
  if (sizeBytes < MIN_FILE_BYTES)
    throw new CorruptParquetError(`a file of ${sizeBytes} bytes is no Parquet file`);
  const footerSize = options.footerSizeBytes || (await readFooterSize(source, options.signal));
  checkFooterSize(footerSize, sizeBytes);
  const length = footerSize + TAIL_BYTES;
  const tail = await source.read({ offset: sizeBytes - length, length }, options.signal);
  const actual = footerSizeOf(tail);
  if (actual !== footerSize)
    throw new CorruptParquetError(`footer of ${actual} bytes where ${footerSize} were announced`);
  return parseFileMetadata(tail.subarray(0, footerSize), sizeBytes);
}

/** A file over `source` whose footer was read before. */
export function openParquet(source: RangeSource, metadata: FileMetadata): ParquetFile {
  return new ParquetFile(source, metadata);
}

/** A file open for reading. */
export class ParquetFile {
  readonly metadata: FileMetadata;
  /** The leaves, in order. */
  readonly columns: readonly ColumnDescriptor[];
  readonly #source: RangeSource;
  readonly #byPath: ReadonlyMap<string, ColumnDescriptor>;

  constructor(source: RangeSource, metadata: FileMetadata) {
    this.#source = source;
    this.metadata = metadata;
    this.columns = describeColumns(metadata.schema);
    this.#byPath = new Map(this.columns.map((column) => [column.path, column]));
  }

  get rowGroups(): readonly RowGroup[] {
    return this.metadata.rowGroups;
  }

  /** The leaf at `path`, or undefined. */
  findColumn(path: string): ColumnDescriptor | undefined {
    return this.#byPath.get(path);
  }

  /**
   * Fetches the chunks of `paths` in row group `rowGroup`, neighbours together; nothing is decoded.
   *
   * Columns that `keeper` knows are not fetched; it is given those that are.
   *
   * @throws CorruptParquetError when there is no such row group or column.
   */
  async fetchColumns(
    rowGroup: number,
    paths: Iterable<string>,
    signal?: AbortSignal,
    keeper?: ColumnKeeper,
  ): Promise<FetchedColumns> {
    const group = this.metadata.rowGroups[rowGroup];
    if (!group)
      throw new CorruptParquetError(`row group ${rowGroup} of ${this.metadata.rowGroups.length}`);
    const known = new Map<string, ColumnReader>();
    const columns: ColumnDescriptor[] = [];
    for (const path of new Set(paths)) {
      const column = this.#byPath.get(path);
      if (!column) throw new CorruptParquetError(`the file has no column "${path}"`);
      const reader = keeper?.find(path);
      if (reader) known.set(path, reader);
      else columns.push(column);
    }
    const ranges = columns.map((column) => {
      const chunk = group.chunks[column.index]!;
      return { offset: chunkStart(chunk), length: chunk.compressedSizeBytes };
    });
    const { parts, readBytes } = await readRanges(this.#source, ranges, signal);
    for (const [i, descriptor] of columns.entries()) {
      const reader = new ColumnReader({
        descriptor,
        chunk: group.chunks[descriptor.index]!,
        // What is kept must not hold its neighbours.
        bytes: keeper ? new Uint8Array(parts[i]!) : parts[i]!,
        rowCount: group.rowCount,
      });
      known.set(descriptor.path, reader);
      keeper?.keep(descriptor.path, reader);
    }
    return new FetchedColumns(known, group.rowCount, readBytes);
  }

  /** Fetches and decodes one column. */
  async readColumn(rowGroup: number, path: string, signal?: AbortSignal): Promise<DecodedColumn> {
    return (await this.fetchColumns(rowGroup, [path], signal)).decode(path);
  }
}

/** Keeps fetched columns of one row group, with their dictionaries, for whoever reads it next. */
export interface ColumnKeeper {
  find(path: string): ColumnReader | undefined;
  keep(path: string, reader: ColumnReader): void;
}

/** Chunks of one row group, decoded on demand. */
export class FetchedColumns {
  readonly rowCount: number;
  /** Bytes that were read, gaps included. */
  readonly readBytes: number;
  readonly #readers: ReadonlyMap<string, ColumnReader>;

  constructor(readers: ReadonlyMap<string, ColumnReader>, rowCount: number, readBytes: number) {
    this.#readers = readers;
    this.rowCount = rowCount;
    this.readBytes = readBytes;
  }

  has(path: string): boolean {
    return this.#readers.has(path);
  }

  /** Decodes a fetched column, or some rows of it (ascending spans that do not touch). */
  decode(path: string, rows?: readonly RowSpan[]): DecodedColumn {
    return this.#reader(path).decode(rows);
  }

  /** A fetched column whose values and levels are decoded when they are first looked at. */
  scan(path: string): DecodedColumn {
    return this.#reader(path).scan();
  }

  /** See {@link ColumnReader.valuesAt}. */
  valuesAt(path: string, spans: readonly RowSpan[]): DecodedColumn | undefined {
    const reader = this.#reader(path);
    const values = reader.valuesAt(spans);
    if (!values) return undefined;
    const valueCount = countOf(values);
    return {
      descriptor: reader.descriptor,
      valueCount,
      entryCount: valueCount,
      repetitionLevels: undefined,
      definitionLevels: undefined,
      values,
    };
  }

  /** The dictionary of a column all of whose values are strings of it. */
  dictionary(path: string): BytesDictionary | undefined {
    return this.#reader(path).dictionary();
  }

  #reader(path: string): ColumnReader {
    const reader = this.#readers.get(path);
    if (!reader) throw new CorruptParquetError(`column "${path}" was not fetched`);
    return reader;
  }
}

async function readFooterSize(source: RangeSource, signal?: AbortSignal): Promise<number> {
  const offset = source.sizeBytes - TAIL_BYTES;
  return footerSizeOf(await source.read({ offset, length: TAIL_BYTES }, signal));
}

function footerSizeOf(tail: Uint8Array): number {
  const view = new DataView(tail.buffer, tail.byteOffset, tail.length);
  if (view.getUint32(tail.length - 4, true) !== MAGIC_NUMBER)
    throw new CorruptParquetError('the file does not end with PAR1: cut off, or no Parquet file');
  return view.getUint32(tail.length - TAIL_BYTES, true);
}

function checkFooterSize(footerSize: number, sizeBytes: number): void {
  if (footerSize > sizeBytes - MIN_FILE_BYTES || footerSize > MAX_FOOTER_BYTES)
    throw new CorruptParquetError(
      `a footer of ${footerSize} bytes does not fit into a file of ${sizeBytes} bytes`,
    );
}
