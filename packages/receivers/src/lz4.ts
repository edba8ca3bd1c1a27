/**
 * LZ4 frames (https://github.com/lz4/lz4, lz4_Frame_format.md and lz4_Block_format.md), as the
 * collector's exporters send them. Checksums are checked. Dictionaries are not: a sender that uses
 * one is refused.
 */
import { ByteOutput } from './byte-output.ts';
import { xxHash32 } from './xx-hash32.ts';

const FRAME_MAGIC = 0x184d2204;
const SKIPPABLE_MAGIC = 0x184d2a50;
const UNCOMPRESSED_BIT = 0x80000000;
const MIN_MATCH = 4;
/** How far back a match of a linked block may reach. */
const WINDOW_BYTES = 64 * 1024;

/** The plain bytes of one or more frames; throws when damaged or longer than `maxBytes`. */
export function lz4Decompress(frames: Uint8Array, maxBytes: number): Uint8Array {
  const output = new ByteOutput({ maxBytes });
  const reader = new FrameReader(frames);
  while (!reader.isAtEnd) {
    const magic = reader.uint32();
    if (magic === FRAME_MAGIC) appendFrame(reader, output);
    else if ((magic & 0xfffffff0) >>> 0 === SKIPPABLE_MAGIC) reader.take(reader.uint32());
    else throw new RangeError('the frame does not begin with the magic number');
  }
  return output.finish();
}

interface FrameDescriptor {
  readonly areBlocksLinked: boolean;
  readonly hasBlockChecksums: boolean;
  readonly hasContentChecksum: boolean;
  readonly maxBlockBytes: number;
  /** Undefined when the frame does not say. */
  readonly contentBytes: bigint | undefined;
}

function appendFrame(reader: FrameReader, output: ByteOutput): void {
  const frame = readDescriptor(reader);
  const frameStart = output.length;
  for (;;) {
    const size = reader.uint32();
    if (size === 0) break;
    const isPlain = (size & UNCOMPRESSED_BIT) !== 0;
    const block = reader.take(size & 0x7fffffff);
    if (frame.hasBlockChecksums) checkHash(reader.uint32(), block, 'block');
    const blockStart = output.length;
    if (isPlain) output.append(block, 0, block.length);
    else {
      const base = frame.areBlocksLinked
        ? Math.max(frameStart, blockStart - WINDOW_BYTES)
        : blockStart;
      appendBlock(block, output, base);
    }
    if (output.length - blockStart > frame.maxBlockBytes)
      throw new RangeError('a block is larger than its frame allows');
  }
  const contentBytes = output.length - frameStart;
  if (frame.contentBytes !== undefined && frame.contentBytes !== BigInt(contentBytes))
    throw new RangeError(`${contentBytes} bytes where ${frame.contentBytes} were announced`);
  if (frame.hasContentChecksum) checkHash(reader.uint32(), output.since(frameStart), 'content');
}

function readDescriptor(reader: FrameReader): FrameDescriptor {
  const start = reader.position;
  const [flags, blockDescriptor] = reader.take(2) as unknown as [number, number];
  if (flags >>> 6 !== 1) throw new RangeError(`frame version ${flags >>> 6} is not known`);
  const contentBytes = flags & 0x08 ? reader.uint64() : undefined;
  if (flags & 0x01) throw new RangeError('the frame needs a dictionary');
  const described = reader.between(start, reader.position);
  const [checksum] = reader.take(1);
  if (checksum !== ((xxHash32(described) >>> 8) & 0xff))
    throw new RangeError('the frame header has the wrong checksum');
  const sizeCode = (blockDescriptor >>> 4) & 7;
  if (sizeCode < 4) throw new RangeError(`block size code ${sizeCode} is not known`);
  return {
    areBlocksLinked: (flags & 0x20) === 0,
    hasBlockChecksums: (flags & 0x10) !== 0,
    hasContentChecksum: (flags & 0x04) !== 0,
    maxBlockBytes: 2 ** (8 + 2 * sizeCode),
    contentBytes,
  };
}

/** Sequences of literals and a match each; the last one has literals only. */
function appendBlock(block: Uint8Array, output: ByteOutput, base: number): void {
  const end = block.length;
  let position = 0;
  while (position < end) {
    const token = block[position]!;
    position += 1;
    let literals = token >>> 4;
    if (literals === 15) {
      let byte: number;
      do {
        byte = byteAt(block, position);
        position += 1;
        literals += byte;
      } while (byte === 255);
    }
    if (position + literals > end) throw new RangeError('literals are cut off');
    output.append(block, position, position + literals);
    position += literals;
    if (position === end) return;
    const distance = byteAt(block, position) | (byteAt(block, position + 1) << 8);
    position += 2;
    let length = token & 15;
    if (length === 15) {
      let byte: number;
      do {
        byte = byteAt(block, position);
        position += 1;
        length += byte;
      } while (byte === 255);
    }
    output.repeat(distance, length + MIN_MATCH, base);
  }
}

function byteAt(bytes: Uint8Array, position: number): number {
  const byte = bytes[position];
  if (byte === undefined) throw new RangeError('a block is cut off');
  return byte;
}

function checkHash(expected: number, bytes: Uint8Array, what: string): void {
  if (xxHash32(bytes) !== expected) throw new RangeError(`the ${what} has the wrong checksum`);
}

/** Reads the fields of frames; throws RangeError when they are cut off. */
class FrameReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  position = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get isAtEnd(): boolean {
    return this.position >= this.#bytes.length;
  }

  take(length: number): Uint8Array {
    const end = this.position + length;
    if (end > this.#bytes.length) throw new RangeError('the frame is cut off');
    const taken = this.#bytes.subarray(this.position, end);
    this.position = end;
    return taken;
  }

  uint32(): number {
    const { position } = this;
    this.take(4);
    return this.#view.getUint32(position, true);
  }

  uint64(): bigint {
    const { position } = this;
    this.take(8);
    return this.#view.getBigUint64(position, true);
  }

  between(start: number, end: number): Uint8Array {
    return this.#bytes.subarray(start, end);
  }
}
