/**
 * The description of a block, meta.json: one compact JSON object whose keys come in Tempo's order.
 * Version 3 of Tempo writes neither `encoding` nor `dataEncoding`; a reader does without them.
 */
import type { BlockDedicatedColumn, BlockRef, TenantId } from '@tempo-ts/ports';
import { assignedDedicatedColumns } from '@tempo-ts/span-batch';
import { isBlockId } from './block-keys.ts';
import { InvalidBlockMetaError } from './errors.ts';

export interface BlockMeta {
  /** `vParquet4` and its siblings: which reader the block needs. */
  readonly format: string;
  readonly blockId: string;
  readonly tenant: TenantId;
  /** The time range by which blocks are chosen. */
  readonly startUnixMs: number;
  readonly endUnixMs: number;
  readonly traceCount: number;
  /** Exact length of data.parquet; readers never ask the store for it. */
  readonly sizeBytes: number;
  readonly compactionLevel: number;
  readonly rowGroupCount: number;
  readonly bloomShardCount: number;
  /** Exact length of the Parquet footer; 0 when not known. */
  readonly footerSizeBytes: number;
  readonly dedicatedColumns: readonly BlockDedicatedColumn[];
  /** 0: written by several ingesters, spans may be in several blocks; 1: written once. */
  readonly replicationFactor: number;
}

/** Blocks of very old versions do not say how many bloom shards they have. */
const BLOOM_SHARDS_OF_OLD_BLOCKS = 10;

/** The configured columns that a vParquet4 block can have, in their order: what its meta.json lists. */
export function vparquet4DedicatedColumns(
  configured: readonly BlockDedicatedColumn[],
): readonly BlockDedicatedColumn[] {
  const assigned = new Set([
    ...assignedDedicatedColumns('resource', configured),
    ...assignedDedicatedColumns('span', configured),
  ]);
  return configured.filter((candidate) => assigned.has(candidate));
}

/** What a reader of the block needs to know. */
export function toBlockRef(meta: BlockMeta): BlockRef {
  const { compactionLevel: _level, replicationFactor: _factor, ...reference } = meta;
  return reference;
}

/** meta.json of a block, as bytes. */
export function encodeBlockMeta(meta: BlockMeta): Uint8Array {
  return Buffer.from(JSON.stringify(blockMetaToJson(meta)));
}

/** The JSON value of meta.json, keys in order. */
export function blockMetaToJson(meta: BlockMeta): Record<string, unknown> {
  return {
    format: meta.format,
    blockID: meta.blockId,
    tenantID: meta.tenant,
    startTime: formatTime(meta.startUnixMs),
    endTime: formatTime(meta.endUnixMs),
    totalObjects: meta.traceCount,
    size: meta.sizeBytes,
    compactionLevel: meta.compactionLevel,
    encoding: 'none',
    indexPageSize: 0,
    totalRecords: meta.rowGroupCount,
    dataEncoding: '',
    bloomShards: meta.bloomShardCount,
    footerSize: meta.footerSizeBytes,
    ...(meta.dedicatedColumns.length === 0
      ? {}
      : { dedicatedColumns: dedicatedColumnsToJson(meta.dedicatedColumns) }),
    ...(meta.replicationFactor === 0 ? {} : { replicationFactor: meta.replicationFactor }),
  };
}

/** The value of `dedicatedColumns`: defaults are left out. */
export function dedicatedColumnsToJson(columns: readonly BlockDedicatedColumn[]): unknown[] {
  return columns.map(({ scope, name, type, options }) => ({
    ...(scope === 'span' ? {} : { s: scope }),
    n: name,
    ...(type === 'string' ? {} : { t: type }),
    ...(options.length === 0 ? {} : { o: options }),
  }));
}

/**
 * Reads the bytes of a meta.json.
 *
 * @throws InvalidBlockMetaError naming the key that is wrong.
 */
export function decodeBlockMeta(bytes: Uint8Array): BlockMeta {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(bytes).toString());
  } catch (cause) {
    throw new InvalidBlockMetaError('meta.json is not JSON', { cause });
  }
  return blockMetaFromJson(value);
}

/** Reads the JSON value of a meta.json; throws as {@link decodeBlockMeta} does. */
export function blockMetaFromJson(value: unknown): BlockMeta {
  const json = asRecord(value, 'meta.json');
  const blockId = text(json, 'blockID').toLowerCase();
  if (!isBlockId(blockId))
    throw new InvalidBlockMetaError(`meta.json: blockID "${blockId}" is not a UUID`);
  const format = text(json, 'format');
  if (format === '') throw new InvalidBlockMetaError('meta.json: format is empty');
  return {
    format,
    blockId,
    tenant: text(json, 'tenantID') as TenantId,
    startUnixMs: time(json, 'startTime'),
    endUnixMs: time(json, 'endTime'),
    traceCount: count(json, 'totalObjects'),
    sizeBytes: count(json, 'size'),
    compactionLevel: count(json, 'compactionLevel'),
    rowGroupCount: count(json, 'totalRecords'),
    bloomShardCount: count(json, 'bloomShards') || BLOOM_SHARDS_OF_OLD_BLOCKS,
    footerSizeBytes: count(json, 'footerSize'),
    dedicatedColumns: dedicatedColumnsFromJson(json['dedicatedColumns']),
    replicationFactor: count(json, 'replicationFactor'),
  };
}

/** Reads the value of `dedicatedColumns`; throws as {@link decodeBlockMeta} does. */
export function dedicatedColumnsFromJson(value: unknown): readonly BlockDedicatedColumn[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new InvalidBlockMetaError('dedicatedColumns is not a list');
  return value.map((entry: unknown) => {
    const json = asRecord(entry, 'dedicatedColumns entry');
    const scope = json['s'] ?? 'span';
    const type = json['t'] ?? 'string';
    const options = json['o'] ?? [];
    if (scope !== 'resource' && scope !== 'span' && scope !== 'event')
      throw new InvalidBlockMetaError(
        `dedicatedColumns has the unknown scope ${JSON.stringify(scope)}`,
      );
    if (type !== 'string' && type !== 'int')
      throw new InvalidBlockMetaError(
        `dedicatedColumns has the unknown type ${JSON.stringify(type)}`,
      );
    if (!Array.isArray(options) || !options.every((o) => o === 'array' || o === 'blob'))
      throw new InvalidBlockMetaError('dedicatedColumns has an unknown option');
    return { scope, name: text(json, 'n'), type, options };
  });
}

/** RFC 3339 in UTC; a fraction only where there is one. */
function formatTime(unixMs: number): string {
  return new Date(unixMs).toISOString().replace(/\.?0+Z$/, 'Z');
}

function asRecord(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new InvalidBlockMetaError(`${what} is not an object`);
  return value as Readonly<Record<string, unknown>>;
}

function text(json: Readonly<Record<string, unknown>>, name: string): string {
  const value = json[name];
  if (typeof value !== 'string') throw new InvalidBlockMetaError(`meta.json: ${name} is not text`);
  return value;
}

function count(json: Readonly<Record<string, unknown>>, name: string): number {
  const value = json[name] ?? 0;
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
    throw new InvalidBlockMetaError(`meta.json: ${name} is not a count`);
  return value;
}

function time(json: Readonly<Record<string, unknown>>, name: string): number {
  const unixMs = Date.parse(text(json, name));
  if (Number.isNaN(unixMs)) throw new InvalidBlockMetaError(`meta.json: ${name} is not a time`);
  return unixMs;
}
