import { describe, expect, it } from '@jest/globals';
import { CorruptParquetError } from './errors.ts';
import { readPageHeader } from './page-header.ts';
import { ThriftWriter } from './thrift-writer.ts';

interface Counts {
  values?: number;
  nulls?: number;
  rows?: number;
  levelBytes?: number;
  compressed?: number;
  uncompressed?: number;
}

/** A version 2 header in front of ten bytes. */
function header(counts: Counts): Uint8Array {
  const writer = new ThriftWriter();
  writer.writeRootStruct(() => {
    writer.writeI32(1, 3);
    writer.writeI32(2, counts.uncompressed ?? 10);
    writer.writeI32(3, counts.compressed ?? 10);
    writer.writeStruct(8, () => {
      writer.writeI32(1, counts.values ?? 5);
      writer.writeI32(2, counts.nulls ?? 2);
      writer.writeI32(3, counts.rows ?? 3);
      writer.writeI32(4, 8);
      writer.writeI32(5, counts.levelBytes ?? 1);
      writer.writeI32(6, counts.levelBytes ?? 1);
      writer.writeBool(7, false);
    });
  });
  return new Uint8Array([...writer.finish(), ...new Uint8Array(10)]);
}

describe('readPageHeader', () => {
  it('reads what a page of version 2 says about itself', () => {
    const bytes = header({});
    expect(readPageHeader(bytes, 0)).toEqual({
      kind: 'data-v2',
      valueCount: 5,
      nullCount: 2,
      rowCount: 3,
      encoding: 8,
      repetitionLevelsBytes: 1,
      definitionLevelsBytes: 1,
      isCompressed: false,
      uncompressedSizeBytes: 10,
      compressedSizeBytes: 10,
      crc: undefined,
      bodyStart: bytes.length - 10,
    });
  });

  it.each<Counts>([
    { nulls: 6 },
    { nulls: -1 },
    { rows: 6 },
    { rows: -1 },
    { values: -1, nulls: 0, rows: 0 },
    { values: 2 ** 30 },
    { levelBytes: 6 },
    { levelBytes: -1 },
    { compressed: 11 },
    { compressed: -1 },
    { uncompressed: 2 ** 31 },
  ])('counts that contradict each other or the bytes are refused: %p', (counts) => {
    expect(() => readPageHeader(header(counts), 0)).toThrow(CorruptParquetError);
  });
});
