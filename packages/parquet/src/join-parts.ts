/**
 * Joins the parts of a row group into one, so that pages and dictionaries do not end with them. One
 * part alone is not copied, nor are dictionaries that all parts share.
 */
import { assert, AssertionError } from '@tempo-ts/runtime';
import { ByteStringTable } from './byte-string-table.ts';
import type { BytesDictionary, LeafColumn, NestedColumn } from './nested-column.ts';
import type { RowGroupPart } from './row-group-encoder.ts';

/** All rows of `parts`, of which there is one at least, in order. */
export function joinParts(parts: readonly RowGroupPart[]): RowGroupPart {
  const first = parts[0];
  assert(first, 'a row group has a part');
  if (parts.length === 1) return first;
  const counts = parts.map((part) => part.rowCount);
  return {
    rowCount: sum(counts),
    columns: first.columns.map((_, i) =>
      joinColumns(
        parts.map((part) => part.columns[i]!),
        counts,
      ),
    ),
  };
}

/** `counts` are the elements of each of `columns`. */
function joinColumns(columns: readonly NestedColumn[], counts: readonly number[]): NestedColumn {
  const { kind } = columns[0]!;
  switch (kind) {
    case 'struct': {
      const structs = columns.map((column) => ofKind(column, 'struct').children);
      const children = structs[0]!.map((_, i) =>
        joinColumns(
          structs.map((each) => each[i]!),
          counts,
        ),
      );
      return { kind, children };
    }
    case 'list': {
      const lists = columns.map((column) => ofKind(column, 'list'));
      const { offsets, elementCounts } = joinOffsets(lists, counts);
      const element = joinColumns(
        lists.map((each) => each.element),
        elementCounts,
      );
      return { kind, offsets, element };
    }
    case 'map': {
      const maps = columns.map((column) => ofKind(column, 'map'));
      const { offsets, elementCounts } = joinOffsets(maps, counts);
      const key = joinColumns(
        maps.map((each) => each.key),
        elementCounts,
      );
      const value = joinColumns(
        maps.map((each) => each.value),
        elementCounts,
      );
      return { kind, offsets, key, value };
    }
    default:
      return joinLeaves(columns, counts);
  }
}

function joinOffsets(
  lists: readonly { readonly offsets: Int32Array }[],
  counts: readonly number[],
): { readonly offsets: Int32Array; readonly elementCounts: readonly number[] } {
  const offsets = new Int32Array(sum(counts) + 1);
  let at = 0;
  let base = 0;
  const elementCounts = lists.map((each, part) => {
    const count = counts[part]!;
    for (let i = 1; i <= count; i++) offsets[at + i] = base + each.offsets[i]!;
    at += count;
    base = offsets[at]!;
    return each.offsets[count]!;
  });
  return { offsets, elementCounts };
}

function joinLeaves(columns: readonly NestedColumn[], counts: readonly number[]): LeafColumn {
  const { kind } = columns[0]!;
  switch (kind) {
    case 'codes':
      return joinCodes(
        columns.map((column) => ofKind(column, kind)),
        counts,
      );
    case 'bytes':
      return joinBytes(
        columns.map((column) => ofKind(column, kind)),
        counts,
      );
    case 'int32': {
      const parts = columns.map((column) => ofKind(column, kind));
      const values = joinInts(parts.map((part, i) => part.values.subarray(0, counts[i])));
      return { kind, values, ...joinPresence(parts, counts) };
    }
    case 'int64': {
      const parts = columns.map((column) => ofKind(column, kind));
      const words = joinInts(parts.map((part, i) => part.words.subarray(0, counts[i]! * 2)));
      return { kind, words, ...joinPresence(parts, counts) };
    }
    case 'int32as64': {
      const parts = columns.map((column) => ofKind(column, kind).values);
      return { kind, values: joinInts(parts.map((part, i) => part.subarray(0, counts[i]))) };
    }
    case 'double': {
      const values = new Float64Array(sum(counts));
      place(counts, (part, at) =>
        values.set(ofKind(columns[part]!, kind).values.subarray(0, counts[part]), at),
      );
      return { kind, values };
    }
    case 'boolean': {
      const values = new Uint8Array(sum(counts));
      place(counts, (part, at) =>
        values.set(ofKind(columns[part]!, kind).values.subarray(0, counts[part]), at),
      );
      return { kind, values };
    }
    case 'struct':
    case 'list':
    case 'map':
      break;
  }
  throw new AssertionError('a leaf has the values of a group');
}

type CodesColumn = Extract<LeafColumn, { kind: 'codes' }>;

function joinCodes(columns: readonly CodesColumn[], counts: readonly number[]): CodesColumn {
  const dictionary = findCommonDictionary(columns);
  if (dictionary)
    return {
      kind: 'codes',
      codes: joinInts(columns.map((column, i) => column.codes.subarray(0, counts[i]))),
      dictionary,
    };
  const table = new ByteStringTable();
  const codes = new Int32Array(sum(counts));
  let at = 0;
  columns.forEach((column, part) => {
    const { bytes, offsets, count } = column.dictionary;
    const known = new Int32Array(count);
    for (let i = 0; i < counts[part]!; i++, at++) {
      const code = column.codes[i]!;
      if (code < 0) {
        codes[at] = code;
        continue;
      }
      // One more than the number, so that 0 says it is not known yet.
      if (known[code] === 0)
        known[code] = table.intern(bytes, offsets[code]!, offsets[code + 1]!) + 1;
      codes[at] = known[code]! - 1;
    }
  });
  return { kind: 'codes', codes, dictionary: table.dictionary() };
}

/** A dictionary that the codes of all columns are valid in; undefined when there is none. */
function findCommonDictionary(columns: readonly CodesColumn[]): BytesDictionary | undefined {
  let longest = columns[0]!.dictionary;
  const { lineage } = longest;
  for (const { dictionary } of columns) {
    if (dictionary === longest) continue;
    if (lineage === undefined || dictionary.lineage !== lineage) return undefined;
    if (dictionary.count > longest.count) longest = dictionary;
  }
  return longest;
}

type BytesColumn = Extract<LeafColumn, { kind: 'bytes' }>;

function joinBytes(columns: readonly BytesColumn[], counts: readonly number[]): BytesColumn {
  const sizes = columns.map((column, i) => column.offsets[counts[i]!]! - column.offsets[0]!);
  const bytes = new Uint8Array(sum(sizes));
  const offsets = new Int32Array(sum(counts) + 1);
  let row = 0;
  place(sizes, (part, at) => {
    const column = columns[part]!;
    const first = column.offsets[0]!;
    bytes.set(column.bytes.subarray(first, first + sizes[part]!), at);
    for (let i = 1; i <= counts[part]!; i++) offsets[++row] = at + column.offsets[i]! - first;
  });
  return { kind: 'bytes', bytes, offsets, ...joinPresence(columns, counts) };
}

function joinPresence(
  columns: readonly { readonly present?: Uint8Array }[],
  counts: readonly number[],
): { readonly present?: Uint8Array } {
  if (columns.every((column) => column.present === undefined)) return {};
  const present = new Uint8Array(sum(counts)).fill(1);
  place(counts, (part, at) => {
    const own = columns[part]!.present;
    if (own) present.set(own.subarray(0, counts[part]), at);
  });
  return { present };
}

function joinInts(parts: readonly Int32Array[]): Int32Array {
  const lengths = parts.map((part) => part.length);
  const values = new Int32Array(sum(lengths));
  place(lengths, (part, at) => values.set(parts[part]!, at));
  return values;
}

function place(lengths: readonly number[], put: (part: number, at: number) => void): void {
  let at = 0;
  lengths.forEach((length, part) => {
    put(part, at);
    at += length;
  });
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}

function ofKind<K extends NestedColumn['kind']>(
  column: NestedColumn,
  kind: K,
): Extract<NestedColumn, { kind: K }> {
  assert(column.kind === kind, `parts of kinds ${kind} and ${column.kind} in one column`);
  return column as Extract<NestedColumn, { kind: K }>;
}
