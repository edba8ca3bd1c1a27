import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { seededRandom } from '@tempo-ts/runtime/testing';
import { RECORD_HEADER_BYTES } from './record.ts';
import { keepDamagedSegment } from './replay.ts';
import { SEGMENT_HEADER_BYTES, segmentFileName, segmentSequences } from './segment.ts';
import { MemoryWalFileSystem, readWholeLog, tornAt, withFlippedByte } from './testing/index.ts';
import { WalWriter } from './wal-writer.ts';

const DIRECTORY = 'wal/tenant';
const PATH = `${DIRECTORY}/${segmentFileName(1)}`;

/** The bytes of a segment that holds `payloads`. */
async function segmentOf(payloads: readonly Uint8Array[]): Promise<Uint8Array> {
  const fileSystem = new MemoryWalFileSystem();
  const writer = new WalWriter({
    directory: DIRECTORY,
    firstSequence: 1,
    fileSystem,
    random: seededRandom(7),
  });
  await Promise.all(payloads.map((payload, i) => writer.append(i % 256, payload)));
  await writer.close();
  return fileSystem.contentOf(PATH);
}

async function replayed(segment: Uint8Array) {
  const fileSystem = new MemoryWalFileSystem();
  fileSystem.putFile(PATH, segment);
  const { records, reports } = await readWholeLog(fileSystem, DIRECTORY);
  return {
    payloads: records.map((record) => Array.from(record.payload)),
    report: reports[0]!,
    fileLength: fileSystem.contentOf(PATH).length,
  };
}

const arbitraryPayloads = fc.array(fc.uint8Array({ maxLength: 40 }), {
  minLength: 1,
  maxLength: 5,
});

/** Where each record ends. */
function recordEnds(payloads: readonly Uint8Array[]): number[] {
  let end = SEGMENT_HEADER_BYTES;
  return payloads.map((payload) => (end += RECORD_HEADER_BYTES + payload.length));
}

describe('replaySegment', () => {
  it('gives back what was appended, in order, with its type', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryPayloads, async (payloads) => {
        const fileSystem = new MemoryWalFileSystem();
        fileSystem.putFile(PATH, await segmentOf(payloads));
        const { records, reports } = await readWholeLog(fileSystem, DIRECTORY);
        expect(records).toEqual(
          payloads.map((payload, i) => ({ type: i, payload: new Uint8Array(payload) })),
        );
        expect(reports).toEqual([
          {
            records: payloads.length,
            payloadBytes: payloads.reduce((sum, payload) => sum + payload.length, 0),
            damagedRanges: 0,
            damagedBytes: 0,
            tornTailBytes: 0,
          },
        ]);
      }),
      { numRuns: 50 },
    );
  });

  it('a log cut off anywhere gives exactly the records whose bytes are complete, and no damage', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryPayloads, async (payloads) => {
        const segment = await segmentOf(payloads);
        const ends = recordEnds(payloads);
        for (let length = 0; length <= segment.length; length += 1) {
          const complete = ends.filter((end) => end <= length).length;
          const found = await replayed(tornAt(segment, length));
          expect(found.payloads).toEqual(payloads.slice(0, complete).map((p) => Array.from(p)));
          expect(found.report.damagedRanges).toBe(0);
          const intact = complete > 0 ? ends[complete - 1]! : SEGMENT_HEADER_BYTES;
          expect(found.fileLength).toBe(length < SEGMENT_HEADER_BYTES ? 0 : intact);
        }
      }),
      { numRuns: 15 },
    );
  });

  it('a single damaged byte loses at most the record it lies in, and is counted', async () => {
    await fc.assert(
      fc.asyncProperty(
        arbitraryPayloads,
        fc.integer({ min: 1, max: 255 }),
        async (payloads, mask) => {
          const segment = await segmentOf(payloads);
          const ends = recordEnds(payloads);
          for (let offset = 0; offset < segment.length; offset += 1) {
            const found = await replayed(withFlippedByte(segment, offset, mask));
            const hit = ends.findIndex((end) => offset < end);
            const expected = payloads.filter((_, i) => offset < SEGMENT_HEADER_BYTES || i !== hit);
            expect(found.payloads).toEqual(expected.map((payload) => Array.from(payload)));
            expect(found.report.damagedRanges).toBe(offset < SEGMENT_HEADER_BYTES ? 0 : 1);
          }
        },
      ),
      { numRuns: 15 },
    );
  });

  it('a payload that looks like records never passes for records, even behind damage', async () => {
    // A log of another salt: a sender cannot know ours.
    const forged = await segmentOf([Uint8Array.of(1, 2, 3)]);
    const fileSystem = new MemoryWalFileSystem();
    const writer = new WalWriter({
      directory: DIRECTORY,
      firstSequence: 1,
      fileSystem,
      random: seededRandom(8),
    });
    await writer.append(0, forged);
    await writer.append(0, Uint8Array.of(9));
    await writer.close();
    const found = await replayed(
      withFlippedByte(fileSystem.contentOf(PATH), SEGMENT_HEADER_BYTES, 1),
    );
    expect(found.payloads).toEqual([[9]]);
  });

  it('finds its way through damage longer than the read window', async () => {
    const filler = new Uint8Array(3 * 1024 * 1024 + 17).fill(0xf5);
    const segment = await segmentOf([filler, Uint8Array.of(1), filler, Uint8Array.of(2)]);
    const found = await replayed(withFlippedByte(segment, SEGMENT_HEADER_BYTES + 9, 4));
    expect(found.payloads.map((payload) => payload.length)).toEqual([1, filler.length, 1]);
    expect(found.report).toMatchObject({
      damagedRanges: 1,
      damagedBytes: filler.length + RECORD_HEADER_BYTES,
    });
  });

  it('a damaged segment is kept under a name that deleting the segment does not touch', async () => {
    const fileSystem = new MemoryWalFileSystem();
    fileSystem.putFile(PATH, await segmentOf([Uint8Array.of(1)]));
    const kept = await keepDamagedSegment({ fileSystem, directory: DIRECTORY, sequence: 1 });
    await fileSystem.remove(PATH);
    expect(await fileSystem.list(DIRECTORY)).toEqual([`${segmentFileName(1)}.damaged`]);
    expect(kept).toBe(`${PATH}.damaged`);
    expect(segmentSequences(await fileSystem.list(DIRECTORY))).toEqual([]);
  });

  it('zeros at the end are a torn tail', async () => {
    const segment = await segmentOf([Uint8Array.of(1)]);
    const longer = new Uint8Array(segment.length + 5_000);
    longer.set(segment);
    const found = await replayed(longer);
    expect(found.payloads).toEqual([[1]]);
    expect(found.report).toMatchObject({ tornTailBytes: 5_000, damagedRanges: 0 });
    expect(found.fileLength).toBe(segment.length);
  });
});
