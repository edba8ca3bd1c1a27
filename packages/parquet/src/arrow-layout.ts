/**
 * Nested columns as Arrow data. Strings are given as Binary: Arrow's readers check Utf8 byte by byte,
 * while our senders' strings must be kept whatever they hold; the footer declares what they are.
 */
import {
  Binary,
  Bool,
  Field,
  Float64,
  Int32,
  Int64,
  List,
  makeData,
  Map_,
  RecordBatch,
  Schema,
  Struct,
  Uint32,
  Uint64,
  type Data,
} from 'apache-arrow';
import { assert, AssertionError } from '@tempo-ts/runtime';
import { repeatedChildren, type LeafColumn, type NestedColumn } from './nested-column.ts';
import type { SchemaGroup, SchemaLeaf, SchemaNode } from './schema.ts';

/** The columns of `schema` as one record batch. */
export function toRecordBatch(
  schema: SchemaGroup,
  rowCount: number,
  columns: readonly NestedColumn[],
): RecordBatch {
  const children = structChildren(schema.children, columns, rowCount);
  const fields = schema.children.map((node, index) => fieldOf(node, children[index]!));
  const data = makeData({ type: new Struct(fields), length: rowCount, nullCount: 0, children });
  return new RecordBatch(new Schema(fields), data);
}

function fieldOf(node: SchemaNode, data: Data): Field {
  return new Field(node.name, data.type, node.repetition === 'optional');
}

function structChildren(
  nodes: readonly SchemaNode[],
  columns: readonly NestedColumn[],
  length: number,
): Data[] {
  assert(nodes.length === columns.length, `${columns.length} columns for ${nodes.length} nodes`);
  return nodes.map((node, index) => toData(node, columns[index]!, length));
}

function toStruct(
  nodes: readonly SchemaNode[],
  columns: readonly NestedColumn[],
  length: number,
): Data<Struct> {
  const children = structChildren(nodes, columns, length);
  const fields = nodes.map((node, index) => fieldOf(node, children[index]!));
  return makeData({ type: new Struct(fields), length, nullCount: 0, children });
}

function toData(node: SchemaNode, column: NestedColumn, length: number): Data {
  if (node.kind === 'leaf') return leafToData(node, column, length);
  switch (column.kind) {
    case 'struct':
      return toStruct(node.children, column.children, length);
    case 'list': {
      const [element] = repeatedChildren(node);
      const valueOffsets = ownOffsets(column.offsets, length);
      const child = toData(element!, column.element, valueOffsets[length]!);
      const type = new List(fieldOf(element!, child));
      return makeData({ type, length, nullCount: 0, valueOffsets, child });
    }
    case 'map': {
      const valueOffsets = ownOffsets(column.offsets, length);
      const entries = toStruct(
        repeatedChildren(node),
        [column.key, column.value],
        valueOffsets[length]!,
      );
      const type = new Map_(new Field('key_value', entries.type) as never);
      // The constructor names the child "entries"; readers of blocks look for "key_value".
      Object.assign(type.children[0]!, { name: 'key_value' });
      return makeData({ type, length, nullCount: 0, valueOffsets, child: entries as never });
    }
    case 'codes':
    case 'bytes':
    case 'int32':
    case 'int64':
    case 'int32as64':
    case 'double':
    case 'boolean':
      break;
  }
  throw new AssertionError(`group "${node.name}" has the values of a leaf`);
}

function leafToData(node: SchemaLeaf, column: NestedColumn, length: number): Data {
  switch (column.kind) {
    case 'codes':
      return codesToData(column.codes, column.dictionary, length, node.repetition === 'optional');
    case 'bytes': {
      const { bytes, valueOffsets } = contiguousBytes(column.bytes, column.offsets, length);
      const nulls = validity(column.present, length);
      return makeData({ type: new Binary(), length, ...nulls, valueOffsets, data: bytes });
    }
    case 'int32': {
      const words = ownMemory(column.values, length);
      const nulls = validity(column.present, length);
      return node.annotation === 'uint'
        ? makeData({
            type: new Uint32(),
            length,
            ...nulls,
            data: new Uint32Array(words.buffer, words.byteOffset, length),
          })
        : makeData({ type: new Int32(), length, ...nulls, data: words });
    }
    case 'int64':
      return int64ToData(node, ownWords(column.words, length), length, column.present);
    case 'int32as64':
      return int64ToData(node, widen(column.values, length), length, undefined);
    case 'double': {
      const isOwn = !isShared(column.values);
      const data = isOwn ? column.values.subarray(0, length) : column.values.slice(0, length);
      return makeData({ type: new Float64(), length, nullCount: 0, data: new Float64Array(data) });
    }
    case 'boolean':
      return makeData({
        type: new Bool(),
        length,
        nullCount: 0,
        data: packBits(column.values, length),
      });
    case 'struct':
    case 'list':
    case 'map':
      break;
  }
  throw new AssertionError(`leaf "${node.name}" has the values of a group`);
}

function int64ToData(
  node: SchemaLeaf,
  words: Int32Array<ArrayBuffer>,
  length: number,
  present: Uint8Array | undefined,
): Data {
  const { buffer, byteOffset } = words;
  const nulls = validity(present, length);
  return node.annotation === 'uint'
    ? makeData({
        type: new Uint64(),
        length,
        ...nulls,
        data: new BigUint64Array(buffer, byteOffset, length),
      })
    : makeData({
        type: new Int64(),
        length,
        ...nulls,
        data: new BigInt64Array(buffer, byteOffset, length),
      });
}

/** Copies the string of each code. */
function codesToData(
  codes: Int32Array,
  dictionary: Extract<LeafColumn, { kind: 'codes' }>['dictionary'],
  length: number,
  isOptional: boolean,
): Data<Binary> {
  const { bytes: source, offsets: starts } = dictionary;
  const valueOffsets = new Int32Array(length + 1);
  let total = 0;
  let nullCount = 0;
  for (let i = 0; i < length; i++) {
    const code = codes[i]!;
    if (code >= 0) total += starts[code + 1]! - starts[code]!;
    else nullCount += 1;
    valueOffsets[i + 1] = total;
  }
  const data = new Uint8Array(total);
  let at = 0;
  for (let i = 0; i < length; i++) {
    const code = codes[i]!;
    if (code < 0) continue;
    const end = starts[code + 1]!;
    for (let from = starts[code]!; from < end; from++) data[at++] = source[from]!;
  }
  const type = new Binary();
  // An absent value of a required leaf is the empty string.
  if (!isOptional || nullCount === 0)
    return makeData({ type, length, nullCount: 0, valueOffsets, data });
  const nullBitmap = new Uint8Array((length + 7) >> 3);
  for (let i = 0; i < length; i++) if (codes[i]! >= 0) nullBitmap[i >> 3]! |= 1 << (i & 7);
  return makeData({ type, length, nullCount, nullBitmap, valueOffsets, data });
}

function validity(
  present: Uint8Array | undefined,
  length: number,
): { nullCount: number; nullBitmap?: Uint8Array<ArrayBuffer> } {
  if (!present) return { nullCount: 0 };
  let count = 0;
  for (let i = 0; i < length; i++) if (present[i] !== 0) count += 1;
  return count === length
    ? { nullCount: 0 }
    : { nullCount: length - count, nullBitmap: packBits(present, length) };
}

function packBits(values: Uint8Array, length: number): Uint8Array<ArrayBuffer> {
  const bits = new Uint8Array((length + 7) >> 3);
  for (let i = 0; i < length; i++) if (values[i] !== 0) bits[i >> 3]! |= 1 << (i & 7);
  return bits;
}

function contiguousBytes(bytes: Uint8Array, offsets: Int32Array, length: number) {
  const start = offsets[0]!;
  const own = new Uint8Array(bytes.subarray(start, offsets[length]));
  const valueOffsets = new Int32Array(length + 1);
  for (let i = 0; i <= length; i++) valueOffsets[i] = offsets[i]! - start;
  return { bytes: own, valueOffsets };
}

function ownOffsets(offsets: Int32Array, length: number): Int32Array<ArrayBuffer> {
  assert(offsets.length > length && offsets[0] === 0, 'offsets start at 0 and end with the count');
  return ownMemory(offsets, length + 1);
}

/** A view of memory that is not shared between threads, 8-byte aligned. */
function ownMemory(values: Int32Array, length: number): Int32Array<ArrayBuffer> {
  const view = values.subarray(0, length);
  return isShared(view) || view.byteOffset % 8 !== 0
    ? new Int32Array(view)
    : (view as Int32Array<ArrayBuffer>);
}

function ownWords(words: Int32Array, length: number): Int32Array<ArrayBuffer> {
  return ownMemory(words, length * 2);
}

function widen(values: Int32Array, length: number): Int32Array<ArrayBuffer> {
  const words = new Int32Array(length * 2);
  for (let i = 0; i < length; i++) {
    words[i * 2] = values[i]!;
    words[i * 2 + 1] = values[i]! >> 31;
  }
  return words;
}

function isShared(values: ArrayBufferView): boolean {
  return Object.prototype.toString.call(values.buffer) === '[object SharedArrayBuffer]';
}
