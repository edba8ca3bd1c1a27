import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { BlockMeta } from '@tempo-ts/block';
import type { TenantId } from '@tempo-ts/ports';
import {
  decodeJsonIndex,
  decodeProtobufIndex,
  encodeJsonIndex,
  encodeProtobufIndex,
  InvalidTenantIndexError,
} from './tenant-index.ts';
import { blockMetaOf } from './testing/block-meta-of.ts';

const count = fc.nat({ max: 2 ** 31 });
const unixMs = fc.nat({ max: 4e12 });
const arbitraryMeta: fc.Arbitrary<BlockMeta> = fc.record({
  format: fc.constantFrom('vParquet4', 'vParquet3'),
  blockId: fc.uuid(),
  tenant: fc.string({ minLength: 1 }) as unknown as fc.Arbitrary<TenantId>,
  startUnixMs: unixMs,
  endUnixMs: unixMs,
  traceCount: count,
  sizeBytes: fc.maxSafeNat(),
  compactionLevel: count,
  rowGroupCount: count,
  bloomShardCount: fc.integer({ min: 1, max: 1000 }),
  footerSizeBytes: count,
  dedicatedColumns: fc.array(
    fc.record({
      scope: fc.constantFrom('resource' as const, 'span' as const, 'event' as const),
      name: fc.string(),
      type: fc.constantFrom('string' as const, 'int' as const),
      options: fc.subarray(['array' as const, 'blob' as const]),
    }),
    { maxLength: 3 },
  ),
  replicationFactor: fc.constantFrom(0, 1),
});
const arbitraryIndex = fc.record({
  createdUnixMs: unixMs,
  live: fc.array(arbitraryMeta, { maxLength: 3 }),
  compacted: fc.array(fc.record({ meta: arbitraryMeta, compactedUnixMs: unixMs }), {
    maxLength: 3,
  }),
});

describe('tenant index', () => {
  it('reads back what was written, in both encodings', () => {
    fc.assert(
      fc.property(arbitraryIndex, (index) => {
        expect(decodeJsonIndex(encodeJsonIndex(index))).toEqual(index);
        expect(decodeProtobufIndex(encodeProtobufIndex(index))).toEqual(index);
      }),
      { numRuns: 50 },
    );
  });

  it('is a gzip file whose member is called index.json, with both lists always there', () => {
    const bytes = encodeJsonIndex({ createdUnixMs: 0, live: [], compacted: [] });
    expect(Buffer.from(bytes.subarray(10, 21)).toString()).toBe('index.json\0');
    const text = '{"created_at":"1970-01-01T00:00:00.000Z","meta":[],"compacted":[]}';
    expect(gunzipSync(bytes).toString()).toBe(text);
  });

  it('reads the lists of a Go writer, which may be null, and times with nanoseconds', () => {
    const json = '{"created_at":"2026-01-01T00:00:00.123456789Z","meta":null,"compacted":null}';
    const createdUnixMs = Date.UTC(2026, 0, 1) + 123;
    expect(decodeJsonIndex(gzipSync(json))).toEqual({ createdUnixMs, live: [], compacted: [] });
  });

  it('damaged bytes are refused by name, in both encodings', () => {
    const index = { createdUnixMs: 1, live: [blockMetaOf(1)], compacted: [] };
    for (const [bytes, decode] of [
      [encodeJsonIndex(index), decodeJsonIndex],
      [encodeProtobufIndex(index), decodeProtobufIndex],
    ] as const) {
      for (let length = 0; length < bytes.length; length += 7)
        expect(() => decode(bytes.subarray(0, length))).toThrow(InvalidTenantIndexError);
      expect(() => decode(Buffer.from('nonsense'))).toThrow(InvalidTenantIndexError);
    }
  });
});
