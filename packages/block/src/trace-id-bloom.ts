/**
 * The bloom filter over a block's trace ids, byte for byte as Tempo writes it: shards of a fixed
 * size, a shard chosen by FNV-1 of the id, bits by two MurmurHash3 of it.
 *
 * A serialized shard is the number of bits, the number of hash functions, the number of bits again,
 * then the bits as 64-bit words; all big-endian, bit 0 being the least significant one of word 0.
 */
import { murmur3 } from './murmur3.ts';

export interface BloomConfig {
  /** `bloom_filter_false_positive`. */
  readonly falsePositive: number;
  /** `bloom_filter_shard_size_bytes`. */
  readonly shardSizeBytes: number;
}

const MIN_SHARDS = 1;
const MAX_SHARDS = 1000;
const HEADER_BYTES = 24;

/** The serialized shards of the filter over `ids`, 16 bytes per trace. */
export function buildTraceIdBloom(ids: Uint8Array, config: BloomConfig): Uint8Array[] {
  const traceCount = Math.max(1, ids.length / 16);
  const bitsNeeded = Math.ceil((-traceCount * Math.log(config.falsePositive)) / Math.LN2 ** 2);
  const functionCount = Math.ceil((Math.LN2 * bitsNeeded) / traceCount);
  const bitCount = config.shardSizeBytes * 8;
  const wanted = Math.ceil(bitsNeeded / bitCount);
  const shardCount = Math.min(MAX_SHARDS, Math.max(MIN_SHARDS, wanted));
  const shards = Array.from({ length: shardCount }, () => emptyShard(bitCount, functionCount));
  for (let at = 0; at + 16 <= ids.length; at += 16) {
    const id = ids.subarray(at, at + 16);
    const shard = shards[bloomShardOf(id, shardCount)]!;
    for (const bit of bitPositions(id, functionCount, bitCount)) {
      const byte = byteOfBit(bit);
      shard[byte] = shard[byte]! | (1 << (bit & 7));
    }
  }
  return shards;
}

/** Which of `shardCount` shards an id is in. */
export function bloomShardOf(traceId: Uint8Array, shardCount: number): number {
  let hash = 0x811c9dc5;
  for (const byte of traceId) hash = Math.imul(hash, 0x01000193) ^ byte;
  return (hash >>> 0) % shardCount;
}

/** Whether a serialized shard may hold the id; undefined when it is not a shard. */
export function bloomMayContain(shard: Uint8Array, traceId: Uint8Array): boolean | undefined {
  if (shard.length < HEADER_BYTES) return undefined;
  const view = new DataView(shard.buffer, shard.byteOffset, shard.length);
  const bitCount = Number(view.getBigUint64(0));
  const functionCount = Number(view.getBigUint64(8));
  const isSound =
    bitCount > 0 &&
    functionCount > 0 &&
    functionCount <= 100 &&
    shard.length === HEADER_BYTES + Math.ceil(bitCount / 64) * 8;
  if (!isSound) return undefined;
  return bitPositions(traceId, functionCount, bitCount).every(
    (bit) => (shard[byteOfBit(bit)]! & (1 << (bit & 7))) !== 0,
  );
}

function emptyShard(bitCount: number, functionCount: number): Uint8Array {
  const shard = new Uint8Array(HEADER_BYTES + Math.ceil(bitCount / 64) * 8);
  const view = new DataView(shard.buffer);
  view.setBigUint64(0, BigInt(bitCount));
  view.setBigUint64(8, BigInt(functionCount));
  view.setBigUint64(16, BigInt(bitCount));
  return shard;
}

/** Words are big-endian, so the byte with the lowest bits of a word comes last. */
function byteOfBit(bit: number): number {
  return HEADER_BYTES + Math.floor(bit / 64) * 8 + 7 - (Math.floor(bit / 8) % 8);
}

function bitPositions(traceId: Uint8Array, functionCount: number, bitCount: number): number[] {
  const extended = new Uint8Array(traceId.length + 1);
  extended.set(traceId);
  extended[traceId.length] = 1;
  const hashes = [...murmur3(traceId), ...murmur3(extended)];
  const modulus = BigInt(bitCount);
  const positions: number[] = [];
  for (let i = 0; i < functionCount; i++) {
    const first = hashes[i % 2]!;
    const second = hashes[2 + (((i + (i % 2)) % 4) >> 1)]!;
    positions.push(Number(BigInt.asUintN(64, first + BigInt(i) * second) % modulus));
  }
  return positions;
}
