/** Decodes the values of one page, and dictionary pages. */
import { bitWidthOf } from './bit-packing.ts';
import type { ColumnValues } from './column-values.ts';
import { decodeDeltaInt32, decodeDeltaInt64 } from './delta-binary-packed.ts';
import { CorruptParquetError, UnsupportedParquetError } from './errors.ts';
import { Encoding } from './file-metadata.ts';
import { MAX_PAGE_BYTES } from './limits.ts';
import type { BytesDictionary } from './nested-column.ts';
import { decodeRleHybrid } from './rle-hybrid.ts';
import type { SchemaLeaf } from './schema.ts';

/** Some bytes of a buffer. */
export interface ByteSpan {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

/** A decoded dictionary page. */
export type PageDictionary =
  | { readonly kind: 'bytes'; readonly dictionary: BytesDictionary }
  | { readonly kind: 'numbers'; readonly values: ColumnValues; readonly count: number };

/** The values of a column without entries. */
export function emptyValues(leaf: SchemaLeaf): ColumnValues {
  return decodePlain(leaf, { bytes: new Uint8Array(0), start: 0, end: 0 }, 0);
}

/** Decodes a dictionary page of `count` entries. */
export function decodeDictionary(leaf: SchemaLeaf, page: ByteSpan, count: number): PageDictionary {
  const values = decodePlain(leaf, page, count);
  return values.kind === 'bytes'
    ? { kind: 'bytes', dictionary: { count, bytes: values.bytes, offsets: values.offsets } }
    : { kind: 'numbers', values, count };
}

/** Decodes the first `count` values of a data page; of delta encodings all, `count` of them. */
export function decodeValues(
  leaf: SchemaLeaf,
  encoding: number,
  page: ByteSpan,
  count: number,
  dictionary: PageDictionary | undefined,
): ColumnValues {
  switch (encoding) {
    case Encoding.Plain:
      return decodePlain(leaf, page, count);
    case Encoding.PlainDictionary:
    case Encoding.RleDictionary:
      return decodeCodes(page, count, dictionary);
    case Encoding.DeltaBinaryPacked:
      if (leaf.physical === 'INT32') {
        const { values } = decodeDeltaInt32(page.bytes, page.start, page.end, count);
        return { kind: 'int32', values };
      }
      if (leaf.physical !== 'INT64') break;
      return { kind: 'int64', words: decodeDeltaInt64(page.bytes, page.start, page.end, count) };
    case Encoding.DeltaLengthByteArray:
      if (leaf.physical !== 'BYTE_ARRAY') break;
      return decodeDeltaLengths(page, count);
    case Encoding.DeltaByteArray:
      if (leaf.physical !== 'BYTE_ARRAY') break;
      return decodeDeltaByteArrays(page, count);
    case Encoding.Rle:
      if (leaf.physical !== 'BOOLEAN') break;
      return decodeRleBooleans(page, count);
  }
  throw new UnsupportedParquetError(`encoding ${encoding} of ${leaf.physical} values`);
}

function decodePlain(leaf: SchemaLeaf, page: ByteSpan, count: number): ColumnValues {
  switch (leaf.physical) {
    case 'BOOLEAN': {
      need(page, Math.ceil(count / 8));
      const values = new Uint8Array(count);
      for (let i = 0; i < count; i++)
        values[i] = (page.bytes[page.start + (i >> 3)]! >> (i & 7)) & 1;
      return { kind: 'boolean', values };
    }
    case 'INT32':
      return { kind: 'int32', values: new Int32Array(copyBytes(page, count * 4)) };
    case 'INT64':
      return { kind: 'int64', words: new Int32Array(copyBytes(page, count * 8)) };
    case 'DOUBLE':
      return { kind: 'double', values: new Float64Array(copyBytes(page, count * 8)) };
    case 'FLOAT':
      return {
        kind: 'double',
        values: Float64Array.from(new Float32Array(copyBytes(page, count * 4))),
      };
    case 'BYTE_ARRAY':
      return decodePlainByteArrays(page, count);
    case 'FIXED_LEN_BYTE_ARRAY': {
      const length = leaf.typeLength ?? 0;
      const bytes = new Uint8Array(copyBytes(page, count * length));
      const offsets = Int32Array.from({ length: count + 1 }, (_, i) => i * length);
      return { kind: 'bytes', bytes, offsets };
    }
    case 'INT96':
      break;
  }
  throw new UnsupportedParquetError(`values of type ${leaf.physical}`);
}

function decodePlainByteArrays(page: ByteSpan, count: number): ColumnValues {
  const { bytes, start, end } = page;
  need(page, count * 4);
  const offsets = new Int32Array(count + 1);
  const joined = new Uint8Array(end - start - count * 4);
  let position = start;
  let at = 0;
  for (let i = 0; i < count; i++) {
    if (position + 4 > end) throw new CorruptParquetError(`strings end after ${i} of ${count}`);
    const length =
      bytes[position]! |
      (bytes[position + 1]! << 8) |
      (bytes[position + 2]! << 16) |
      (bytes[position + 3]! << 24);
    position += 4;
    if (length < 0 || length > end - position || at + length > joined.length)
      throw new CorruptParquetError(`string ${i} of ${count} has the length ${length}`);
    if (length < 32) for (let k = 0; k < length; k++) joined[at + k] = bytes[position + k]!;
    else joined.set(bytes.subarray(position, position + length), at);
    position += length;
    at += length;
    offsets[i + 1] = at;
  }
  return { kind: 'bytes', bytes: joined, offsets };
}

/** Each string begins with some bytes of the one before it. */
function decodeDeltaByteArrays(page: ByteSpan, count: number): ColumnValues {
  const prefixes = decodeDeltaInt32(page.bytes, page.start, page.end, count);
  const suffixes = decodeDeltaLengths({ ...page, start: prefixes.position }, count);
  const offsets = new Int32Array(count + 1);
  let total = 0;
  let last = 0;
  for (let i = 0; i < count; i++) {
    const prefix = prefixes.values[i]!;
    if (prefix < 0 || prefix > last)
      throw new CorruptParquetError(`string ${i} of ${count} repeats ${prefix} of ${last} bytes`);
    last = prefix + suffixes.offsets[i + 1]! - suffixes.offsets[i]!;
    total += last;
    if (total > MAX_PAGE_BYTES) throw new CorruptParquetError('strings of a page exceed 1 GiB');
    offsets[i + 1] = total;
  }
  const bytes = new Uint8Array(total);
  for (let i = 0; i < count; i++) {
    const at = offsets[i]!;
    const prefix = prefixes.values[i]!;
    if (prefix > 0) bytes.copyWithin(at, offsets[i - 1]!, offsets[i - 1]! + prefix);
    const suffix = suffixes.bytes.subarray(suffixes.offsets[i], suffixes.offsets[i + 1]);
    bytes.set(suffix, at + prefix);
  }
  return { kind: 'bytes', bytes, offsets };
}

function decodeDeltaLengths(
  page: ByteSpan,
  count: number,
): Extract<ColumnValues, { kind: 'bytes' }> {
  const lengths = decodeDeltaInt32(page.bytes, page.start, page.end, count);
  const available = page.end - lengths.position;
  const offsets = new Int32Array(count + 1);
  let total = 0;
  for (let i = 0; i < count; i++) {
    const length = lengths.values[i]!;
    if (length < 0 || length > available - total)
      throw new CorruptParquetError(`string ${i} of ${count} has the length ${length}`);
    total += length;
    offsets[i + 1] = total;
  }
  const bytes = page.bytes.slice(lengths.position, lengths.position + total);
  return { kind: 'bytes', bytes, offsets };
}

function decodeRleBooleans(page: ByteSpan, count: number): ColumnValues {
  need(page, 4);
  const values = new Uint8Array(count);
  decodeRleHybrid(page.bytes, page.start + 4, page.end, 1, count, values);
  return { kind: 'boolean', values };
}

function decodeCodes(
  page: ByteSpan,
  count: number,
  dictionary: PageDictionary | undefined,
): ColumnValues {
  if (!dictionary) throw new CorruptParquetError('a page of codes has no dictionary');
  need(page, 1);
  const codes = new Int32Array(count);
  const width = page.bytes[page.start]!;
  decodeRleHybrid(page.bytes, page.start + 1, page.end, width, count, codes);
  const size = dictionary.kind === 'bytes' ? dictionary.dictionary.count : dictionary.count;
  // Codes of few enough bits cannot be too large.
  if (width > bitWidthOf(size) || 2 ** width > size)
    for (let i = 0; i < count; i++)
      if (codes[i]! >>> 0 >= size)
        throw new CorruptParquetError(`code ${codes[i]! >>> 0} in a dictionary of ${size}`);
  return dictionary.kind === 'bytes'
    ? { kind: 'codes', codes, dictionary: dictionary.dictionary }
    : pickNumbers(dictionary.values, codes);
}

function pickNumbers(values: ColumnValues, codes: Int32Array): ColumnValues {
  const count = codes.length;
  switch (values.kind) {
    case 'int64': {
      const words = new Int32Array(count * 2);
      for (let i = 0; i < count; i++) {
        words[i * 2] = values.words[codes[i]! * 2]!;
        words[i * 2 + 1] = values.words[codes[i]! * 2 + 1]!;
      }
      return { kind: 'int64', words };
    }
    case 'int32':
      return { kind: 'int32', values: codes.map((code) => values.values[code]!) };
    case 'double':
      return { kind: 'double', values: Float64Array.from(codes, (code) => values.values[code]!) };
    case 'boolean':
      return { kind: 'boolean', values: Uint8Array.from(codes, (code) => values.values[code]!) };
    case 'codes':
    case 'bytes':
      break;
  }
  throw new CorruptParquetError('a dictionary of numbers holds strings');
}

/** Aligned copy of the next `length` bytes. */
function copyBytes(page: ByteSpan, length: number): ArrayBuffer {
  need(page, length);
  return new Uint8Array(page.bytes.subarray(page.start, page.start + length)).buffer;
}

function need(page: ByteSpan, length: number): void {
  if (page.end - page.start < length)
    throw new CorruptParquetError(`page ends after ${page.end - page.start} of ${length} bytes`);
}
