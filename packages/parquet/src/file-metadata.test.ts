import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { encodeFileMetadata } from './encode-file-metadata.ts';
import { CorruptParquetError } from './errors.ts';
import type { FileMetadata } from './file-metadata.ts';
import { parseFileMetadata } from './parse-file-metadata.ts';
import { describeColumns, leaf, list, map, struct, type SchemaNode } from './schema.ts';

const FILE_SIZE = 1_000_000;

const arbitraryLeaf = (name: string): fc.Arbitrary<SchemaNode> =>
  fc
    .record({
      type: fc.constantFrom(
        ['BYTE_ARRAY', 'string'] as const,
        ['BYTE_ARRAY', undefined] as const,
        ['INT64', 'uint'] as const,
        ['INT32', 'int'] as const,
        ['DOUBLE', undefined] as const,
        ['BOOLEAN', undefined] as const,
      ),
      optional: fc.boolean(),
    })
    .map(({ type: [physical, annotation], optional }) =>
      leaf(name, physical, { optional, ...(annotation ? { annotation } : {}) }),
    );

const arbitraryNode = (name: string, depth: number): fc.Arbitrary<SchemaNode> => {
  if (depth === 0) return arbitraryLeaf(name);
  const children = fc
    .integer({ min: 1, max: 3 })
    .chain((count) =>
      fc.tuple(...Array.from({ length: count }, (_, i) => arbitraryNode(`f${i}`, depth - 1))),
    );
  const key = leaf('', 'BYTE_ARRAY', { annotation: 'string' });
  return fc.oneof(
    arbitraryLeaf(name),
    children.map((nodes) => struct(name, nodes)),
    arbitraryNode('', depth - 1).map((element) => list(name, element)),
    arbitraryNode('', depth - 1).map((value) => map(name, key, value)),
  );
};

const arbitraryMetadata = arbitraryNode('', 3).chain((node): fc.Arbitrary<FileMetadata> => {
  const schema = struct('Trace', [{ ...node, name: 'root' }]);
  const columns = describeColumns(schema);
  const size = fc.nat({ max: 1000 });
  const range = fc.record({ offset: size, length: size });
  const chunk = (path: string) =>
    fc.record(
      {
        path: fc.constant(path),
        codec: fc.nat({ max: 7 }),
        encodings: fc.array(fc.nat({ max: 9 }), { maxLength: 20 }),
        valueCount: size,
        uncompressedSizeBytes: size,
        compressedSizeBytes: size,
        dataPageOffset: fc.integer({ min: 500, max: 1000 }),
        dictionaryPageOffset: fc.integer({ min: 4, max: 400 }),
        offsetIndex: range,
        columnIndex: range,
      },
      {
        requiredKeys: [
          'path',
          'codec',
          'encodings',
          'valueCount',
          'uncompressedSizeBytes',
          'compressedSizeBytes',
          'dataPageOffset',
        ],
      },
    );
  const group = fc.record({
    rowCount: size,
    totalSizeBytes: size,
    chunks: fc.tuple(...columns.map(({ path }) => chunk(path))),
  });
  return fc.array(group, { maxLength: 3 }).map((rowGroups) => ({
    schema,
    rowGroups,
    rowCount: rowGroups.reduce((sum, each) => sum + each.rowCount, 0),
    createdBy: 'writer version 1',
  }));
});

describe('footer', () => {
  it('reads back as written', () => {
    fc.assert(
      fc.property(arbitraryMetadata, (metadata) => {
        expect(parseFileMetadata(encodeFileMetadata(metadata), FILE_SIZE)).toEqual(metadata);
      }),
    );
  });

  it('a changed or shortened footer is an error or another footer, never anything else', () => {
    fc.assert(
      fc.property(arbitraryMetadata, fc.nat(), fc.nat({ max: 255 }), (metadata, at, byte) => {
        const bytes = encodeFileMetadata(metadata);
        const changed = bytes.slice();
        changed[at % bytes.length] = byte;
        for (const damaged of [changed, bytes.subarray(0, at % bytes.length)]) {
          try {
            parseFileMetadata(damaged, FILE_SIZE);
          } catch (error) {
            expect(error).toBeInstanceOf(CorruptParquetError);
          }
        }
      }),
    );
  });

  it('a chunk outside the file is refused, naming its column', () => {
    const schema = struct('Trace', [leaf('id', 'INT64')]);
    const chunk = {
      path: 'id',
      codec: 0,
      encodings: [0],
      valueCount: 1,
      uncompressedSizeBytes: 8,
      compressedSizeBytes: 100,
      dataPageOffset: 950,
    };
    const metadata = {
      schema,
      rowCount: 1,
      rowGroups: [{ rowCount: 1, totalSizeBytes: 8, chunks: [chunk] }],
    };
    expect(() => parseFileMetadata(encodeFileMetadata(metadata), 1000)).toThrow(
      'row group 0, column "id": chunk at bytes 950 to 1050',
    );
  });
});
