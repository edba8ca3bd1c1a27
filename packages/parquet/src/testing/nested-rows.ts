/**
 * Rows as plain values, for tests of encoders and readers: an arbitrary of rows of one schema that has
 * every kind of node, the columns an encoder takes, and the levels and values a reader must find.
 */
import * as fc from 'fast-check';
import { expandCodes, type ColumnValues } from '../column-values.ts';
import type { DecodedColumn } from '../column-reader.ts';
import type { NestedColumn } from '../nested-column.ts';
import { leaf, list, map, struct, type SchemaGroup, type SchemaNode } from '../schema.ts';

/** A schema with all leaf types, optional leaves, a map, and lists three deep. */
export const NESTED_SCHEMA: SchemaGroup = struct('root', [
  leaf('id', 'BYTE_ARRAY', { encoding: 'delta' }),
  leaf('time', 'INT64', { annotation: 'uint', encoding: 'delta' }),
  leaf('name', 'BYTE_ARRAY', { annotation: 'string', encoding: 'dictionary' }),
  map(
    'stats',
    leaf('', 'BYTE_ARRAY', { annotation: 'string' }),
    struct('', [leaf('count', 'INT32', { annotation: 'uint' })]),
  ),
  list(
    'outer',
    struct('', [
      leaf('flag', 'BOOLEAN'),
      leaf('note', 'BYTE_ARRAY', { annotation: 'string', optional: true }),
      list(
        'inner',
        struct('', [
          leaf('number', 'INT64', { annotation: 'int' }),
          leaf('maybe', 'INT64', { annotation: 'int', optional: true }),
          list('doubles', leaf('', 'DOUBLE')),
          list('texts', leaf('', 'BYTE_ARRAY', { annotation: 'string' })),
        ]),
      ),
    ]),
  ),
]);

/** Bytes as hex, integers as bigint; absent values are undefined. */
type PlainValue = string | bigint | number | boolean | undefined;
/** A struct is a list of its fields, a list and a map are lists of their elements. */
export type PlainNode = PlainValue | readonly PlainNode[];

const hexText = fc
  .oneof(fc.constantFrom('', 'a', 'service', 'ü'), fc.string({ maxLength: 40, unit: 'grapheme' }))
  .map((text) => Buffer.from(text).toString('hex'));
const anyBytes = fc
  .uint8Array({ maxLength: 20 })
  .map((bytes) => Buffer.from(bytes).toString('hex'));
const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });

/** Rows of {@link NESTED_SCHEMA}. */
export function arbitraryRows(maxRows: number): fc.Arbitrary<readonly PlainNode[]> {
  const inner = fc.tuple(
    int64,
    fc.option(int64, { nil: undefined }),
    fc.array(fc.double({ noNaN: true }), { maxLength: 3 }),
    fc.array(hexText, { maxLength: 3 }),
  );
  const outer = fc.tuple(
    fc.boolean(),
    fc.option(hexText, { nil: undefined }),
    fc.array(inner, { maxLength: 3 }),
  );
  const entry = fc.tuple(hexText, fc.tuple(fc.bigInt({ min: 0n, max: 2n ** 32n - 1n })));
  const row = fc.tuple(
    anyBytes,
    int64,
    hexText,
    fc.array(entry, { maxLength: 2 }),
    fc.array(outer, { maxLength: 3 }),
  );
  return fc.array(row, { minLength: 1, maxLength: maxRows });
}

/** The columns of the schema's root for these rows. */
export function columnsOf(rows: readonly PlainNode[]): readonly NestedColumn[] {
  return NESTED_SCHEMA.children.map((node, i) =>
    columnOf(
      node,
      rows.map((row) => childOf(row, i)),
    ),
  );
}

function childOf(node: PlainNode, index: number): PlainNode {
  return (node as readonly PlainNode[])[index];
}

function columnOf(node: SchemaNode, values: readonly PlainNode[]): NestedColumn {
  if (node.kind === 'leaf') return leafColumn(node, values as readonly PlainValue[]);
  if (node.annotation === undefined)
    return {
      kind: 'struct',
      children: node.children.map((child, i) =>
        columnOf(
          child,
          values.map((value) => childOf(value, i)),
        ),
      ),
    };
  const lists = values as readonly (readonly PlainNode[])[];
  const offsets = Int32Array.from([0, ...lists.map((each) => each.length)]);
  for (let i = 1; i < offsets.length; i++) offsets[i]! += offsets[i - 1]!;
  const elements = lists.flat();
  const repeated = node.children[0] as SchemaGroup;
  if (node.annotation === 'list')
    return { kind: 'list', offsets, element: columnOf(repeated.children[0]!, elements) };
  const [key, value] = repeated.children.map((child, i) =>
    columnOf(
      child,
      elements.map((element) => childOf(element, i)),
    ),
  );
  return { kind: 'map', offsets, key: key!, value: value! };
}

function leafColumn(node: SchemaNode, values: readonly PlainValue[]): NestedColumn {
  if (node.kind !== 'leaf') throw new Error('not a leaf');
  const present = Uint8Array.from(values, (value) => (value === undefined ? 0 : 1));
  switch (node.physical) {
    case 'BOOLEAN':
      return { kind: 'boolean', values: Uint8Array.from(values, Number) };
    case 'DOUBLE':
      return { kind: 'double', values: Float64Array.from(values, Number) };
    case 'INT32':
      return { kind: 'int32', values: Int32Array.from(values, (v) => Number(v) | 0), present };
    case 'INT64': {
      const integers = BigInt64Array.from(values, (value) => BigInt(value ?? 0n));
      return { kind: 'int64', words: new Int32Array(integers.buffer), present };
    }
    default:
      return node.encoding === 'delta' ? bytesColumn(values) : codesColumn(values);
  }
}

function bytesColumn(values: readonly PlainValue[]): NestedColumn {
  const parts = values.map((value) => Buffer.from((value ?? '') as string, 'hex'));
  const offsets = Int32Array.from([7, ...parts.map((part) => part.length)]);
  for (let i = 1; i < offsets.length; i++) offsets[i]! += offsets[i - 1]!;
  // Offsets need not start at 0.
  return {
    kind: 'bytes',
    bytes: new Uint8Array(Buffer.concat([Buffer.alloc(7), ...parts])),
    offsets,
  };
}

function codesColumn(values: readonly PlainValue[]): NestedColumn {
  const distinct = ['unused', ...new Set(values)].filter(
    (value) => value !== undefined,
  ) as string[];
  const parts = distinct.map((text) => Buffer.from(text === 'unused' ? '' : text, 'hex'));
  const offsets = Int32Array.from([0, ...parts.map((part) => part.length)]);
  for (let i = 1; i < offsets.length; i++) offsets[i]! += offsets[i - 1]!;
  const dictionary = { count: parts.length, bytes: new Uint8Array(Buffer.concat(parts)), offsets };
  const codes = Int32Array.from(values, (value) =>
    value === undefined ? -1 : distinct.indexOf(value as string, 1),
  );
  return { kind: 'codes', codes, dictionary };
}

/** One entry of a leaf. */
export type Entry = readonly [repetition: number, definition: number, value: PlainValue];

/** The entries of every leaf for these rows, by path: the striping of the Dremel paper, plainly. */
export function entriesOf(rows: readonly PlainNode[]): ReadonlyMap<string, readonly Entry[]> {
  const leaves = new Map<string, Entry[]>();
  const visit = (
    node: SchemaNode,
    path: string,
    value: PlainNode,
    r: number,
    d: number,
    depth: number,
  ) => {
    const here = path === '' ? node.name : `${path}.${node.name}`;
    if (node.kind === 'leaf') {
      const isPresent = value !== undefined && value !== EMPTY;
      const level = isPresent && node.repetition === 'optional' ? d + 1 : d;
      const entry: Entry = [r, level, isPresent ? (value as PlainValue) : undefined];
      leaves.set(here, [...(leaves.get(here) ?? []), entry]);
    } else if (node.annotation === undefined || value === EMPTY) {
      node.children.forEach((child, i) => {
        visit(child, here, value === EMPTY ? EMPTY : childOf(value, i), r, d, depth);
      });
    } else {
      const repeated = node.children[0] as SchemaGroup;
      const elements = value as readonly PlainNode[];
      const inside = `${here}.${repeated.name}`;
      const isMap = node.annotation === 'map';
      const enter = (element: PlainNode, repetition: number, definition: number) => {
        repeated.children.forEach((child, i) => {
          const part = element === EMPTY || !isMap ? element : childOf(element, i);
          visit(child, inside, part, repetition, definition, depth + 1);
        });
      };
      if (elements.length === 0) enter(EMPTY, r, d);
      elements.forEach((element, i) => enter(element, i === 0 ? r : depth + 1, d + 1));
    }
  };
  for (const row of rows)
    NESTED_SCHEMA.children.forEach((node, i) => visit(node, '', childOf(row, i), 0, 0, 0));
  return leaves;
}

/** What stands below an empty list. */
const EMPTY = 'empty list' as const;

/** The entries of a decoded column, as {@link entriesOf} gives them. */
export function decodedEntries(column: DecodedColumn): readonly Entry[] {
  const values = plainValues(column.values, column.descriptor.leaf.annotation === 'uint');
  const max = column.descriptor.maxDefinitionLevel;
  let next = 0;
  return Array.from({ length: column.entryCount }, (_, i): Entry => {
    const definition = column.definitionLevels?.[i] ?? 0;
    const value = definition === max ? values[next++] : undefined;
    return [column.repetitionLevels?.[i] ?? 0, definition, value];
  });
}

function plainValues(values: ColumnValues, isUnsigned: boolean): PlainValue[] {
  switch (values.kind) {
    case 'boolean':
      return [...values.values].map((value) => value === 1);
    case 'double':
      return [...values.values];
    case 'int32':
      return [...values.values].map((value) => BigInt(isUnsigned ? value >>> 0 : value));
    case 'int64':
      return [...new BigInt64Array(new Int32Array(values.words).buffer)];
    default: {
      const { bytes, offsets } = expandCodes(values);
      return Array.from({ length: offsets.length - 1 }, (_, i) =>
        Buffer.from(bytes.subarray(offsets[i], offsets[i + 1])).toString('hex'),
      );
    }
  }
}
