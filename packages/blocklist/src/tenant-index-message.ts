/** The protobuf form of a tenant index; field numbers are Tempo's. */
import {
  dedicatedColumnsFromJson,
  dedicatedColumnsToJson,
  isBlockId,
  type BlockMeta,
} from '@tempo-ts/block';
import { DELIMITED, tagOf, VARINT, WireReader, WireWriter } from '@tempo-ts/otlp';
import type { TenantId } from '@tempo-ts/ports';
import type { CompactedBlock } from './stored-block.ts';
import type { TenantIndex } from './tenant-index.ts';

const WORD = 2 ** 32;

/** Numeric fields of a block's message. */
const NUMBERS = [
  [8, 'traceCount'],
  [9, 'sizeBytes'],
  [10, 'compactionLevel'],
  [13, 'rowGroupCount'],
  [15, 'bloomShardCount'],
  [16, 'footerSizeBytes'],
  [18, 'replicationFactor'],
] as const;

export function encodeIndexMessage(index: TenantIndex): Uint8Array {
  const writer = new WireWriter();
  writeTime(writer, 1, index.createdUnixMs);
  for (const meta of index.live) writeMeta(writer, 2, meta);
  for (const { meta, compactedUnixMs } of index.compacted) {
    const start = writer.begin(3);
    writeMeta(writer, 1, meta);
    writeTime(writer, 2, compactedUnixMs);
    writer.end(start);
  }
  return writer.finish();
}

function writeTime(writer: WireWriter, field: number, unixMs: number): void {
  const start = writer.begin(field);
  const seconds = Math.floor(unixMs / 1000);
  const nanos = Math.round((unixMs - seconds * 1000) * 1e6);
  writeNumber(writer, 1, seconds);
  writeNumber(writer, 2, nanos);
  writer.end(start);
}

/** Fields at their zero value are left out. */
function writeNumber(writer: WireWriter, field: number, value: number): void {
  if (value === 0) return;
  writer.tag(field, VARINT);
  writer.varint(value);
}

function writeMeta(writer: WireWriter, field: number, meta: BlockMeta): void {
  const start = writer.begin(field);
  writer.stringField(1, meta.format);
  writer.bytesField(2, Buffer.from(meta.blockId.replaceAll('-', ''), 'hex'));
  writer.stringField(5, meta.tenant);
  writeTime(writer, 6, meta.startUnixMs);
  writeTime(writer, 7, meta.endUnixMs);
  writeNumber(writer, 8, meta.traceCount);
  writeNumber(writer, 9, meta.sizeBytes);
  writeNumber(writer, 10, meta.compactionLevel);
  // `encoding`: none.
  writer.bytesField(11, Uint8Array.of(0));
  writeNumber(writer, 13, meta.rowGroupCount);
  writeNumber(writer, 15, meta.bloomShardCount);
  writeNumber(writer, 16, meta.footerSizeBytes);
  const columns = dedicatedColumnsToJson(meta.dedicatedColumns);
  writer.bytesField(17, Buffer.from(columns.length === 0 ? '' : JSON.stringify(columns)));
  writeNumber(writer, 18, meta.replicationFactor);
  writer.end(start);
}

/** Reads the message; throws when it is damaged. */
export function decodeIndexMessage(bytes: Uint8Array): TenantIndex {
  const reader = new WireReader();
  reader.reset(bytes, 'TenantIndex');
  let createdUnixMs = 0;
  const live: BlockMeta[] = [];
  const compacted: CompactedBlock[] = [];
  while (reader.position < reader.limit) {
    const tag = reader.readTag();
    if (tag === tagOf(1, DELIMITED)) createdUnixMs = readTime(reader);
    else if (tag === tagOf(2, DELIMITED)) live.push(readMeta(reader));
    else if (tag === tagOf(3, DELIMITED)) compacted.push(readCompacted(reader));
    else reader.skipUnknown(tag, 0);
  }
  return { createdUnixMs, live, compacted };
}

function readCompacted(reader: WireReader): CompactedBlock {
  const outer = reader.enter('CompactedBlockMeta');
  let meta: BlockMeta | undefined;
  let compactedUnixMs = 0;
  while (reader.position < reader.limit) {
    const tag = reader.readTag();
    if (tag === tagOf(1, DELIMITED)) meta = readMeta(reader);
    else if (tag === tagOf(2, DELIMITED)) compactedUnixMs = readTime(reader);
    else reader.skipUnknown(tag, 0);
  }
  reader.leave(outer, 'TenantIndex');
  if (!meta) throw new Error('a compacted block has no meta');
  return { meta, compactedUnixMs };
}

function readTime(reader: WireReader): number {
  const outer = reader.enter('Timestamp');
  let seconds = 0;
  let nanos = 0;
  while (reader.position < reader.limit) {
    const tag = reader.readTag();
    if (tag === tagOf(1, VARINT)) seconds = readNumber(reader);
    else if (tag === tagOf(2, VARINT)) nanos = readNumber(reader);
    else reader.skipUnknown(tag, 0);
  }
  reader.leave(outer, 'TenantIndex');
  return seconds * 1000 + nanos / 1e6;
}

function readNumber(reader: WireReader): number {
  reader.readVarint64();
  return reader.high * WORD + (reader.low >>> 0);
}

function readBytes(reader: WireReader): Buffer {
  const outer = reader.enter('bytes');
  const bytes = Buffer.from(reader.bytes.subarray(reader.position, reader.limit));
  reader.position = reader.limit;
  reader.leave(outer, 'BlockMeta');
  return bytes;
}

function readMeta(reader: WireReader): BlockMeta {
  const outer = reader.enter('BlockMeta');
  const numbers = new Map<number, number>();
  const times = new Map<number, number>();
  const bytes = new Map<number, Buffer>();
  while (reader.position < reader.limit) {
    const tag = reader.readTag();
    const field = tag >>> 3;
    if ((field === 6 || field === 7) && tag === tagOf(field, DELIMITED))
      times.set(field, readTime(reader));
    else if (tag === tagOf(field, DELIMITED)) bytes.set(field, readBytes(reader));
    else if (tag === tagOf(field, VARINT)) numbers.set(field, readNumber(reader));
    else reader.skipUnknown(tag, 0);
  }
  reader.leave(outer, 'TenantIndex');
  const columns = bytes.get(17)?.toString() ?? '';
  const counts = Object.fromEntries(
    NUMBERS.map(([field, name]) => [name, numbers.get(field) ?? 0]),
  ) as Record<(typeof NUMBERS)[number][1], number>;
  return {
    format: bytes.get(1)?.toString() ?? '',
    blockId: uuidOf(bytes.get(2)),
    tenant: (bytes.get(5)?.toString() ?? '') as TenantId,
    startUnixMs: times.get(6) ?? 0,
    endUnixMs: times.get(7) ?? 0,
    ...counts,
    dedicatedColumns: columns === '' ? [] : dedicatedColumnsFromJson(JSON.parse(columns)),
  };
}

function uuidOf(bytes: Buffer | undefined): string {
  const hex = bytes?.toString('hex') ?? '';
  const uuid = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  if (!isBlockId(uuid)) throw new Error(`"${hex}" is no block id`);
  return uuid;
}
