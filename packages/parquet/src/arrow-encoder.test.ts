import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import {
  Compression,
  Encoding as WasmEncoding,
  Table,
  writeParquet,
  WriterPropertiesBuilder,
  WriterVersion,
} from 'parquet-wasm';
import { RecordBatchStreamWriter } from 'apache-arrow';
import { createArrowEncoder } from './arrow-encoder.ts';
import { toRecordBatch } from './arrow-layout.ts';
import { CorruptParquetError, UnsupportedParquetError } from './errors.ts';
import { Encoding } from './file-metadata.ts';
import { openParquet, readFileMetadata, type ParquetFile } from './open-parquet.ts';
import { ParquetFileWriter } from './parquet-file-writer.ts';
import {
  arbitraryRows,
  columnsOf,
  decodedEntries,
  entriesOf,
  NESTED_SCHEMA,
  type PlainNode,
} from './testing/nested-rows.ts';

async function open(bytes: Uint8Array, footerSizeBytes?: number): Promise<ParquetFile> {
  const source = {
    sizeBytes: bytes.length,
    read: async ({ offset, length }: { offset: number; length: number }) =>
      bytes.slice(offset, offset + length),
  };
  const options = footerSizeBytes === undefined ? {} : { footerSizeBytes };
  return openParquet(source, await readFileMetadata(source, options));
}

/** A file with one row group per list of parts. */
async function write(rowGroups: readonly (readonly (readonly PlainNode[])[])[]) {
  const pieces: Uint8Array[] = [];
  const writer = new ParquetFileWriter({
    schema: NESTED_SCHEMA,
    encoder: createArrowEncoder({
      schema: NESTED_SCHEMA,
      compression: 'snappy',
      pageSizeBytes: 64,
    }),
    sink: async (bytes) => void pieces.push(bytes.slice()),
    createdBy: 'test version 1',
  });
  for (const parts of rowGroups)
    await writer.writeRowGroup(
      parts.map((rows) => ({ rowCount: rows.length, columns: columnsOf(rows) })),
    );
  const written = await writer.finish();
  return { bytes: new Uint8Array(Buffer.concat(pieces)), written };
}

/** A file of one row group as parquet-wasm writes it with other settings. */
function writeWith(
  rows: readonly PlainNode[],
  set: (b: WriterPropertiesBuilder) => WriterPropertiesBuilder,
) {
  const batch = toRecordBatch(NESTED_SCHEMA, rows.length, columnsOf(rows));
  const ipc = RecordBatchStreamWriter.writeAll([batch]).toUint8Array(true);
  return writeParquet(Table.fromIPCStream(ipc), set(new WriterPropertiesBuilder()).build());
}

async function expectRows(file: ParquetFile, rowGroup: number, rows: readonly PlainNode[]) {
  for (const [path, entries] of entriesOf(rows))
    expect([path, decodedEntries(await file.readColumn(rowGroup, path))]).toEqual([path, entries]);
}

const SAMPLE = fc.sample(arbitraryRows(40), { seed: 5, numRuns: 8 }).flat();

describe('createArrowEncoder', () => {
  it('any rows read back as given, in row groups and parts as given', async () => {
    const groups = fc.array(fc.array(arbitraryRows(4), { minLength: 1, maxLength: 3 }), {
      minLength: 1,
      maxLength: 3,
    });
    await fc.assert(
      fc.asyncProperty(groups, async (rowGroups) => {
        const { bytes, written } = await write(rowGroups);
        expect(written.sizeBytes).toBe(bytes.length);
        const file = await open(bytes, written.footerSizeBytes);
        expect(file.metadata.schema).toEqual(withoutHints(NESTED_SCHEMA));
        expect(file.rowGroups.map((group) => group.rowCount)).toEqual(
          rowGroups.map((parts) => parts.flat().length),
        );
        for (const [number, parts] of rowGroups.entries())
          await expectRows(file, number, parts.flat());
      }),
      { numRuns: 40 },
    );
  });

  it('chunks have a dictionary throughout or not at all, and booleans are plain', async () => {
    const { bytes } = await write([[SAMPLE]]);
    const file = await open(bytes);
    for (const column of file.columns) {
      const { encodings } = file.rowGroups[0]!.chunks[column.index]!;
      const hasDictionary = encodings.includes(Encoding.RleDictionary);
      const { kind } = (await file.readColumn(0, column.path)).values;
      if (column.leaf.physical === 'BYTE_ARRAY') expect(kind === 'codes').toBe(hasDictionary);
      if (column.leaf.physical === 'BOOLEAN') expect(encodings).toContain(Encoding.Plain);
    }
    const byPath = new Map(file.rowGroups[0]!.chunks.map((chunk) => [chunk.path, chunk.encodings]));
    expect(byPath.get('id')).toContain(Encoding.DeltaLengthByteArray);
    expect(byPath.get('time')).toContain(Encoding.DeltaBinaryPacked);
  });

  it('columns in shared memory are copied', async () => {
    const share = (value: unknown): unknown => {
      if (ArrayBuffer.isView(value)) {
        const view = value as Uint8Array;
        const shared = new SharedArrayBuffer(view.byteLength);
        new Uint8Array(shared).set(new Uint8Array(view.buffer, view.byteOffset, view.byteLength));
        return Reflect.construct(view.constructor, [shared]) as unknown;
      }
      if (Array.isArray(value)) return value.map(share);
      if (typeof value !== 'object' || value === null) return value;
      return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, share(each)]));
    };
    const encoder = createArrowEncoder({
      schema: NESTED_SCHEMA,
      compression: 'zstd',
      pageSizeBytes: 1000,
    });
    const columns = columnsOf(SAMPLE);
    const plain = encoder.encode([{ rowCount: SAMPLE.length, columns }]);
    const expected = plain.bytes.slice();
    const shared = share(columns) as typeof columns;
    const actual = encoder.encode([{ rowCount: SAMPLE.length, columns: shared }]).bytes;
    expect(Buffer.from(actual).equals(expected)).toBe(true);
  });
});

describe('reading what other writers write', () => {
  const settings: [string, (b: WriterPropertiesBuilder) => WriterPropertiesBuilder][] = [];
  for (const version of [WriterVersion.V1, WriterVersion.V2])
    for (const codec of [Compression.UNCOMPRESSED, Compression.SNAPPY, Compression.ZSTD])
      for (const hasDictionary of [true, false])
        settings.push([
          `pages of version ${version + 1}, codec ${codec}, ${hasDictionary ? 'with' : 'without'} dictionary`,
          (builder) =>
            builder
              .setWriterVersion(version)
              .setCompression(codec)
              .setDictionaryEnabled(hasDictionary)
              .setDataPageSizeLimit(100),
        ]);
  settings.push([
    'a dictionary that fills up inside the chunk',
    (builder) => builder.setDictionaryPageSizeLimit(50).setDataPageSizeLimit(100),
  ]);
  settings.push(['plain', (b) => b.setDictionaryEnabled(false).setEncoding(WasmEncoding.PLAIN)]);

  it.each(settings)('%s', async (_, set) => {
    const file = await open(writeWith(SAMPLE, set));
    await expectRows(file, 0, SAMPLE);
  });

  it.each(settings)('any rows of it can be picked: %s', async (_, set) => {
    const file = await open(writeWith(SAMPLE, set));
    const paths = [...entriesOf(SAMPLE).keys()];
    const fetched = await file.fetchColumns(0, paths);
    const selections = fc.uniqueArray(fc.nat({ max: SAMPLE.length }), { maxLength: 6 });
    fc.assert(
      fc.property(selections, (bounds) => {
        const sorted = bounds.toSorted((a, b) => a - b);
        const spans = [];
        for (let i = 0; i + 1 < sorted.length; i += 2)
          spans.push({ start: sorted[i]!, end: sorted[i + 1]! });
        const rows = spans.flatMap(({ start, end }) => SAMPLE.slice(start, end));
        const expected = entriesOf(rows);
        for (const path of paths)
          expect(decodedEntries(fetched.decode(path, spans))).toEqual(expected.get(path) ?? []);
      }),
      { numRuns: 10 },
    );
  });

  it('an unknown codec is refused by name', async () => {
    const file = await open(writeWith(SAMPLE, (b) => b.setCompression(Compression.GZIP)));
    const read = file.readColumn(0, 'outer.list.element.note');
    await expect(read).rejects.toThrow(UnsupportedParquetError);
    await expect(read).rejects.toThrow('column "outer.list.element.note"');
  });
});

describe('damaged files', () => {
  it('a file cut off anywhere is refused by name', async () => {
    const { bytes } = await write([[SAMPLE.slice(0, 20)]]);
    for (let length = 0; length < bytes.length; length += 11)
      await expect(readAll(bytes.subarray(0, length))).rejects.toThrow(CorruptParquetError);
  });

  it('a changed bit is refused by name or gives other values, never another error', async () => {
    const { bytes } = await write([[SAMPLE.slice(0, 20)]]);
    const bits = fc.nat({ max: bytes.length * 8 - 1 });
    await fc.assert(
      fc.asyncProperty(bits, async (bit) => {
        const changed = bytes.slice();
        changed[bit >> 3]! ^= 1 << (bit & 7);
        try {
          await readAll(changed);
        } catch (error) {
          const isNamed =
            error instanceof CorruptParquetError || error instanceof UnsupportedParquetError;
          if (!isNamed) throw error;
        }
      }),
      { numRuns: 1500 },
    );
  });
});

async function readAll(bytes: Uint8Array): Promise<void> {
  const file = await open(bytes);
  for (let group = 0; group < file.rowGroups.length; group++)
    for (const { path } of file.columns) await file.readColumn(group, path);
}

function withoutHints(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (key, each: unknown) => (key === 'encoding' ? undefined : each)),
  );
}
