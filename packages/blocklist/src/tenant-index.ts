/**
 * The tenant index: all blocks of a tenant in one object, so that only its builders have to list and
 * read thousands of them. It exists in two encodings of the same content, gzipped JSON and zstd
 * protobuf; readers prefer the latter.
 */
import { crc32, deflateRawSync, gunzipSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { blockMetaFromJson, blockMetaToJson } from '@tempo-ts/block';
import type { TenantId } from '@tempo-ts/ports';
import { decodeIndexMessage, encodeIndexMessage } from './tenant-index-message.ts';
import type { TenantBlocks } from './stored-block.ts';

export interface TenantIndex extends TenantBlocks {
  readonly createdUnixMs: number;
}

/** An index object that cannot be read. */
export class InvalidTenantIndexError extends Error {
  override readonly name = 'InvalidTenantIndexError';
  readonly code = 'invalid_tenant_index';
}

export const jsonIndexKey = (tenant: TenantId): string => `${tenant}/index.json.gz`;
export const protobufIndexKey = (tenant: TenantId): string => `${tenant}/index.pb.zst`;

/** About 500 bytes per block: a million blocks. */
const MAX_INDEX_BYTES = 512 * 1024 * 1024;
const MEMBER_NAME = 'index.json';

/** The content of `index.json.gz`. */
export function encodeJsonIndex(index: TenantIndex): Uint8Array {
  const json = JSON.stringify({
    created_at: new Date(index.createdUnixMs).toISOString(),
    meta: index.live.map(blockMetaToJson),
    compacted: index.compacted.map(({ meta, compactedUnixMs }) => ({
      ...blockMetaToJson(meta),
      compactedTime: new Date(compactedUnixMs).toISOString(),
    })),
  });
  return gzipMember(Buffer.from(json));
}

/** @throws InvalidTenantIndexError when the bytes are no index. */
export function decodeJsonIndex(bytes: Uint8Array): TenantIndex {
  return reading(() => {
    const text = gunzipSync(bytes, { maxOutputLength: MAX_INDEX_BYTES }).toString();
    const json = JSON.parse(text) as {
      created_at: string;
      meta?: unknown[] | null;
      compacted?: ({ compactedTime: string } | null)[] | null;
    };
    return {
      createdUnixMs: timeOf(json.created_at),
      live: (json.meta ?? []).map(blockMetaFromJson),
      compacted: (json.compacted ?? []).map((entry) => ({
        meta: blockMetaFromJson(entry),
        compactedUnixMs: timeOf(entry!.compactedTime),
      })),
    };
  });
}

/** The content of `index.pb.zst`. */
export function encodeProtobufIndex(index: TenantIndex): Uint8Array {
  return new Uint8Array(zstdCompressSync(encodeIndexMessage(index)));
}

/** @throws InvalidTenantIndexError when the bytes are no index. */
export function decodeProtobufIndex(bytes: Uint8Array): TenantIndex {
  return reading(() =>
    decodeIndexMessage(zstdDecompressSync(bytes, { maxOutputLength: MAX_INDEX_BYTES })),
  );
}

function reading(decode: () => TenantIndex): TenantIndex {
  try {
    return decode();
  } catch (cause) {
    throw new InvalidTenantIndexError('tenant index is damaged', { cause });
  }
}

function timeOf(text: string): number {
  const unixMs = Date.parse(text);
  if (Number.isNaN(unixMs)) throw new Error(`"${text}" is no time`);
  return unixMs;
}

/** A gzip file whose member bears a name, which zlib's own function cannot give it (RFC 1952). */
function gzipMember(content: Uint8Array): Uint8Array {
  const hasName = 8;
  const unknownSystem = 255;
  const header = Uint8Array.of(0x1f, 0x8b, 8, hasName, 0, 0, 0, 0, 0, unknownSystem);
  const trailer = new DataView(new ArrayBuffer(8));
  trailer.setUint32(0, crc32(content), true);
  trailer.setUint32(4, content.length, true);
  return new Uint8Array(
    Buffer.concat([
      header,
      Buffer.from(`${MEMBER_NAME}\0`),
      deflateRawSync(content),
      new Uint8Array(trailer.buffer),
    ]),
  );
}
