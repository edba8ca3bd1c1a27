import { describe, expect, it } from '@jest/globals';
import { VirtualClock } from '@tempo-ts/runtime/testing';
import { MemoryObjectStore } from './memory-object-store.ts';
import { FaultyObjectStore } from './testing/faulty-object-store.ts';
import { describeObjectStore } from './testing/object-store-contract.ts';

const createMemory = () => new MemoryObjectStore({ clock: new VirtualClock() });

describeObjectStore('MemoryObjectStore', async () => ({ store: createMemory() }));
describeObjectStore('FaultyObjectStore without a fault', async () => ({
  store: new FaultyObjectStore(createMemory(), { failAt: 0 }),
}));

describe('FaultyObjectStore', () => {
  it('fails the chosen request, before or after it took effect', async () => {
    for (const moment of ['before', 'after'] as const) {
      const memory = createMemory();
      const store = new FaultyObjectStore(memory, { failAt: 2, moment });
      await store.put('a', new Uint8Array(1));
      await expect(store.put('b', new Uint8Array(1))).rejects.toThrow(`injected ${moment}`);
      const kept = (await store.list('')).objects.map((object) => object.key);
      expect(kept).toEqual(moment === 'before' ? ['a'] : ['a', 'b']);
    }
  });
});

describe('MemoryObjectStore', () => {
  it('stamps objects with the time of writing and of moving', async () => {
    const clock = new VirtualClock(1000);
    const store = new MemoryObjectStore({ clock });
    await store.put('a', new Uint8Array(1));
    expect((await store.list('')).objects[0]?.modifiedUnixMs).toBe(1000);
    clock.advance(500);
    await store.move('a', 'b');
    expect((await store.list('')).objects[0]?.modifiedUnixMs).toBe(1500);
  });
});
