import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { seededRandom } from '@tempo-ts/runtime/testing';
import { murmur3 } from './murmur3.ts';
import { bloomMayContain, bloomShardOf, buildTraceIdBloom } from './trace-id-bloom.ts';
import {
  compareIds,
  decodeTraceIdIndex,
  encodeTraceIdIndex,
  findRowGroup,
} from './trace-id-index.ts';
import { CorruptBlockError } from './errors.ts';

const arbitraryIds = fc
  .array(fc.uint8Array({ minLength: 16, maxLength: 16 }), { minLength: 1, maxLength: 50 })
  .map((ids) => new Uint8Array(Buffer.concat(ids)));

const hex = (text: string) => murmur3(Buffer.from(text)).map((half) => half.toString(16));

describe('trace id bloom filter', () => {
  it('has every id it was built over, in the shard of the id', () => {
    fc.assert(
      fc.property(arbitraryIds, fc.integer({ min: 8, max: 64 }), (ids, shardSizeBytes) => {
        const shards = buildTraceIdBloom(ids, { falsePositive: 0.01, shardSizeBytes });
        for (let at = 0; at < ids.length; at += 16) {
          const id = ids.subarray(at, at + 16);
          expect(bloomMayContain(shards[bloomShardOf(id, shards.length)]!, id)).toBe(true);
        }
      }),
    );
  });

  it('is wrong about other ids as often as configured', () => {
    const random = seededRandom(1);
    const shards = buildTraceIdBloom(random.bytes(16 * 20_000), {
      falsePositive: 0.05,
      shardSizeBytes: 4096,
    });
    expect(shards).toHaveLength(4);
    let wrong = 0;
    for (let i = 0; i < 4000; i++) {
      const id = random.bytes(16);
      if (bloomMayContain(shards[bloomShardOf(id, 4)]!, id) === true) wrong += 1;
    }
    expect(wrong / 4000).toBeGreaterThan(0.02);
    expect(wrong / 4000).toBeLessThan(0.08);
  });

  it('has 1 to 1000 shards', () => {
    const config = { falsePositive: 0.0001, shardSizeBytes: 8 };
    expect(buildTraceIdBloom(new Uint8Array(16), config)).toHaveLength(1);
    expect(buildTraceIdBloom(seededRandom(2).bytes(16 * 4000), config)).toHaveLength(1000);
  });

  it('something that is no shard is told apart', () => {
    const [shard] = buildTraceIdBloom(new Uint8Array(16), {
      falsePositive: 0.01,
      shardSizeBytes: 64,
    });
    const id = new Uint8Array(16);
    expect(bloomMayContain(shard!.subarray(0, 80), id)).toBeUndefined();
    expect(bloomMayContain(new Uint8Array(10), id)).toBeUndefined();
    expect(bloomMayContain(new Uint8Array(24), id)).toBeUndefined();
  });

  it('hashes as the reference implementation of MurmurHash3 does', () => {
    expect(hex('')).toEqual(['0', '0']);
    expect(hex('hello')).toEqual(['cbd8a7b341bd9b02', '5b1e906a48ae1d19']);
    expect(hex('The quick brown fox jumps over the lazy dog')).toEqual([
      'e34bbc7bbc071b6c',
      '7a433ca9c49a9347',
    ]);
  });
});

describe('trace id index', () => {
  it('names the first row group whose last id is not smaller', () => {
    fc.assert(
      fc.property(arbitraryIds, fc.uint8Array({ minLength: 16, maxLength: 16 }), (ids, id) => {
        const sorted = Array.from({ length: ids.length / 16 }, (_, i) =>
          ids.slice(i * 16, i * 16 + 16),
        ).toSorted((a, b) => compareIds(a, 0, b, 0));
        const lastIds = new Uint8Array(Buffer.concat(sorted));
        const expected = sorted.findIndex((each) => compareIds(each, 0, id, 0) >= 0);
        expect(findRowGroup(lastIds, id)).toBe(expected < 0 ? undefined : expected);
        expect(decodeTraceIdIndex('b', encodeTraceIdIndex(lastIds))).toEqual(lastIds);
      }),
    );
  });

  it('damage is refused by name', () => {
    for (const text of ['', '[]', '{"rowGroups":["AAAA"]}', '{"rowGroups":5}'])
      expect(() => decodeTraceIdIndex('b', Buffer.from(text))).toThrow(CorruptBlockError);
  });
});
