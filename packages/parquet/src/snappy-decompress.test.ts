import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { CorruptParquetError } from './errors.ts';
import { snappyDecompress } from './snappy-decompress.ts';
import { varint } from './testing/encode-values.ts';

/** An element of a compressed block. */
type Element =
  | { readonly kind: 'literal'; readonly bytes: readonly number[] }
  | {
      readonly kind: 'copy';
      readonly offset: number;
      readonly length: number;
      readonly form: 1 | 2 | 3;
    };

const arbitraryElements = fc.array(
  fc.oneof(
    fc.record({
      kind: fc.constant('literal' as const),
      bytes: fc.array(fc.nat({ max: 255 }), { minLength: 1, maxLength: 300 }),
    }),
    fc.record({
      kind: fc.constant('copy' as const),
      offset: fc.integer({ min: 1, max: 3000 }),
      length: fc.integer({ min: 1, max: 64 }),
      form: fc.constantFrom(1 as const, 2 as const, 3 as const),
    }),
  ) as fc.Arbitrary<Element>,
  { maxLength: 30 },
);

/** The bytes of a block, and what they stand for; copies from before the start are left out. */
function compress(elements: readonly Element[]): { block: Uint8Array; content: number[] } {
  const content: number[] = [];
  const body: number[] = [];
  for (const element of elements) {
    if (element.kind === 'literal') {
      const length = element.bytes.length - 1;
      if (length < 60) body.push(length << 2);
      else if (length < 256) body.push(60 << 2, length);
      else body.push(61 << 2, length & 0xff, length >> 8);
      body.push(...element.bytes);
      content.push(...element.bytes);
      continue;
    }
    const { offset, form } = element;
    if (offset > content.length) continue;
    const isShort = form === 1 && offset < 2048 && element.length >= 4 && element.length < 12;
    const tag = (element.length - 1) << 2;
    if (isShort) body.push(1 | ((element.length - 4) << 2) | ((offset >> 8) << 5), offset & 0xff);
    else if (form === 3) body.push(3 | tag, offset & 0xff, offset >> 8, 0, 0);
    else body.push(2 | tag, offset & 0xff, offset >> 8);
    for (let i = 0; i < element.length; i++) content.push(content[content.length - offset]!);
  }
  return { block: Uint8Array.from([...varint(BigInt(content.length)), ...body]), content };
}

describe('snappyDecompress', () => {
  it('any literals and copies, overlapping ones too, give their content', () => {
    fc.assert(
      fc.property(arbitraryElements, (elements) => {
        const { block, content } = compress(elements);
        if (content.length > block.length * 32) return;
        expect([...snappyDecompress(block, 0, block.length, content.length)]).toEqual(content);
      }),
    );
  });

  it('a changed or shortened block gives an error or other bytes, never a read outside', () => {
    fc.assert(
      fc.property(arbitraryElements, fc.nat(), fc.nat({ max: 255 }), (elements, at, byte) => {
        const { block, content } = compress(elements);
        const changed = block.slice();
        changed[at % block.length] = byte;
        for (const [bytes, end] of [
          [changed, changed.length],
          [block, at % block.length],
        ] as const) {
          try {
            expect(snappyDecompress(bytes, 0, end, content.length)).toHaveLength(content.length);
          } catch (error) {
            expect(error).toBeInstanceOf(CorruptParquetError);
          }
        }
      }),
    );
  });

  it('a length no block of this size can have is refused before memory is taken', () => {
    const block = Uint8Array.from([...varint(2n ** 31n), 0, 1]);
    expect(() => snappyDecompress(block, 0, block.length, 2 ** 31)).toThrow('cannot hold');
    expect(() => snappyDecompress(block, 0, block.length, 5)).toThrow('where 5 belong');
  });
});
