import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { seededRandom } from '@tempo-ts/runtime/testing';
import { systemWalFileSystem, type WalFileSystem } from './wal-file-system.ts';
import { segmentFileName } from './segment.ts';
import {
  FaultyWalFileSystem,
  MemoryWalFileSystem,
  readWholeLog,
  systemError,
} from './testing/index.ts';
import { WalWriter, type WalLimits } from './wal-writer.ts';

const DIRECTORY = 'wal/tenant';

function writerOn(fileSystem: WalFileSystem, limits: Partial<WalLimits> = {}, firstSequence = 1) {
  return new WalWriter({
    directory: DIRECTORY,
    firstSequence,
    fileSystem,
    random: seededRandom(1),
    limits,
  });
}

async function payloadsOf(fileSystem: WalFileSystem): Promise<number[][]> {
  const { records } = await readWholeLog(fileSystem, DIRECTORY);
  return records.map((record) => Array.from(record.payload));
}

describe('WalWriter', () => {
  it('what was acknowledged survives a power cut at any moment', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ minLength: 1, maxLength: 50 }), { minLength: 1, maxLength: 20 }),
        fc.nat(12),
        fc.double({ min: 0, max: 1, noNaN: true }),
        async (payloads, cutAfterTurns, unsyncedPart) => {
          const fileSystem = new MemoryWalFileSystem();
          const writer = writerOn(fileSystem, { maxBatchBytes: 100 });
          const acknowledged: number[][] = [];
          for (const payload of payloads)
            void writer.append(0, payload).then(() => acknowledged.push(Array.from(payload)));
          for (let turn = 0; turn < cutAfterTurns; turn += 1) await Promise.resolve();
          const before = acknowledged.slice();
          fileSystem.powerCut(unsyncedPart);
          const found = await payloadsOf(fileSystem);
          expect(found.slice(0, before.length)).toEqual(before);
          // Nothing but a prefix of what was sent is there.
          expect(found).toEqual(payloads.slice(0, found.length).map((p) => Array.from(p)));
        },
      ),
      { numRuns: 200 },
    );
  });

  it('appends that come at the same moment share one sync', async () => {
    const fileSystem = new MemoryWalFileSystem();
    const writer = writerOn(fileSystem);
    await Promise.all(Array.from({ length: 100 }, (_, i) => writer.append(0, Uint8Array.of(i))));
    expect(fileSystem.syncCount).toBe(1);
  });

  it('onDurable is called in the order of the log, and before a later rotation', async () => {
    const fileSystem = new MemoryWalFileSystem();
    const writer = writerOn(fileSystem, { maxBatchBytes: 3 });
    const events: string[] = [];
    const all: Promise<unknown>[] = [];
    for (let i = 0; i < 10; i += 1) {
      all.push(writer.append(0, Uint8Array.of(i), () => events.push(`record ${i}`)));
      if (i % 4 === 3) all.push(writer.rotate((closed) => events.push(`rotated ${closed.join()}`)));
    }
    await Promise.all(all);
    expect(events).toEqual([
      'record 0',
      'record 1',
      'record 2',
      'record 3',
      'rotated 1',
      'record 4',
      'record 5',
      'record 6',
      'record 7',
      'rotated 2',
      'record 8',
      'record 9',
    ]);
    expect(await payloadsOf(fileSystem)).toEqual(Array.from({ length: 10 }, (_, i) => [i]));
  });

  it('an append made from the continuation of another one is not forgotten', async () => {
    const writer = writerOn(new MemoryWalFileSystem());
    for (let i = 0; i < 50; i += 1) await writer.append(0, Uint8Array.of(i));
    await writer.close();
  });

  it('rotating an empty log closes nothing', async () => {
    expect(await writerOn(new MemoryWalFileSystem()).rotate()).toEqual([]);
  });

  it('deletes closed segments', async () => {
    const fileSystem = new MemoryWalFileSystem();
    const writer = writerOn(fileSystem);
    await writer.append(0, Uint8Array.of(1));
    const closed = await writer.rotate();
    await writer.append(0, Uint8Array.of(2));
    await writer.deleteSegments(closed);
    fileSystem.powerCut();
    expect(await fileSystem.list(DIRECTORY)).toEqual([segmentFileName(2)]);
  });

  it('a fault at any call fails the pushes it hits and loses no acknowledged one', async () => {
    for (let failing = 0; failing < 12; failing += 1) {
      for (const code of ['ENOSPC', 'EIO']) {
        const disk = new MemoryWalFileSystem();
        const fileSystem = new FaultyWalFileSystem(disk);
        fileSystem.failWith((_, number) => (number === failing ? systemError(code) : undefined));
        const writer = writerOn(fileSystem);
        const acknowledged: number[][] = [];
        const errors: unknown[] = [];
        for (let i = 0; i < 4; i += 1)
          await writer.append(0, Uint8Array.of(i)).then(
            () => acknowledged.push([i]),
            (error: unknown) => errors.push((error as { code?: unknown }).code),
          );
        expect(errors).toEqual(errors.length === 0 ? [] : [code === 'ENOSPC' ? 'disk_full' : 'io']);
        disk.powerCut();
        expect(await payloadsOf(disk)).toEqual(acknowledged);
      }
    }
  });

  it('a poisoned segment is among the closed ones', async () => {
    const fileSystem = new FaultyWalFileSystem(new MemoryWalFileSystem());
    const writer = writerOn(fileSystem);
    await writer.append(0, Uint8Array.of(1));
    fileSystem.failWith((call, number) =>
      call === 'sync' && number < 3 ? systemError('EIO') : undefined,
    );
    await expect(writer.append(0, Uint8Array.of(2))).rejects.toMatchObject({ code: 'io' });
    await writer.append(0, Uint8Array.of(3));
    expect(await writer.rotate()).toEqual([1, 2]);
  });

  it('a full disk is named, with what to do', async () => {
    const fileSystem = new FaultyWalFileSystem(new MemoryWalFileSystem());
    fileSystem.failWith((call) => (call === 'write' ? systemError('ENOSPC') : undefined));
    const writer = writerOn(fileSystem);
    await expect(writer.append(0, Uint8Array.of(2))).rejects.toMatchObject({
      code: 'disk_full',
      message:
        'no space left for the write-ahead log: segment 1 in wal/tenant: ENOSPC: injected; free space below storage.trace.wal.path',
    });
    // Nothing is left behind, however often it is tried.
    expect(await fileSystem.list(DIRECTORY)).toEqual([]);
  });

  it('refuses what it cannot hold', async () => {
    const writer = writerOn(new MemoryWalFileSystem(), { maxRecordBytes: 30, maxWaitingBytes: 15 });
    await expect(writer.append(0, new Uint8Array(11))).rejects.toMatchObject({
      code: 'record_too_large',
      message: 'record of 11 bytes exceeds the largest record of the write-ahead log, 30 bytes',
    });
    const first = writer.append(0, new Uint8Array(10));
    await expect(writer.append(0, new Uint8Array(6))).rejects.toMatchObject({ code: 'overloaded' });
    await first;
    await writer.append(0, new Uint8Array(6));
    await writer.close();
    await expect(writer.append(0, new Uint8Array(1))).rejects.toMatchObject({ code: 'closed' });
  });

  it('close finishes what was appended', async () => {
    const fileSystem = new MemoryWalFileSystem();
    const writer = writerOn(fileSystem);
    const pending = writer.append(0, Uint8Array.of(1));
    await writer.close();
    await pending;
    expect(await payloadsOf(fileSystem)).toEqual([[1]]);
  });

  it('works on a real disk', async () => {
    const root = await mkdtemp(join(tmpdir(), 'wal-'));
    try {
      const directory = join(root, 'a', 'b');
      const writer = new WalWriter({
        directory,
        firstSequence: 5,
        fileSystem: systemWalFileSystem,
        random: seededRandom(3),
      });
      const payloads = Array.from({ length: 400 }, (_, i) => new Uint8Array(i).fill(i));
      await Promise.all(payloads.map((payload) => writer.append(1, payload)));
      const closed = await writer.rotate();
      await writer.append(2, Uint8Array.of(1));
      expect(closed).toEqual([5]);
      const { records } = await readWholeLog(systemWalFileSystem, directory);
      expect(records.map((record) => record.payload.length)).toEqual([
        ...payloads.map((payload) => payload.length),
        1,
      ]);
      await writer.deleteSegments(closed);
      expect(await readdir(directory)).toEqual([segmentFileName(6)]);
      await writer.close();
    } finally {
      await rm(root, { recursive: true });
    }
  });
});
