import { describe, expect, it } from '@jest/globals';
import { dataKey } from '@tempo-ts/block';
import { MemoryObjectStore } from '@tempo-ts/object-store';
import { FaultyObjectStore } from '@tempo-ts/object-store/testing';
import { VirtualClock } from '@tempo-ts/runtime/testing';
import { createMetricsRegistry, silentLogger } from '@tempo-ts/telemetry';
import { Blocklist } from './blocklist.ts';
import { createRetentionMetrics } from './metrics.ts';
import { readTenantBlocks } from './read-tenant-blocks.ts';
import { applyRetention } from './retention.ts';
import { blockMetaOf, putMeta, TENANT } from './testing/block-meta-of.ts';

const HOUR = 3600_000;
/** Blocks end at minutes 2 and 20 after this. */
const EPOCH = Date.UTC(2026, 0, 1);
const OLD = blockMetaOf(1, { startUnixMs: EPOCH, endUnixMs: EPOCH + 2 * 60_000 });
const YOUNG = blockMetaOf(2, { startUnixMs: EPOCH, endUnixMs: EPOCH + 20 * 60_000 });

async function setUp(failAt = 0) {
  const clock = new VirtualClock(EPOCH);
  const memory = new MemoryObjectStore({ clock });
  for (const meta of [OLD, YOUNG]) {
    await memory.put(dataKey(meta), Buffer.from('data'));
    await putMeta(memory, meta);
  }
  const store = new FaultyObjectStore(memory, { failAt });
  const blocklist = new Blocklist();
  const registry = createMetricsRegistry();
  const poll = async () => {
    const previous = blocklist.tenantBlocks(TENANT);
    const options = { store: memory, tenant: TENANT, previous, concurrency: 1 };
    blocklist.applyPoll(TENANT, blocklist.beginPoll(), await readTenantBlocks(options));
  };
  await poll();
  const apply = (blockRetentionMs = HOUR) =>
    applyRetention({
      store,
      blocklist,
      tenant: TENANT,
      blockRetentionMs,
      compactedBlockRetentionMs: HOUR,
      clock,
      logger: silentLogger,
      metrics: createRetentionMetrics(registry),
      signal: new AbortController().signal,
    });
  const keys = async () => (await memory.list('')).objects.map(({ key }) => key.slice(-28));
  return { clock, store, blocklist, registry, poll, apply, keys };
}

const key = (meta: typeof OLD, name: string) => `${TENANT}/${meta.blockId}/${name}`.slice(-28);

describe('applyRetention', () => {
  it('marks blocks past their retention and deletes their objects a retention later', async () => {
    const { clock, blocklist, registry, apply, keys } = await setUp();
    await apply();
    expect(blocklist.length(TENANT)).toBe(2);
    clock.advance(HOUR + 3 * 60_000);
    await apply();
    expect(blocklist.blocks(TENANT).map((block) => block.blockId)).toEqual([YOUNG.blockId]);
    expect(await keys()).toEqual([
      key(OLD, 'data.parquet'),
      key(OLD, 'meta.compacted.json'),
      key(YOUNG, 'data.parquet'),
      key(YOUNG, 'meta.json'),
    ]);
    clock.advance(10 * 60_000);
    await apply();
    expect(await keys()).toHaveLength(4);
    clock.advance(HOUR);
    await apply();
    expect(await keys()).toEqual([key(YOUNG, 'data.parquet'), key(YOUNG, 'meta.compacted.json')]);
    expect(await registry.value('tempodb_retention_marked_for_deletion_total')).toBe(2);
    expect(await registry.value('tempodb_retention_deleted_total')).toBe(1);
  });

  it('retention 0 keeps blocks for ever', async () => {
    const { clock, blocklist, apply } = await setUp();
    clock.advance(1000 * HOUR);
    await apply(0);
    expect(blocklist.length(TENANT)).toBe(2);
  });

  it('a fault at any request is counted, and the next passes finish the work', async () => {
    for (let failAt = 1; ; failAt++) {
      const { clock, store, registry, poll, apply, keys } = await setUp(failAt);
      for (let pass = 0; pass < 4; pass++) {
        clock.advance(2 * HOUR);
        await apply();
        await poll();
      }
      expect(await keys()).toEqual([]);
      if (store.requestCount < failAt) break;
      expect(await registry.value('tempodb_retention_errors_total')).toBe(1);
    }
  });
});
