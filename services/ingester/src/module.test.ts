import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from '@jest/globals';
import { MemoryObjectStore } from '@tempo-ts/object-store';
import { SINGLE_TENANT, type TenantId } from '@tempo-ts/ports';
import { startWorker, systemTimers } from '@tempo-ts/runtime';
import { VirtualClock } from '@tempo-ts/runtime/testing';
import { startTestHttpServer } from '@tempo-ts/server/testing';
import { systemWalFileSystem } from '@tempo-ts/wal';
import { FaultyWalFileSystem, systemError } from '@tempo-ts/wal/testing';
import { pieceOf } from './testing/trace-pieces.ts';
import { startHarness, until, withDirectory } from './testing/ingester-harness.ts';

const WAL = ['wal', SINGLE_TENANT] as const;

async function segmentsIn(directory: string): Promise<string[]> {
  return (await readdir(join(directory, ...WAL))).filter((name) => name.endsWith('.wal'));
}

describe('createIngester', () => {
  it('a span is found by id and by search as soon as it is acknowledged', () =>
    withDirectory(async (directory) => {
      const { module, push, find, search } = await startHarness(directory);
      for (let n = 1; n <= 50; n += 1) {
        expect(await push(n % 7, [n])).toBe('accepted');
        expect(await find(n % 7)).toContain(n);
        expect((await search(`{ name = "span ${n}" }`)).get(n % 7)).toBe(1);
      }
      await module.stop();
    }));

  it('a tenant sees its own spans only', () =>
    withDirectory(async (directory) => {
      const { module, push, find, search } = await startHarness(directory);
      await push(1, [1]);
      await push(2, [2], 'blocks' as TenantId);
      expect(await find(2)).toEqual([]);
      expect(await search()).toEqual(new Map([[1, 1]]));
      expect(await search('{ }', new Set(), 'blocks' as TenantId)).toEqual(new Map([[2, 1]]));
      await module.stop();
    }));

  it('what was acknowledged is there after a restart, none twice', () =>
    withDirectory(async (directory) => {
      const first = await startHarness(directory);
      for (let n = 1; n <= 40; n += 1) await first.push(n % 5, [n]);
      await first.push(1, [100], 'other' as TenantId);
      await first.module.stop();
      const second = await startHarness(directory);
      for (let n = 41; n <= 50; n += 1) await second.push(n % 5, [n]);
      expect(await second.search()).toEqual(new Map([0, 1, 2, 3, 4].map((trace) => [trace, 10])));
      expect(await second.find(1, new Set(), 'other' as TenantId)).toEqual([100]);
      expect(await second.find(3)).toEqual([3, 8, 13, 18, 23, 28, 33, 38, 43, 48]);
      await second.module.stop();
    }));

  it('flush makes a block of everything, uploads and announces it, and frees the log', () =>
    withDirectory(async (directory) => {
      const { module, push, search, find, announced, spansInBlock, metrics, plannedNow, store } =
        await startHarness(directory);
      for (let n = 1; n <= 30; n += 1) await push(n % 3, [n]);
      await module.flush();
      await until('the announcement', () => announced.length === 1);
      await until('the flushed marker', async () =>
        (
          await readdir(join(directory, 'wal', 'blocks', SINGLE_TENANT, announced[0]!.blockId))
        ).includes('flushed'),
      );
      const ten = new Map([0, 1, 2].map((trace) => [trace, 10]));
      expect(await spansInBlock(announced[0]!)).toEqual(ten);
      expect(announced[0]).toMatchObject({
        tenant: SINGLE_TENANT,
        traceCount: 3,
        startUnixMs: 1_790_000_001_000,
      });
      // The query reads the block itself, or it does not know of it yet.
      expect(await search('{ }', plannedNow())).toEqual(new Map());
      expect(await search()).toEqual(ten);
      expect(await find(1, plannedNow())).toEqual([]);
      expect(await find(1)).toHaveLength(10);
      expect(await segmentsIn(directory)).toEqual([]);
      const names = (await store.list(`${SINGLE_TENANT}/`)).objects.map(
        ({ key }) => key.split('/')[2],
      );
      expect(new Set(names)).toEqual(new Set(['bloom-0', 'data.parquet', 'index', 'meta.json']));
      expect(await metrics.value('tempo_ingester_blocks_flushed_total')).toBe(1);
      await module.stop();
    }));

  it('every query sees every span exactly once while heads become blocks', () =>
    withDirectory(async (directory) => {
      const { module, push, search, plannedNow, spansInBlock, announced } =
        await startHarness(directory);
      const inBlocks = new Map<string, Map<number, number>>();
      const acknowledged: number[] = [];
      const state = { isPushing: true };
      const pushing = (async () => {
        for (let n = 1; n <= 600 || announced.length < 3; n += 1) {
          await push(n, [1, 2]);
          acknowledged.push(n);
          if (n % 100 === 0) await module.flush();
        }
        state.isPushing = false;
      })();
      while (state.isPushing) {
        const atLeast = acknowledged.slice();
        const planned = plannedNow();
        const counts = await search('{ }', planned);
        for (const ref of announced) {
          if (!planned.has(ref.blockId)) continue;
          if (!inBlocks.has(ref.blockId)) inBlocks.set(ref.blockId, await spansInBlock(ref));
          for (const [trace, count] of inBlocks.get(ref.blockId)!)
            counts.set(trace, (counts.get(trace) ?? 0) + count);
        }
        expect(atLeast.filter((trace) => !counts.has(trace))).toEqual([]);
        expect([...counts].filter(([, count]) => count !== 2)).toEqual([]);
      }
      await pushing;
      await module.stop();
    }));

  it('a trace in several heads and blocks is found whole by id at every moment', () =>
    withDirectory(async (directory) => {
      const { module, push, find } = await startHarness(directory);
      const sent: number[] = [];
      for (let n = 1; n <= 60; n += 1) {
        await push(1, [n]);
        sent.push(n);
        if (n % 15 === 0) await module.flush();
        expect(await find(1)).toEqual(sent);
      }
      await module.stop();
    }));

  it('sweeps end idle traces, cut heads by age and carry live traces on', () =>
    withDirectory(async (directory) => {
      const { module, push, find, clock, announced, spansInBlock, metrics, plannedNow } =
        await startHarness(directory);
      await push(1, [1]);
      const liveTraces = () => metrics.value('tempo_ingester_live_traces');
      clock.advance(10_000);
      await until(
        'the end of the life',
        async () => (await metrics.value('tempo_ingester_traces_created_total')) === 1,
      );
      expect(await liveTraces()).toBe(0);
      clock.advance(30 * 60_000 - 10_000 - 1_000);
      await push(2, [2]);
      clock.advance(1_000);
      await until('the announcement', () => announced.length === 1);
      expect(await spansInBlock(announced[0]!)).toEqual(new Map([[1, 1]]));
      expect(await find(2, plannedNow())).toEqual([2]);
      expect(await find(1, plannedNow())).toEqual([]);
      await module.stop();
      // The rows that were carried on are in the log.
      const again = await startHarness(directory);
      expect(await again.find(2, plannedNow())).toEqual([2]);
      await again.module.stop();
    }));

  it('cuts a head by size', () =>
    withDirectory(async (directory) => {
      const { module, push, clock, announced } = await startHarness(directory, {
        config: { maxBlockBytes: 1_000 },
      });
      for (let n = 1; n <= 20; n += 1) await push(n, [n]);
      clock.advance(10_000);
      await until('the announcement', () => announced.length === 1);
      await module.stop();
    }));

  it('keeps the local copy for complete_block_timeout, then clears it', () =>
    withDirectory(async (directory) => {
      const { module, push, clock, announced, metrics, find } = await startHarness(directory);
      await push(1, [1]);
      await module.flush();
      await until(
        'the upload',
        async () => (await metrics.value('tempo_ingester_blocks_flushed_total')) === 1,
      );
      expect(announced).toHaveLength(1);
      clock.advance(14 * 60_000);
      expect(await find(1)).toEqual([1]);
      clock.advance(60_000 + 10_000);
      await until(
        'the clearing',
        async () => (await metrics.value('tempo_ingester_blocks_cleared_total')) === 1,
      );
      expect(await find(1)).toEqual([]);
      await module.stop();
    }));

  it('uploads a block after a restart when it could not before', () =>
    withDirectory(async (directory) => {
      const broken = new MemoryObjectStore({ clock: new VirtualClock() });
      broken.put = () => Promise.reject(new Error('store is down'));
      const first = await startHarness(directory, { store: broken });
      await first.push(1, [1]);
      await first.module.flush();
      await until(
        'a failure',
        async () => (await first.metrics.value('tempo_ingester_failed_flushes_total')) >= 1,
      );
      expect(await first.find(1)).toEqual([1]);
      expect(first.announced).toEqual([]);
      await first.module.stop();
      const second = await startHarness(directory);
      await until('the announcement', () => second.announced.length === 1);
      expect(await second.spansInBlock(second.announced[0]!)).toEqual(new Map([[1, 1]]));
      await second.module.stop();
    }));

  it('a block that covers log segments makes them superfluous; what is half written is removed', () =>
    withDirectory(async (directory) => {
      const first = await startHarness(directory);
      await first.push(1, [1]);
      await first.module.stop();
      const [segment] = await segmentsIn(directory);
      const bytes = await readFile(join(directory, ...WAL, segment!));
      const second = await startHarness(directory);
      await second.module.flush();
      await until('the announcement', () => second.announced.length === 1);
      await second.module.stop();
      // As if the process had been killed before it deleted the segment, while it wrote another block.
      await writeFile(join(directory, ...WAL, segment!), bytes);
      const blocks = join(directory, 'wal', 'blocks', SINGLE_TENANT);
      const [blockId] = await readdir(blocks);
      const third = await startHarness(directory);
      expect(await segmentsIn(directory)).toEqual([]);
      expect(await third.find(1, new Set([blockId!]))).toEqual([]);
      expect(await third.find(1)).toEqual([1]);
      await third.push(1, [2]);
      // Numbers of segments are never used again while a block names them.
      expect((await segmentsIn(directory))[0]! > segment!).toBe(true);
      await third.module.stop();
    }));

  it('a damaged log loses the damaged record alone, counts it, and keeps a copy', () =>
    withDirectory(async (directory) => {
      const first = await startHarness(directory);
      for (let n = 1; n <= 9; n += 1) await first.push(n, [n]);
      await first.module.stop();
      const [segment] = await segmentsIn(directory);
      const path = join(directory, ...WAL, segment!);
      const bytes = await readFile(path);
      bytes[Math.floor(bytes.length / 2)]! ^= 0xff;
      await writeFile(path, bytes);
      const second = await startHarness(directory);
      const found = await second.search();
      expect(found.size).toBe(8);
      expect(await second.metrics.value('tempo_ingester_replay_errors_total')).toBe(1);
      expect(await readdir(join(directory, ...WAL))).toContain(`${segment}.damaged`);
      await second.module.stop();
    }));

  it('a full disk refuses pushes as retryable, counts nothing of them, and loses nothing', () =>
    withDirectory(async (directory) => {
      const walFileSystem = new FaultyWalFileSystem(systemWalFileSystem);
      const { module, push, find } = await startHarness(directory, {
        walFileSystem,
        limits: { maxTracesPerUser: 2 },
      });
      await push(1, [1]);
      walFileSystem.failWith((call) => (call === 'write' ? systemError('ENOSPC') : undefined));
      for (let n = 0; n < 5; n += 1)
        await expect(push(2, [2])).rejects.toMatchObject({
          name: 'IngestError',
          code: 'unavailable',
          message: expect.stringContaining('no space left for the write-ahead log'),
        });
      expect(await find(2)).toEqual([]);
      walFileSystem.failWith(() => undefined);
      expect(await push(2, [2])).toBe('accepted');
      expect(await find(2)).toEqual([2]);
      expect(await find(1)).toEqual([1]);
      await module.stop();
    }));

  it('says per piece what the limits refuse', () =>
    withDirectory(async (directory) => {
      const size = pieceOf(1, [1]).byteLength;
      const { module, metrics } = await startHarness(directory, {
        limits: { maxTracesPerUser: 2, maxBytesPerTrace: size * 2 },
      });
      const pieces = [1, 2, 3, 1, 1].map((trace) => pieceOf(trace, [1]));
      expect(await module.pusher.push({ tenant: SINGLE_TENANT, pieces })).toEqual([
        'accepted',
        'accepted',
        'live_traces_exceeded',
        'accepted',
        'trace_too_large',
      ]);
      expect(
        await metrics.value('tempo_ingester_bytes_received_total', { data_type: 'trace' }),
      ).toBe(3 * size);
      await module.stop();
    }));

  it('refuses pushes as retryable while too many bytes are in memory, and makes room by itself', () =>
    withDirectory(async (directory) => {
      const size = pieceOf(1, [1]).byteLength;
      const { module, push, clock, announced } = await startHarness(directory, {
        bounds: { maxRecentBytes: size * 10 },
      });
      const outcomes: unknown[] = [];
      for (let n = 1; n <= 12; n += 1)
        outcomes.push(await push(n, [n]).catch((error: unknown) => (error as Error).message));
      expect(outcomes.at(-1)).toMatch(/^\d+ bytes of recent spans exceed maxRecentBytes \d+$/);
      // Traces that are still live stay in memory: the next sweep finds them idle.
      clock.advance(10_000);
      await until('the announcement', () => announced.length === 1);
      expect(await push(13, [13])).toBe('accepted');
      await module.stop();
    }));

  it('refuses pushes as retryable when it stops', () =>
    withDirectory(async (directory) => {
      const { module, push } = await startHarness(directory);
      const pending = [1, 2, 3].map((n) => push(n, [n]));
      await module.stop();
      await expect(push(4, [4])).rejects.toMatchObject({ code: 'unavailable' });
      // Each of the others was stored or refused as retryable.
      for (const result of await Promise.allSettled(pending))
        if (result.status === 'rejected')
          expect(result.reason).toMatchObject({ code: 'unavailable' });
        else expect(result.value).toBe('accepted');
    }));

  it('flush_all_on_shutdown leaves nothing in the log', () =>
    withDirectory(async (directory) => {
      const { module, push, announced, spansInBlock } = await startHarness(directory, {
        config: { flushAllOnShutdown: true },
      });
      await push(1, [1]);
      await push(2, [2]);
      await module.stop();
      expect(announced).toHaveLength(1);
      expect(await spansInBlock(announced[0]!)).toEqual(
        new Map([
          [1, 1],
          [2, 1],
        ]),
      );
      expect(await segmentsIn(directory)).toEqual([]);
    }));

  it('a head worker that ends is replaced, and everything is rebuilt from the log', () =>
    withDirectory(async (directory) => {
      const workers: Worker[] = [];
      const { module, push, find, search, announced, plannedNow, spansInBlock } =
        await startHarness(directory, {
          startHeadWorker: (workerData) => {
            const url = import.meta.url;
            const worker = startWorker('head-worker', { parentUrl: url, workerData });
            workers.push(worker);
            return worker;
          },
        });
      const acknowledged: number[] = [];
      const refused: unknown[] = [];
      for (let n = 1; n <= 300; n += 1) {
        await push(n, [n]).then(
          () => acknowledged.push(n),
          (error: unknown) => refused.push((error as { code?: unknown }).code),
        );
        if (n === 50) await module.flush();
        if (n === 60 || n === 200) void workers.at(-1)!.terminate();
        if (n % 20 === 0) await systemTimers.sleep(5);
      }
      expect(workers).toHaveLength(3);
      expect(refused.filter((code) => code !== 'unavailable')).toEqual([]);
      await until('the answer', async () => (await search().catch(() => undefined)) !== undefined);
      const counts = await search('{ }', plannedNow());
      for (const ref of announced)
        for (const [trace, count] of await spansInBlock(ref))
          counts.set(trace, (counts.get(trace) ?? 0) + count);
      expect(acknowledged.filter((n) => !counts.has(n))).toEqual([]);
      expect([...counts].filter(([, count]) => count !== 1)).toEqual([]);
      expect(await find(acknowledged[100]!)).toEqual([acknowledged[100]]);
      await module.stop();
    }));

  it('gives up with a reason when the head worker ends again and again', () =>
    withDirectory(async (directory) => {
      const { module, push } = await startHarness(directory, {
        startHeadWorker: () => new Worker('process.exit(1)', { eval: true }),
      });
      await until('the reason', () => module.notReadyReason?.() !== undefined);
      expect(module.notReadyReason?.()).toMatch(
        /^Ingester not ready: the head worker ended \d+ times in a row: head worker ended$/,
      );
      await expect(push(1, [1])).rejects.toMatchObject({ code: 'unavailable' });
    }));

  it('answers /flush, /shutdown and readiness', () =>
    withDirectory(async (directory) => {
      const { module, push, announced } = await startHarness(directory);
      const http = await startTestHttpServer((router) => module.routes?.(router));
      const ask = async (path: string) => {
        const response = await fetch(`${http.url}${path}`, { method: 'POST' });
        return [response.status, await response.text()];
      };
      try {
        expect(module.notReadyReason?.()).toBeUndefined();
        await push(1, [1]);
        expect(await ask('/flush?tenant=nobody')).toEqual([404, 'tenant not found']);
        expect(await ask(`/flush?tenant=${SINGLE_TENANT}`)).toEqual([204, '']);
        await until('the announcement', () => announced.length === 1);
        await push(2, [2]);
        expect(await ask('/shutdown')).toEqual([200, 'shutdown job acknowledged']);
        await until('the second announcement', () => announced.length === 2);
        await expect(push(3, [3])).rejects.toMatchObject({ code: 'unavailable' });
        expect(module.notReadyReason?.()).toBe('Ingester not ready: not started or stopping');
      } finally {
        await http.close();
      }
    }));
});
