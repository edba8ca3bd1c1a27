/** Decoded values of a column, without the absent ones; and joining those of several pages. */
import { CorruptParquetError } from './errors.ts';
import type { BytesDictionary } from './nested-column.ts';

export type ColumnValues =
  /** BYTE_ARRAY of a chunk that is dictionary encoded throughout. */
  | { readonly kind: 'codes'; readonly codes: Int32Array; readonly dictionary: BytesDictionary }
  /** BYTE_ARRAY or FIXED_LEN_BYTE_ARRAY; `offsets` starts at 0. */
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array; readonly offsets: Int32Array }
  | { readonly kind: 'int32'; readonly values: Int32Array }
  /** Low word before high word. */
  | { readonly kind: 'int64'; readonly words: Int32Array }
  /** DOUBLE and FLOAT. */
  | { readonly kind: 'double'; readonly values: Float64Array }
  /** 0 or 1 per value. */
  | { readonly kind: 'boolean'; readonly values: Uint8Array };

/** How many values these are. */
export function countOf(values: ColumnValues): number {
  switch (values.kind) {
    case 'codes':
      return values.codes.length;
    case 'bytes':
      return values.offsets.length - 1;
    case 'int64':
      return values.words.length / 2;
    case 'int32':
    case 'double':
    case 'boolean':
      return values.values.length;
  }
}

/** Values `start … end - 1`. */
export function sliceValues(values: ColumnValues, start: number, end: number): ColumnValues {
  switch (values.kind) {
    case 'codes':
      return { ...values, codes: values.codes.subarray(start, end) };
    case 'bytes': {
      const first = values.offsets[start]!;
      const offsets = values.offsets.slice(start, end + 1);
      for (let i = 0; i < offsets.length; i++) offsets[i] = offsets[i]! - first;
      return { kind: 'bytes', bytes: values.bytes.subarray(first, values.offsets[end]), offsets };
    }
    case 'int64':
      return { kind: 'int64', words: values.words.subarray(start * 2, end * 2) };
    case 'int32':
      return { kind: 'int32', values: values.values.subarray(start, end) };
    case 'double':
      return { kind: 'double', values: values.values.subarray(start, end) };
    case 'boolean':
      return { kind: 'boolean', values: values.values.subarray(start, end) };
  }
}

/** All values of `pieces`, of which there is one at least, in order. */
export function joinValues(pieces: readonly ColumnValues[]): ColumnValues {
  const first = pieces[0]!;
  if (pieces.length === 1) return first;
  switch (first.kind) {
    case 'codes':
      // A chunk may begin with a dictionary and go on without.
      return pieces.every((piece) => piece.kind === 'codes')
        ? { ...first, codes: joinInts(pieces.map((piece) => piece.codes)) }
        : joinBytes(pieces.map(expandCodes));
    case 'bytes':
      return joinBytes(pieces.map(expandCodes));
    case 'int32':
      return {
        kind: 'int32',
        values: joinInts(pieces.map((piece) => ofKind(piece, 'int32').values)),
      };
    case 'int64':
      return {
        kind: 'int64',
        words: joinInts(pieces.map((piece) => ofKind(piece, 'int64').words)),
      };
    case 'double': {
      const parts = pieces.map((piece) => ofKind(piece, 'double').values);
      const values = new Float64Array(totalLength(parts));
      placeAll(parts, (part, at) => values.set(part, at));
      return { kind: 'double', values };
    }
    case 'boolean': {
      const parts = pieces.map((piece) => ofKind(piece, 'boolean').values);
      const values = new Uint8Array(totalLength(parts));
      placeAll(parts, (part, at) => values.set(part, at));
      return { kind: 'boolean', values };
    }
  }
}

/** The bytes of each code. */
export function expandCodes(values: ColumnValues): Extract<ColumnValues, { kind: 'bytes' }> {
  if (values.kind === 'bytes') return values;
  const { codes, dictionary } = ofKind(values, 'codes');
  const offsets = new Int32Array(codes.length + 1);
  let total = 0;
  for (let i = 0; i < codes.length; i++) {
    total += dictionary.offsets[codes[i]! + 1]! - dictionary.offsets[codes[i]!]!;
    if (total > 0x7fffffff) throw new CorruptParquetError('strings of a column exceed 2 GiB');
    offsets[i + 1] = total;
  }
  const bytes = new Uint8Array(total);
  for (let i = 0; i < codes.length; i++) {
    const start = dictionary.offsets[codes[i]!]!;
    bytes.set(dictionary.bytes.subarray(start, dictionary.offsets[codes[i]! + 1]), offsets[i]);
  }
  return { kind: 'bytes', bytes, offsets };
}

function joinBytes(
  pieces: readonly Extract<ColumnValues, { kind: 'bytes' }>[],
): Extract<ColumnValues, { kind: 'bytes' }> {
  const count = pieces.reduce((sum, piece) => sum + piece.offsets.length - 1, 0);
  const size = pieces.reduce((sum, piece) => sum + piece.offsets.at(-1)!, 0);
  if (size > 0x7fffffff) throw new CorruptParquetError('strings of a column exceed 2 GiB');
  const bytes = new Uint8Array(size);
  const offsets = new Int32Array(count + 1);
  let row = 0;
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece.bytes.subarray(0, piece.offsets.at(-1)), at);
    for (let i = 1; i < piece.offsets.length; i++) offsets[++row] = at + piece.offsets[i]!;
    at += piece.offsets.at(-1)!;
  }
  return { kind: 'bytes', bytes, offsets };
}

function joinInts(parts: readonly Int32Array[]): Int32Array {
  const values = new Int32Array(totalLength(parts));
  placeAll(parts, (part, at) => values.set(part, at));
  return values;
}

/** Joins level arrays. */
export function joinLevels(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1) return parts[0]!;
  const levels = new Uint8Array(totalLength(parts));
  placeAll(parts, (part, at) => levels.set(part, at));
  return levels;
}

function totalLength(parts: readonly { readonly length: number }[]): number {
  return parts.reduce((sum, part) => sum + part.length, 0);
}

function placeAll<T extends { readonly length: number }>(
  parts: readonly T[],
  place: (part: T, at: number) => void,
): void {
  let at = 0;
  for (const part of parts) {
    place(part, at);
    at += part.length;
  }
}

function ofKind<K extends ColumnValues['kind']>(
  values: ColumnValues,
  kind: K,
): Extract<ColumnValues, { kind: K }> {
  if (values.kind !== kind)
    throw new CorruptParquetError(`pages of kinds ${kind} and ${values.kind} in one column`);
  return values as Extract<ColumnValues, { kind: K }>;
}
