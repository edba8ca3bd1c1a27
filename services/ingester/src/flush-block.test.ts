import { describe, expect, it } from '@jest/globals';
import { MemoryObjectStore } from '@tempo-ts/object-store';
import { FaultyObjectStore } from '@tempo-ts/object-store/testing';
import type { TenantId } from '@tempo-ts/ports';
import { VirtualClock } from '@tempo-ts/runtime/testing';
import { flushBlock } from './flush-block.ts';

const BLOCK = { tenant: 't' as TenantId, blockId: '00000000-0000-4000-8000-000000000001' };
const PREFIX = `t/${BLOCK.blockId}/`;
const SIGNAL = new AbortController().signal;

/** A local block whose data takes several parts. */
async function localBlock() {
  const store = new MemoryObjectStore({ clock: new VirtualClock() });
  const data = Uint8Array.from({ length: 9 * 1024 * 1024 }, (_, i) => i % 251);
  await store.put(`${PREFIX}data.parquet`, data);
  for (const name of ['bloom-0', 'index', 'meta.json', 'wal-segments.json', 'flushed'])
    await store.put(`${PREFIX}${name}`, Buffer.from(name));
  return { store, data };
}

async function namesIn(store: MemoryObjectStore): Promise<string[]> {
  return (await store.list('')).objects.map(({ key }) => key.slice(PREFIX.length));
}

describe('flushBlock', () => {
  it('copies every object of the block, and nothing that is ours alone', async () => {
    const { store, data } = await localBlock();
    const target = new MemoryObjectStore({ clock: new VirtualClock() });
    const byteLength = await flushBlock(BLOCK, store, target, SIGNAL);
    expect(await namesIn(target)).toEqual(['bloom-0', 'data.parquet', 'index', 'meta.json']);
    expect(Buffer.compare(await target.get(`${PREFIX}data.parquet`), data)).toBe(0);
    expect(byteLength).toBe(data.length + 'bloom-0'.length + 'index'.length + 'meta.json'.length);
  });

  it('failing at any request it leaves no block that could be seen incomplete, and can be repeated', async () => {
    const { store } = await localBlock();
    for (const moment of ['before', 'after'] as const) {
      for (let failAt = 1; ; failAt += 1) {
        const target = new MemoryObjectStore({ clock: new VirtualClock() });
        const faulty = new FaultyObjectStore(target, { failAt, moment });
        const hasFailed = await flushBlock(BLOCK, store, faulty, SIGNAL).then(
          () => false,
          () => true,
        );
        const names = await namesIn(target);
        if (names.includes('meta.json')) expect(names).toHaveLength(4);
        if (!hasFailed) break;
        await flushBlock(BLOCK, store, target, SIGNAL);
        expect(await namesIn(target)).toHaveLength(4);
      }
    }
  });

  it('stops when it is aborted', async () => {
    const { store } = await localBlock();
    const target = new MemoryObjectStore({ clock: new VirtualClock() });
    await expect(
      flushBlock(BLOCK, store, target, AbortSignal.abort(new Error('stop'))),
    ).rejects.toThrow('stop');
    expect(await namesIn(target)).toEqual([]);
  });
});
