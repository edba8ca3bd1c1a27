import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { bitWidthOf } from './bit-packing.ts';
import { ByteBuffer } from './byte-buffer.ts';
import { decodeDeltaInt32, decodeDeltaInt64 } from './delta-binary-packed.ts';
import { encodeDeltaInt32, encodeDeltaInt64 } from './encode-delta-binary-packed.ts';
import { encodeCodeRuns, encodeLevelRuns } from './encode-rle-hybrid.ts';
import { decodeRleHybrid } from './rle-hybrid.ts';
import { snappyCompress } from './snappy-compress.ts';
import { snappyDecompress } from './snappy-decompress.ts';

/** Values between others, as a page lies in its column. */
const arbitraryRange = <T>(value: fc.Arbitrary<T>, maxLength: number) =>
  fc.record({
    before: fc.array(value, { maxLength: 3 }),
    values: fc.array(value, { minLength: 1, maxLength }),
    after: fc.array(value, { maxLength: 3 }),
  });

/** Runs of equal values, short and long. */
const arbitraryRuns = (max: number) =>
  fc
    .array(fc.tuple(fc.integer({ min: 0, max }), fc.integer({ min: 1, max: 70 })), {
      minLength: 1,
      maxLength: 20,
    })
    .map((runs) => runs.flatMap(([value, count]) => Array<number>(count).fill(value)));

const int32 = fc.oneof(fc.integer(), fc.integer({ min: -100, max: 100 }));
const int64 = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.bigInt({ min: 1_700_000_000_000_000_000n, max: 1_700_000_001_000_000_000n }),
);

describe('DELTA_BINARY_PACKED', () => {
  it('any 32-bit integers decode to what they were', () => {
    fc.assert(
      fc.property(arbitraryRange(int32, 400), ({ before, values, after }) => {
        const all = Int32Array.of(...before, ...values, ...after);
        const out = new ByteBuffer();
        encodeDeltaInt32(all, before.length, before.length + values.length, out);
        const decoded = decodeDeltaInt32(out.bytes, 0, out.length, values.length);
        expect([...decoded.values]).toEqual(values);
        expect(decoded.position).toBe(out.length);
      }),
    );
  });

  it('any 64-bit integers decode to what they were, extremes next to each other', () => {
    fc.assert(
      fc.property(arbitraryRange(int64, 400), ({ before, values, after }) => {
        const all = BigInt64Array.of(...before, ...values, ...after);
        const out = new ByteBuffer();
        const words = new Int32Array(all.buffer);
        encodeDeltaInt64(words, before.length, before.length + values.length, out);
        const decoded = decodeDeltaInt64(out.bytes, 0, out.length, values.length);
        expect([...new BigInt64Array(decoded.buffer)]).toEqual(values);
      }),
    );
  });

  it('nothing is a header that says so', () => {
    const out = new ByteBuffer();
    encodeDeltaInt64(new Int32Array(0), 0, 0, out);
    expect([...out.bytes.subarray(0, out.length)]).toEqual([0x80, 1, 4, 0, 0]);
  });

  it('equally spaced integers take no bits', () => {
    const out = new ByteBuffer();
    encodeDeltaInt32(
      Int32Array.from({ length: 129 }, (_, i) => i * 8),
      0,
      129,
      out,
    );
    expect([...out.bytes.subarray(0, out.length)]).toEqual([
      0x80, 1, 4, 0x81, 1, 0, 16, 0, 0, 0, 0,
    ]);
  });
});

describe('RLE / bit-packing hybrid', () => {
  it('any codes of any width decode to what they were', () => {
    const arbitrary = fc
      .integer({ min: 1, max: 31 })
      .chain((width) => fc.tuple(fc.constant(width), arbitraryRuns(2 ** width - 1)));
    fc.assert(
      fc.property(arbitrary, ([width, values]) => {
        const out = new ByteBuffer();
        encodeCodeRuns(Int32Array.of(7, ...values, 7), 1, values.length + 1, width, out);
        const decoded = new Int32Array(values.length);
        decodeRleHybrid(out.bytes, 0, out.length, width, values.length, decoded);
        expect([...decoded]).toEqual(values);
      }),
    );
  });

  it('any levels decode to what they were, in no more room than packed', () => {
    const arbitrary = fc
      .integer({ min: 1, max: 6 })
      .chain((max) => fc.tuple(fc.constant(max), arbitraryRuns(max)));
    fc.assert(
      fc.property(arbitrary, ([max, values]) => {
        const out = new ByteBuffer();
        const width = bitWidthOf(max);
        encodeLevelRuns(Uint8Array.from(values), 0, values.length, width, out);
        const decoded = new Uint8Array(values.length);
        decodeRleHybrid(out.bytes, 0, out.length, width, values.length, decoded);
        expect([...decoded]).toEqual(values);
        expect(out.length).toBeLessThanOrEqual(Math.ceil(values.length / 8) * width + 3);
      }),
    );
  });

  it('long pages of packed codes are cut into runs', () => {
    const values = Int32Array.from({ length: 200_000 }, (_, i) => (i * 7) % 10);
    const out = new ByteBuffer();
    encodeCodeRuns(values, 0, values.length, 4, out);
    const decoded = new Int32Array(values.length);
    decodeRleHybrid(out.bytes, 0, out.length, 4, values.length, decoded);
    expect(Buffer.from(decoded.buffer).equals(Buffer.from(values.buffer))).toBe(true);
  });
});

function compress(bytes: Uint8Array): Uint8Array {
  const source = new ByteBuffer();
  source.append(Uint8Array.of(1, 2, 3));
  source.append(bytes);
  const out = new ByteBuffer();
  snappyCompress(source, 3, 3 + bytes.length, out);
  return out.bytes.slice(0, out.length);
}

describe('snappyCompress', () => {
  const pieces = fc.array(
    fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fc
        .tuple(fc.uint8Array({ minLength: 1, maxLength: 6 }), fc.integer({ min: 1, max: 60 }))
        .map(([piece, count]) =>
          Uint8Array.from({ length: piece.length * count }, (_, i) => piece[i % piece.length]!),
        ),
    ),
    { maxLength: 20 },
  );

  it('any bytes decompress to what they were', () => {
    fc.assert(
      fc.property(pieces, (parts) => {
        const bytes = new Uint8Array(Buffer.concat(parts));
        const packed = compress(bytes);
        expect([...snappyDecompress(packed, 0, packed.length, bytes.length)]).toEqual([...bytes]);
      }),
    );
  });

  it('more than one block of 64 kB, repeated or random, decompresses to what it was', () => {
    let seed = 1;
    const random = Uint8Array.from({ length: 200_000 }, () => {
      seed = (Math.imul(seed, 1103515245) + 12345) | 0;
      return seed >>> 24;
    });
    const repeated = random.map((_, i) => random[i % 1000]!);
    for (const bytes of [random, repeated]) {
      const packed = compress(bytes);
      const unpacked = snappyDecompress(packed, 0, packed.length, bytes.length);
      expect(Buffer.from(unpacked).equals(Buffer.from(bytes))).toBe(true);
    }
    expect(compress(random).length).toBeLessThan(random.length + 100);
    expect(compress(repeated).length).toBeLessThan(repeated.length / 10);
  });
});
