import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { BlockCache, decodeBlockMeta, findTraceById, openBlock, toBlockRef } from '@tempo-ts/block';
import { LocalObjectStore, type ObjectStore } from '@tempo-ts/object-store';
import { combineTraces } from '@tempo-ts/otlp';
import type { BlockRef } from '@tempo-ts/ports';
import { systemClock, systemRandom, systemTimers } from '@tempo-ts/runtime';
import { spansIn, startHarness, withDirectory } from './testing/ingester-harness.ts';
import { FIRST_OWN_TRACE, LONG_TRACES } from './testing/load.ts';
import { traceIdOf } from './testing/trace-pieces.ts';

const ROUNDS = 5;

/** Runs the load, and kills it so long after the first acknowledgement. */
async function loadAndKill(directory: string, first: number, lifeMs: number): Promise<number[]> {
  const child = spawn(
    process.execPath,
    [
      '--conditions=@tempo-ts/source',
      '--disable-warning=ExperimentalWarning',
      join(import.meta.dirname, 'testing', 'load-main.ts'),
      directory,
      String(first),
    ],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  const acknowledged: number[] = [];
  let text = '';
  child.stdout.setEncoding('utf8');
  for await (const part of child.stdout) {
    const lines = (text + String(part)).split('\n');
    text = lines.pop() ?? '';
    if (acknowledged.length === 0 && lines.length > 0)
      systemTimers.after(lifeMs, () => child.kill('SIGKILL'));
    acknowledged.push(...lines.map(Number));
  }
  return acknowledged;
}

async function storedBlocks(store: ObjectStore): Promise<BlockRef[]> {
  const { objects } = await store.list('');
  const metas = objects.filter(({ key }) => key.endsWith('/meta.json'));
  return Promise.all(
    metas.map(async ({ key }) => toBlockRef(decodeBlockMeta(await store.get(key)))),
  );
}

describe('an ingester that is killed at any moment', () => {
  it(
    'keeps every acknowledged span, and none twice',
    () =>
      withDirectory(async (directory) => {
        const acknowledged: number[] = [];
        for (let round = 0; round < ROUNDS; round += 1) {
          // The first block takes a second: workers start, and compile their code.
          const lifeMs = 1_200 + systemRandom.next() * 2_000;
          // Pushes that were not acknowledged may be there too; their numbers are not used again.
          acknowledged.push(...(await loadAndKill(directory, round * 100_000 + 1, lifeMs)));
        }
        const store = await LocalObjectStore.open({
          path: join(directory, 'store'),
          clock: systemClock,
          random: systemRandom,
        });
        const { search, find, spansInBlock, module } = await startHarness(directory, { store });
        const blocks = await storedBlocks(store);
        const planned = new Set(blocks.map(({ blockId }) => blockId));
        const counts = await search('{ }', planned);
        for (const block of blocks)
          for (const [trace, count] of await spansInBlock(block))
            counts.set(trace, (counts.get(trace) ?? 0) + count);
        const own = [...counts].filter(([trace]) => trace >= FIRST_OWN_TRACE);
        expect(acknowledged.filter((n) => counts.get(FIRST_OWN_TRACE + n) !== 2)).toEqual([]);
        expect(own.filter(([, count]) => count !== 2)).toEqual([]);
        expect(blocks.length).toBeGreaterThan(0);

        const cache = new BlockCache({ capacityBytes: 1e8 });
        for (let trace = 0; trace < LONG_TRACES; trace += 1) {
          const parts: Uint8Array[] = [];
          for (const ref of blocks) {
            const block = await openBlock({ ref, store, cache });
            const found = await findTraceById(block, traceIdOf(trace));
            if (found.trace) parts.push(found.trace);
          }
          const stored = parts.length > 0 ? spansIn(combineTraces(parts)) : [];
          const all = new Set([...stored, ...(await find(trace, planned))]);
          const expected = acknowledged.filter((n) => n % LONG_TRACES === trace);
          expect(expected.filter((n) => !all.has(n))).toEqual([]);
        }
        await module.stop();
      }),
    120_000,
  );
});
