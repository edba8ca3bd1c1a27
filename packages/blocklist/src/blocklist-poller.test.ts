import { describe, expect, it } from '@jest/globals';
import { compactedMetaKey, metaKey } from '@tempo-ts/block';
import { MemoryObjectStore, type ObjectStore } from '@tempo-ts/object-store';
import { FaultyObjectStore } from '@tempo-ts/object-store/testing';
import { VirtualClock } from '@tempo-ts/runtime/testing';
import { createMetricsRegistry, silentLogger } from '@tempo-ts/telemetry';
import { Blocklist } from './blocklist.ts';
import { BlocklistPoller } from './blocklist-poller.ts';
import { createBlocklist } from './create-blocklist.ts';
import { decodeJsonIndex, decodeProtobufIndex } from './tenant-index.ts';
import { blockMetaOf, putMeta, TENANT } from './testing/block-meta-of.ts';

const CONFIG = {
  blocklist_poll: 300_000,
  blocklist_poll_concurrency: 2,
  blocklist_poll_tenant_concurrency: 0,
  blocklist_poll_fallback: true,
  blocklist_poll_stale_tenant_index: 0,
};
const NEVER = new AbortController().signal;

function setUp(options: { isBuilder?: boolean; config?: Partial<typeof CONFIG> } = {}) {
  const clock = new VirtualClock(1_800_000_000_000);
  const store = new MemoryObjectStore({ clock });
  const blocklist = new Blocklist();
  const metrics = createMetricsRegistry();
  const pollerOver = (over: ObjectStore) =>
    new BlocklistPoller({
      config: { ...CONFIG, ...options.config },
      store: over,
      blocklist,
      clock,
      logger: silentLogger,
      metrics,
      isIndexBuilder: () => options.isBuilder ?? true,
    });
  return { clock, store, blocklist, metrics, pollerOver, poller: pollerOver(store) };
}

const numbers = (list: Blocklist) => list.blocks(TENANT).map((b) => Number(b.blockId.slice(-12)));

describe('BlocklistPoller', () => {
  it('finds live and compacted blocks of all tenants and nothing else', async () => {
    const { clock, store, blocklist, metrics, poller } = setUp();
    await putMeta(store, blockMetaOf(1));
    await putMeta(store, blockMetaOf(2));
    await putMeta(store, blockMetaOf(3));
    await store.move(metaKey(blockMetaOf(2)), compactedMetaKey(blockMetaOf(2)));
    await store.put('tempo_cluster_seed.json', Buffer.from('{}'));
    await store.put(`${TENANT}/${blockMetaOf(9).blockId}/data.parquet`, Buffer.from('partial'));
    await store.put(`${TENANT}/not-a-block/meta.json`, Buffer.from('{}'));
    await poller.poll(NEVER);
    expect(numbers(blocklist)).toEqual([3, 1]);
    expect(blocklist.tenantBlocks(TENANT).compacted).toEqual([
      { meta: blockMetaOf(2), compactedUnixMs: clock.nowUnixMs() },
    ]);
    expect(await metrics.value('tempodb_blocklist_length', { tenant: TENANT })).toBe(2);
    expect(await metrics.value('tempodb_blocklist_tenant_index_builder')).toBe(1);
  });

  it('a damaged meta.json loses its block only, and is counted', async () => {
    const { store, blocklist, metrics, poller } = setUp();
    await putMeta(store, blockMetaOf(1));
    await store.put(metaKey(blockMetaOf(2)), Buffer.from('{"format":'));
    await store.put(metaKey(blockMetaOf(3)), await store.get(metaKey(blockMetaOf(1))));
    await poller.poll(NEVER);
    expect(numbers(blocklist)).toEqual([1]);
    const errors = await metrics.value('tempodb_blocklist_poll_errors_total', { tenant: TENANT });
    expect(errors).toBe(2);
  });

  it('a fault at any request leaves the list as it was or brings it up to date', async () => {
    const { store, blocklist, metrics, pollerOver, poller } = setUp();
    await putMeta(store, blockMetaOf(1));
    await poller.poll(NEVER);
    await putMeta(store, blockMetaOf(2));
    for (let failAt = 1; ; failAt++) {
      const faulty = new FaultyObjectStore(store, { failAt });
      await pollerOver(faulty).poll(NEVER);
      expect([[1], [2, 1]]).toContainEqual(numbers(blocklist));
      if (faulty.requestCount < failAt) break;
    }
    expect(numbers(blocklist)).toEqual([2, 1]);
    expect(await metrics.value('tempodb_blocklist_poll_errors_total')).toBeGreaterThan(1);
    expect(await metrics.value('tempodb_blocklist_tenant_index_errors_total')).toBeGreaterThan(0);
  });

  it('reads the description of a known block once', async () => {
    const { store, pollerOver } = setUp();
    await putMeta(store, blockMetaOf(1));
    const counting = new FaultyObjectStore(store, { failAt: 0 });
    const poller = pollerOver(counting);
    await poller.poll(NEVER);
    const first = counting.requestCount;
    await poller.poll(NEVER);
    expect(counting.requestCount - first).toBe(first - 1);
  });

  it('the builder writes both indexes, and deletes them with the last block', async () => {
    const { clock, store, poller } = setUp();
    await putMeta(store, blockMetaOf(1));
    await poller.poll(NEVER);
    const expected = { createdUnixMs: clock.nowUnixMs(), live: [blockMetaOf(1)], compacted: [] };
    expect(decodeJsonIndex(await store.get(`${TENANT}/index.json.gz`))).toEqual(expected);
    expect(decodeProtobufIndex(await store.get(`${TENANT}/index.pb.zst`))).toEqual(expected);
    await store.delete(metaKey(blockMetaOf(1)));
    await poller.poll(NEVER);
    expect((await store.list('')).objects).toEqual([]);
  });

  it('others read the index, the protobuf one first, and list when there is none', async () => {
    const builder = setUp();
    await putMeta(builder.store, blockMetaOf(1));
    await builder.poller.poll(NEVER);
    await putMeta(builder.store, blockMetaOf(2));
    const reader = setUp({ isBuilder: false });
    await reader.pollerOver(builder.store).poll(NEVER);
    expect(numbers(reader.blocklist)).toEqual([1]);
    await builder.store.delete(`${TENANT}/index.pb.zst`);
    await reader.pollerOver(builder.store).poll(NEVER);
    expect(numbers(reader.blocklist)).toEqual([1]);
    await builder.store.delete(`${TENANT}/index.json.gz`);
    await reader.pollerOver(builder.store).poll(NEVER);
    expect(numbers(reader.blocklist)).toEqual([2, 1]);
  });

  it('an index that is too old is not used; without fallback the list stays', async () => {
    const builder = setUp();
    await putMeta(builder.store, blockMetaOf(1));
    await builder.poller.poll(NEVER);
    await putMeta(builder.store, blockMetaOf(2));
    const config = { blocklist_poll_stale_tenant_index: 60_000 };
    const strict = { ...config, blocklist_poll_fallback: false };
    for (const [each, expected] of [
      [config, [2, 1]],
      [strict, []],
    ] as const) {
      const reader = setUp({ isBuilder: false, config: each });
      reader.clock.advance(61_000);
      await reader.pollerOver(builder.store).poll(NEVER);
      expect(numbers(reader.blocklist)).toEqual(expected);
    }
  });
});

describe('createBlocklist', () => {
  it('polls at the start and then every blocklist_poll until it is stopped', async () => {
    const { clock, store, metrics } = setUp();
    const list = createBlocklist({
      config: CONFIG,
      store,
      clock,
      timers: clock,
      logger: silentLogger,
      metrics,
    });
    await putMeta(store, blockMetaOf(1));
    await list.start();
    expect(numbers(list)).toEqual([1]);
    await putMeta(store, blockMetaOf(2));
    clock.advance(CONFIG.blocklist_poll);
    await list.pollNow();
    expect(numbers(list)).toEqual([2, 1]);
    await list.stop();
    await putMeta(store, blockMetaOf(3));
    clock.advance(CONFIG.blocklist_poll);
    await list.pollNow();
    expect(numbers(list)).toEqual([2, 1]);
  });
});
