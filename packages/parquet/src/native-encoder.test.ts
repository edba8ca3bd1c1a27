import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { createArrowEncoder } from './arrow-encoder.ts';
import type { Compression } from './compress-page.ts';
import { Encoding } from './file-metadata.ts';
import { createNativeEncoder, type NativeEncoderOptions } from './native-encoder.ts';
import type { NestedColumn } from './nested-column.ts';
import { openParquet, readFileMetadata, type ParquetFile } from './open-parquet.ts';
import { readPageHeader } from './page-header.ts';
import { decodeColumnIndex, decodeOffsetIndex } from './page-index.ts';
import { ParquetFileWriter } from './parquet-file-writer.ts';
import type { RowGroupEncoder } from './row-group-encoder.ts';
import {
  arbitraryRows,
  columnsOf,
  decodedEntries,
  entriesOf,
  NESTED_SCHEMA,
  type PlainNode,
} from './testing/nested-rows.ts';
import { rowsByWasm } from './testing/rows-by-wasm.ts';
import { compareBounds } from './value-range.ts';

const ARROW = createArrowEncoder({
  schema: NESTED_SCHEMA,
  compression: 'snappy',
  pageSizeBytes: 64,
});

function nativeEncoder(options: Partial<NativeEncoderOptions> = {}): RowGroupEncoder {
  return createNativeEncoder({
    schema: NESTED_SCHEMA,
    compression: { codec: 'snappy' },
    dataPageVersion: 2,
    pageLimits: { maxRows: 3, maxElements: 5 },
    maxDictionaryBytes: 1 << 20,
    ...options,
  });
}

type RowGroups = readonly (readonly (readonly PlainNode[])[])[];

async function write(encoder: RowGroupEncoder, rowGroups: RowGroups): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  const writer = new ParquetFileWriter({
    schema: NESTED_SCHEMA,
    encoder,
    sink: async (bytes) => void pieces.push(bytes.slice()),
    createdBy: 'test version 1',
  });
  for (const parts of rowGroups)
    await writer.writeRowGroup(
      parts.map((rows) => ({ rowCount: rows.length, columns: columnsOf(rows) })),
    );
  const { sizeBytes, footerSizeBytes } = await writer.finish();
  const bytes = new Uint8Array(Buffer.concat(pieces));
  expect(sizeBytes).toBe(bytes.length);
  const view = new DataView(bytes.buffer);
  expect(footerSizeBytes).toBe(view.getUint32(bytes.length - 8, true));
  return bytes;
}

async function open(bytes: Uint8Array): Promise<ParquetFile> {
  const source = {
    sizeBytes: bytes.length,
    read: async ({ offset, length }: { offset: number; length: number }) =>
      bytes.slice(offset, offset + length),
  };
  return openParquet(source, await readFileMetadata(source));
}

const arbitraryGroups = fc.array(fc.array(arbitraryRows(8), { minLength: 1, maxLength: 3 }), {
  minLength: 1,
  maxLength: 3,
});

const arbitraryOptions = fc.record({
  compression: fc.constantFrom<Compression>(
    { codec: 'none' },
    { codec: 'snappy' },
    { codec: 'zstd', level: 1 },
  ),
  dataPageVersion: fc.constantFrom<1 | 2>(1, 2),
  pageLimits: fc.record({
    maxRows: fc.integer({ min: 1, max: 10 }),
    maxElements: fc.integer({ min: 1, max: 20 }),
  }),
  maxDictionaryBytes: fc.constantFrom(0, 30, 1 << 20),
});

const rowsNamed = (...names: readonly string[]): PlainNode[] =>
  names.map((name) => ['', 0n, Buffer.from(name).toString('hex'), [], []]);

const SAMPLE = fc.sample(arbitraryRows(40), { seed: 5, numRuns: 8 }).flat();

describe('createNativeEncoder', () => {
  it('any rows read back as given, in row groups as given, whatever the options', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryGroups, arbitraryOptions, async (rowGroups, options) => {
        const file = await open(await write(nativeEncoder(options), rowGroups));
        for (const [number, parts] of rowGroups.entries())
          for (const [path, entries] of entriesOf(parts.flat()))
            expect([path, decodedEntries(await file.readColumn(number, path))]).toEqual([
              path,
              entries,
            ]);
      }),
      { numRuns: 150 },
    );
  });

  it('parquet-wasm reads the same from it as from the Arrow encoder', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryGroups, arbitraryOptions, async (rowGroups, options) => {
        const native = rowsByWasm(await write(nativeEncoder(options), rowGroups));
        expect(native).toEqual(rowsByWasm(await write(ARROW, rowGroups)));
        expect(native).toHaveLength(rowGroups.flat(2).length);
      }),
      { numRuns: 100 },
    );
  });

  it('a column has the encoding that its leaf asks for', async () => {
    const file = await open(await write(nativeEncoder(), [[SAMPLE]]));
    const encodings = new Map(
      file.rowGroups[0]!.chunks.map((chunk) => [chunk.path, chunk.encodings]),
    );
    const { Plain, Rle, RleDictionary, DeltaBinaryPacked, DeltaLengthByteArray } = Encoding;
    expect(Object.fromEntries(encodings)).toEqual({
      id: [Rle, DeltaLengthByteArray],
      time: [Rle, DeltaBinaryPacked],
      name: [Plain, Rle, RleDictionary],
      'stats.key_value.key': [Plain, Rle, RleDictionary],
      'stats.key_value.value.count': [Rle, Plain],
      'outer.list.element.flag': [Rle, Plain],
      'outer.list.element.note': [Plain, Rle, RleDictionary],
      'outer.list.element.inner.list.element.number': [Rle, Plain],
      'outer.list.element.inner.list.element.maybe': [Rle, Plain],
      'outer.list.element.inner.list.element.doubles.list.element': [Rle, Plain],
      'outer.list.element.inner.list.element.texts.list.element': [Plain, Rle, RleDictionary],
    });
  });

  it('a dictionary holds only the strings of its chunk, each once', async () => {
    const bytes = await write(nativeEncoder(), [[rowsNamed('b', 'a'), rowsNamed('c', 'b')]]);
    const { values } = await (await open(bytes)).readColumn(0, 'name');
    expect(values.kind === 'codes' && Buffer.from(values.dictionary.bytes).toString()).toBe('abc');
  });

  it('a chunk whose dictionary would be too large has none at all', async () => {
    const file = await open(await write(nativeEncoder({ maxDictionaryBytes: 100 }), [[SAMPLE]]));
    const name = file.rowGroups[0]!.chunks.find((chunk) => chunk.path === 'name')!;
    expect(name.encodings).toEqual([Encoding.Rle, Encoding.DeltaLengthByteArray]);
    expect(name.dictionaryPageOffset).toBeUndefined();
  });

  it('an absent value of a required leaf is the empty string, of which there is one', async () => {
    const dictionary = {
      count: 3,
      bytes: Uint8Array.from(Buffer.from('xy')),
      offsets: Int32Array.of(0, 1, 1, 2),
    };
    const columns = columnsOf(SAMPLE.slice(0, 3)).map((column, i): NestedColumn =>
      i === 2 ? { kind: 'codes', codes: Int32Array.of(2, -1, 1), dictionary } : column,
    );
    for (const maxDictionaryBytes of [0, 1000]) {
      const encoded = nativeEncoder({ maxDictionaryBytes }).encode([{ rowCount: 3, columns }]);
      const writer = { encode: () => encoded };
      const file = await open(await write(writer, [[SAMPLE.slice(0, 3)]]));
      const decoded = await file.readColumn(0, 'name');
      expect(decodedEntries(decoded).map(([, , value]) => value)).toEqual(['79', '', '']);
      if (decoded.values.kind === 'codes') expect(decoded.values.dictionary.count).toBe(2);
    }
  });
});

describe.each([
  ['native', nativeEncoder()],
  [
    'native, version 1',
    nativeEncoder({ dataPageVersion: 1, compression: { codec: 'zstd', level: 3 } }),
  ],
  ['arrow', ARROW],
])('page indexes of the %s encoder', (_, encoder) => {
  it('point to the data pages of every row group, in order', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryGroups, async (rowGroups) => {
        const bytes = await write(encoder, rowGroups);
        for (const group of (await open(bytes)).rowGroups)
          for (const chunk of group.chunks) {
            const { offset, length } = chunk.offsetIndex!;
            const pages = decodeOffsetIndex(bytes.subarray(offset, offset + length));
            expect(pages[0]).toMatchObject({ offset: chunk.dataPageOffset, firstRow: 0 });
            let entryCount = 0;
            for (const [i, page] of pages.entries()) {
              const header = readPageHeader(bytes, page.offset);
              expect(header.kind).toMatch(/^data/);
              const end = header.bodyStart + header.compressedSizeBytes;
              expect(page.offset + page.sizeBytes).toBe(end);
              if (i + 1 < pages.length) expect(pages[i + 1]!.offset).toBe(end);
              entryCount += header.valueCount;
            }
            expect(entryCount).toBe(chunk.valueCount);
          }
      }),
      { numRuns: 20 },
    );
  });
});

describe('page indexes of the native encoder', () => {
  it('all columns have pages of the same rows', async () => {
    const bytes = await write(nativeEncoder(), [[SAMPLE]]);
    const file = await open(bytes);
    const rows = file.rowGroups[0]!.chunks.map((chunk) => {
      const { offset, length } = chunk.offsetIndex!;
      const pages = decodeOffsetIndex(bytes.subarray(offset, offset + length));
      return pages.map((page) => page.firstRow);
    });
    expect(rows[0]!.length).toBeGreaterThan(2);
    for (const each of rows) expect(each).toEqual(rows[0]);
  });

  it('bounds hold for the values of each page', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryRows(20), fc.constantFrom(0, 1 << 20), async (rows, limit) => {
        const bytes = await write(nativeEncoder({ maxDictionaryBytes: limit }), [[rows]]);
        const file = await open(bytes);
        const entries = entriesOf(rows);
        for (const { leaf, path, index, maxDefinitionLevel } of file.columns) {
          const chunk = file.rowGroups[0]!.chunks[index]!;
          const at = (range: { offset: number; length: number }) =>
            bytes.subarray(range.offset, range.offset + range.length);
          const pages = decodeOffsetIndex(at(chunk.offsetIndex!));
          const bounds = decodeColumnIndex(at(chunk.columnIndex!));
          let row = -1;
          for (const [repetition, definition, value] of entries.get(path)!) {
            if (repetition === 0) row += 1;
            const page = pages.findLastIndex(({ firstRow }) => firstRow <= row);
            if (definition < maxDefinitionLevel) continue;
            expect(bounds.nullPages[page]).toBe(false);
            const plain = plainBytes(leaf.physical, value);
            expect(compareBounds(leaf, bounds.minValues[page]!, plain)).toBeLessThanOrEqual(0);
            expect(compareBounds(leaf, bounds.maxValues[page]!, plain)).toBeGreaterThanOrEqual(0);
          }
        }
      }),
      { numRuns: 60 },
    );
  });
});

function plainBytes(physical: string, value: unknown): Uint8Array {
  const bytes = new Uint8Array(8);
  const view = new DataView(bytes.buffer);
  switch (physical) {
    case 'BOOLEAN':
      return Uint8Array.of(Number(value));
    case 'INT32':
      view.setInt32(0, Number(value), true);
      return bytes.slice(0, 4);
    case 'INT64':
      view.setBigInt64(0, value as bigint, true);
      return bytes;
    case 'DOUBLE':
      view.setFloat64(0, value as number, true);
      return bytes;
    default:
      return new Uint8Array(Buffer.from(value as string, 'hex'));
  }
}
