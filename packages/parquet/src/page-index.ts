/**
 * The two page indexes that a file keeps for each chunk in front of its footer: where its data pages
 * lie and with which row each begins, and bounds of the values of each page.
 */
import { ThriftReader, ThriftType } from './thrift-reader.ts';
import { ThriftWriter } from './thrift-writer.ts';

/** A data page. */
export interface PageLocation {
  /** Of its header. */
  readonly offset: number;
  /** Header included. */
  readonly sizeBytes: number;
  /** Row of the row group. */
  readonly firstRow: number;
}

export const BoundaryOrder = { Unordered: 0, Ascending: 1, Descending: 2 } as const;

/** Bounds per data page; arrays have one element per page. */
export interface ColumnIndex {
  /** Whether the page has no value; its bounds are then empty. */
  readonly nullPages: readonly boolean[];
  /** As in `ValueStatistics`. */
  readonly minValues: readonly Uint8Array[];
  readonly maxValues: readonly Uint8Array[];
  readonly boundaryOrder: number;
  readonly nullCounts: readonly number[];
}

/** The thrift bytes of an offset index. */
export function encodeOffsetIndex(pages: readonly PageLocation[]): Uint8Array {
  const writer = new ThriftWriter();
  writer.writeRootStruct(() => {
    writer.writeStructList(1, pages, (page) => {
      writer.writeI64(1, page.offset);
      writer.writeI32(2, page.sizeBytes);
      writer.writeI64(3, page.firstRow);
    });
  });
  return writer.finish();
}

/**
 * The counterpart of {@link encodeOffsetIndex}.
 *
 * @throws CorruptParquetError when the bytes are no such index.
 */
export function decodeOffsetIndex(bytes: Uint8Array): PageLocation[] {
  const reader = new ThriftReader(bytes, 0, 'offset index');
  let pages: PageLocation[] = [];
  reader.readStruct((id, type) => {
    if (id !== 1) return false;
    pages = reader.readList(type, [ThriftType.Struct], () => readLocation(reader));
    return true;
  });
  return pages;
}

function readLocation(reader: ThriftReader): PageLocation {
  const location = { offset: 0, sizeBytes: 0, firstRow: 0 };
  reader.readStruct((id, type) => {
    if (id === 1) location.offset = reader.readInteger(type);
    else if (id === 2) location.sizeBytes = reader.readInteger(type);
    else if (id === 3) location.firstRow = reader.readInteger(type);
    else return false;
    return true;
  });
  return location;
}

/** The thrift bytes of a column index. */
export function encodeColumnIndex(index: ColumnIndex): Uint8Array {
  const writer = new ThriftWriter();
  writer.writeRootStruct(() => {
    writer.writeBoolList(1, index.nullPages);
    writer.writeBinaryList(2, index.minValues);
    writer.writeBinaryList(3, index.maxValues);
    writer.writeI32(4, index.boundaryOrder);
    writer.writeI64List(5, index.nullCounts);
  });
  return writer.finish();
}

/**
 * The counterpart of {@link encodeColumnIndex}; null counts are empty where the writer left them out.
 *
 * @throws CorruptParquetError when the bytes are no such index.
 */
export function decodeColumnIndex(bytes: Uint8Array): ColumnIndex {
  const reader = new ThriftReader(bytes, 0, 'column index');
  let nullPages: boolean[] = [];
  let minValues: Uint8Array[] = [];
  let maxValues: Uint8Array[] = [];
  let boundaryOrder: number = BoundaryOrder.Unordered;
  let nullCounts: number[] = [];
  const readBinaries = (type: number) =>
    reader.readList(type, [ThriftType.Binary], () => reader.readBinary());
  reader.readStruct((id, type) => {
    if (id === 1) nullPages = readBools(reader, type);
    else if (id === 2) minValues = readBinaries(type);
    else if (id === 3) maxValues = readBinaries(type);
    else if (id === 4) boundaryOrder = reader.readInteger(type);
    else if (id === 5)
      nullCounts = reader.readList(type, [ThriftType.I64], () => reader.readInteger());
    else return false;
    return true;
  });
  return { nullPages, minValues, maxValues, boundaryOrder, nullCounts };
}

function readBools(reader: ThriftReader, type: number): boolean[] {
  return reader.readList(
    type,
    [ThriftType.True, ThriftType.False],
    () => reader.readInteger(ThriftType.Byte) === ThriftType.True,
  );
}
