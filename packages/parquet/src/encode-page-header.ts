/** Writes the header in front of each page; the counterpart of page-header.ts. */
import { Encoding, type ValueStatistics } from './file-metadata.ts';
import { writeStatistics } from './encode-file-metadata.ts';
import type { ThriftWriter } from './thrift-writer.ts';

/** Lengths of a page's body. */
export interface BodySize {
  readonly uncompressedBytes: number;
  readonly compressedBytes: number;
}

/** Numbers of the kinds of pages. */
const DATA_PAGE = 0;
const DICTIONARY_PAGE = 2;
const DATA_PAGE_V2 = 3;

/** Replaces what `writer` holds by the header of a dictionary page of PLAIN values. */
export function writeDictionaryHeader(
  writer: ThriftWriter,
  size: BodySize,
  dictionary: { readonly count: number; readonly isSorted: boolean },
): void {
  writeHeader(writer, DICTIONARY_PAGE, size, () =>
    writer.writeStruct(7, () => {
      writer.writeI32(1, dictionary.count);
      writer.writeI32(2, Encoding.Plain);
      writer.writeBool(3, dictionary.isSorted);
    }),
  );
}

export interface DataPage {
  /** Entries, absent ones included. */
  readonly entryCount: number;
  readonly encoding: number;
  readonly statistics: ValueStatistics;
}

/** The same for a data page of version 1. */
export function writeDataHeaderV1(writer: ThriftWriter, size: BodySize, page: DataPage): void {
  writeHeader(writer, DATA_PAGE, size, () =>
    writer.writeStruct(5, () => {
      writer.writeI32(1, page.entryCount);
      writer.writeI32(2, page.encoding);
      writer.writeI32(3, Encoding.Rle);
      writer.writeI32(4, Encoding.Rle);
      writeStatistics(writer, 5, page.statistics);
    }),
  );
}

/** The same for a data page of version 2. Sizes include levels, which are not compressed. */
export function writeDataHeaderV2(
  writer: ThriftWriter,
  size: BodySize,
  page: DataPage & {
    readonly rowCount: number;
    readonly repetitionLevelsBytes: number;
    readonly definitionLevelsBytes: number;
    readonly isCompressed: boolean;
  },
): void {
  writeHeader(writer, DATA_PAGE_V2, size, () =>
    writer.writeStruct(8, () => {
      writer.writeI32(1, page.entryCount);
      writer.writeI32(2, page.statistics.nullCount);
      writer.writeI32(3, page.rowCount);
      writer.writeI32(4, page.encoding);
      writer.writeI32(5, page.definitionLevelsBytes);
      writer.writeI32(6, page.repetitionLevelsBytes);
      writer.writeBool(7, page.isCompressed);
      writeStatistics(writer, 8, page.statistics);
    }),
  );
}

function writeHeader(
  writer: ThriftWriter,
  kind: number,
  size: BodySize,
  writeKind: () => void,
): void {
  writer.clear();
  writer.writeRootStruct(() => {
    writer.writeI32(1, kind);
    writer.writeI32(2, size.uncompressedBytes);
    writer.writeI32(3, size.compressedBytes);
    writeKind();
  });
}
