import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { WireReader } from './wire-reader.ts';
import { WireWriter, varintLength, writeVarintAt } from './wire-writer.ts';

/** How reading `bytes` fails when more bytes follow behind the message. */
const refusal = (bytes: number[], read: (reader: WireReader) => unknown): string => {
  const reader = new WireReader();
  reader.reset(Uint8Array.from([...bytes, 1, 1, 1, 1, 1, 1, 1, 1, 1]), 'Part', 0, bytes.length);
  try {
    read(reader);
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('was accepted');
};

describe('WireReader and WireWriter', () => {
  it('a 64-bit varint and a fixed64 are read as they were written', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (value) => {
        const [low, high] = [Number(value & 0xffffffffn), Number(value >> 32n)];
        const writer = new WireWriter({ capacityBytes: 1 });
        writer.varint64(low, high);
        writer.fixed64(low, high);
        const reader = new WireReader();
        reader.reset(writer.finish(), 'test');
        for (const read of [() => reader.readVarint64(), () => reader.readFixed64()]) {
          read();
          expect((BigInt(reader.high >>> 0) << 32n) | BigInt(reader.low >>> 0)).toBe(value);
        }
        expect(reader.position).toBe(reader.limit);
      }),
    );
  });

  it('varintLength is the length that writeVarintAt writes', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (value) => {
        const bytes = new Uint8Array(10);
        expect(writeVarintAt(bytes, 0, value)).toBe(varintLength(value));
        const reader = new WireReader();
        reader.reset(bytes, 'test');
        reader.readVarint64();
        expect((reader.high >>> 0) * 2 ** 32 + (reader.low >>> 0)).toBe(value);
      }),
    );
  });

  it('nested messages of every length get their length in front', () => {
    for (const length of [0, 1, 127, 128, 16_383, 16_384, 70_000]) {
      const writer = new WireWriter({ capacityBytes: 1 });
      const outer = writer.begin(3);
      writer.bytesField(7, new Uint8Array(length).fill(9));
      writer.stringField(1, 'ünï');
      writer.end(outer);
      const reader = new WireReader();
      reader.reset(writer.written(), 'outer');
      expect(reader.readTag()).toBe(0x1a);
      const limit = reader.enter('inner');
      expect(reader.readTag()).toBe(0x3a);
      expect(reader.readDelimitedEnd() - reader.position).toBe(length);
      reader.position += length;
      expect(reader.readTag()).toBe(0x0a);
      const end = reader.readDelimitedEnd();
      expect(Buffer.from(reader.bytes.subarray(reader.position, end)).toString()).toBe('ünï');
      reader.position = end;
      expect(reader.position).toBe(reader.limit);
      reader.leave(limit, 'outer');
      expect(reader.position).toBe(writer.byteLength);
    }
  });

  it('reads beyond the end of the message are refused, also when the buffer goes on', () => {
    const prefix = 'invalid protobuf in Part at byte 0: ';
    expect(refusal([0x80], (reader) => reader.readVarint32())).toBe(`${prefix}a varint is cut off`);
    expect(refusal([], (reader) => reader.readTag())).toBe(`${prefix}a varint is cut off`);
    expect(refusal([1, 2, 3], (reader) => reader.readFixed64())).toBe(
      `${prefix}8 bytes expected, 3 left`,
    );
    expect(refusal([1], (reader) => reader.readFixed32())).toBe(
      `${prefix}4 bytes expected, 1 left`,
    );
    expect(refusal([3, 1], (reader) => reader.readDelimitedEnd())).toBe(
      `${prefix}length 3 exceeds the 1 bytes that follow`,
    );
    expect(refusal([0x02], (reader) => reader.readTag())).toBe(
      `${prefix}field number 0 is not allowed`,
    );
    const ones = Array.from({ length: 9 }, () => 0xff);
    expect(refusal([...ones, 0x02], (reader) => reader.readVarint64())).toBe(
      `${prefix}a varint has more than 64 bits`,
    );
    expect(refusal([...ones, 0x81, 0], (reader) => reader.readVarint64())).toBe(
      `${prefix}a varint is longer than ten bytes`,
    );
    expect(refusal([...ones, 0x01], (reader) => reader.readDelimitedEnd())).toBe(
      `${prefix}length 18446744073709551615 exceeds the 0 bytes that follow`,
    );
    expect(refusal([0xff, 0xff, 0xff, 0xff, 0x1f], (reader) => reader.readTag())).toBe(
      `${prefix}field number is too large`,
    );
  });
});
