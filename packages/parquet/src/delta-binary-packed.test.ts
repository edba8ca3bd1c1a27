import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { decodeDeltaInt32, decodeDeltaInt64 } from './delta-binary-packed.ts';
import { CorruptParquetError } from './errors.ts';
import { deltaBytes } from './testing/encode-values.ts';

const toBigInts = (words: Int32Array) =>
  [...new BigInt64Array(new Int32Array(words).buffer)].map((value) => value);

const arbitraryInt64s = fc.array(
  fc.oneof(
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    fc.bigInt({ min: 1_795_400_000_000_000_000n, max: 1_795_400_600_000_000_000n }),
    fc.bigInt({ min: -3n, max: 3n }),
  ),
  { minLength: 1, maxLength: 300 },
);

describe('DELTA_BINARY_PACKED', () => {
  it('64-bit integers decode exactly, whatever their distances', () => {
    fc.assert(
      fc.property(arbitraryInt64s, (values) => {
        const bytes = deltaBytes(values, 64);
        expect(toBigInts(decodeDeltaInt64(bytes, 0, bytes.length, values.length))).toEqual(values);
      }),
    );
  });

  it('a minimum taken over unused slots wraps around, as parquet-go writes timestamps', () => {
    fc.assert(
      fc.property(arbitraryInt64s, (values) => {
        // An unused slot counts as the value 0.
        const unusedSlots = BigInt.asIntN(64, -values.at(-1)!);
        const bytes = deltaBytes(values, 64, { unusedSlots });
        expect(toBigInts(decodeDeltaInt64(bytes, 0, bytes.length, values.length))).toEqual(values);
      }),
    );
  });

  it('32-bit integers decode exactly, and what follows them is found', () => {
    const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
    fc.assert(
      fc.property(fc.array(int32, { minLength: 1, maxLength: 300 }), (values) => {
        const bytes = deltaBytes(values.map(BigInt), 32);
        const followed = new Uint8Array([...bytes, 1, 2, 3]);
        const decoded = decodeDeltaInt32(followed, 0, followed.length, values.length);
        expect([...decoded.values]).toEqual(values);
        expect(decoded.position).toBe(bytes.length);
      }),
    );
  });

  it('a page that is cut off or holds another number of values is refused', () => {
    const values = Array.from({ length: 200 }, (_, i) => BigInt(i * i * 1000));
    const bytes = deltaBytes(values, 64);
    for (let end = 0; end < bytes.length; end++)
      expect(() => decodeDeltaInt64(bytes, 0, end, 200)).toThrow(CorruptParquetError);
    expect(() => decodeDeltaInt64(bytes, 0, bytes.length, 199)).toThrow('200 values where 199');
    const noBlocks = Uint8Array.of(0, 0, 1, 0);
    expect(() => decodeDeltaInt64(noBlocks, 0, 4, 1)).toThrow('impossible');
  });
});
