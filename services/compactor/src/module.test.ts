import { describe, expect, it } from '@jest/globals';
import { encodeBlockMeta, metaKey, type BlockMeta } from '@tempo-ts/block';
import { Blocklist } from '@tempo-ts/blocklist';
import { MemoryObjectStore } from '@tempo-ts/object-store';
import type { TenantId } from '@tempo-ts/ports';
import { VirtualClock } from '@tempo-ts/runtime/testing';
import { createMetricsRegistry, silentLogger } from '@tempo-ts/telemetry';
import type { CompactorConfig } from './config.ts';
import { createCompactor } from './module.ts';

const HOUR = 3_600_000;
const EPOCH = Date.UTC(2026, 0, 1);

const CONFIG: CompactorConfig = {
  disabled: false,
  compaction: {
    block_retention: 10 * HOUR,
    compacted_block_retention: HOUR,
    retention_concurrency: 10,
    compaction_cycle: 30_000,
  },
};

function blockOf(tenant: string, number: number): BlockMeta {
  return {
    format: 'vParquet4',
    blockId: `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`,
    tenant: tenant as TenantId,
    startUnixMs: EPOCH + (number - 1) * HOUR,
    endUnixMs: EPOCH + number * HOUR,
    traceCount: 1,
    sizeBytes: 1,
    compactionLevel: 0,
    rowGroupCount: 1,
    bloomShardCount: 1,
    footerSizeBytes: 0,
    dedicatedColumns: [],
    replicationFactor: 0,
  };
}

/** Blocks of tenants `a`, `b` (keeps for two hours) and `c` (untouched), ending at hours 1, 3, 5. */
async function setUp(config: CompactorConfig = CONFIG) {
  const clock = new VirtualClock(EPOCH);
  const timers = new VirtualClock();
  const store = new MemoryObjectStore({ clock });
  const blocklist = new Blocklist();
  const poll = blocklist.beginPoll();
  for (const tenant of ['a', 'b', 'c']) {
    const live = [1, 3, 5].map((number) => blockOf(tenant, number));
    for (const meta of live) await store.put(metaKey(meta), encodeBlockMeta(meta));
    blocklist.applyPoll(tenant as TenantId, poll, { live, compacted: [] });
  }
  const metrics = createMetricsRegistry();
  const compactor = createCompactor({
    config,
    overrides: {
      limits: (tenant) => ({
        compaction: {
          block_retention: tenant === 'b' ? 2 * HOUR : 0,
          compaction_disabled: tenant === 'c',
        },
      }),
    },
    store,
    blocklist,
    clock,
    timers,
    logger: silentLogger,
    metrics,
  });
  await compactor.start();
  /** Blocks queries may see, per tenant. */
  const counts = () => ['a', 'b', 'c'].map((tenant) => blocklist.length(tenant as TenantId));
  const passAfter = async (hours: number) => {
    clock.advance(hours * HOUR);
    await compactor.runPass();
    return counts();
  };
  return { compactor, clock, timers, store, metrics, passAfter };
}

describe('createCompactor', () => {
  it('removes blocks past their retention, that of the tenant before its own', async () => {
    const { compactor, passAfter, metrics, store } = await setUp();
    expect(await passAfter(3)).toEqual([3, 3, 3]);
    expect(await passAfter(1)).toEqual([3, 2, 3]);
    expect(await passAfter(4)).toEqual([3, 0, 3]);
    expect(await passAfter(4)).toEqual([2, 0, 3]);
    expect(await passAfter(100)).toEqual([0, 0, 3]);
    expect(await metrics.value('tempodb_retention_marked_for_deletion_total')).toBe(6);
    await passAfter(2);
    expect((await store.list('')).objects.map(({ key }) => key[0])).toEqual(['c', 'c', 'c']);
    await compactor.stop();
  });

  it('runs by itself every compaction_cycle until it is stopped', async () => {
    const { compactor, clock, timers, metrics } = await setUp();
    const marked = () => metrics.value('tempodb_retention_marked_for_deletion_total');
    clock.advance(4 * HOUR);
    timers.advance(29_999);
    await compactor.runPass();
    const before = await marked();
    clock.advance(100 * HOUR);
    timers.advance(1);
    for (let turn = 0; turn < 1_000 && (await marked()) < 6; turn += 1) await Promise.resolve();
    await compactor.stop();
    timers.advance(60_000);
    expect([before, await marked()]).toEqual([1, 6]);
    expect(compactor.notReadyReason?.()).toBe('Compactor not ready: terminated');
  });

  it('does nothing when disabled', async () => {
    const { compactor, clock, metrics } = await setUp({ ...CONFIG, disabled: true });
    clock.advance(100 * HOUR);
    expect(compactor.notReadyReason?.()).toBeUndefined();
    await compactor.stop();
    expect(await metrics.value('tempodb_retention_marked_for_deletion_total')).toBe(0);
  });

  it('exports the metrics of merging from the start', async () => {
    const { metrics, compactor } = await setUp();
    const text = await metrics.render();
    for (const line of [
      'tempo_compactor_blocks_compacted_total 0',
      'tempodb_compaction_errors_total 0',
      'tempodb_compaction_blocks_total{level="0"} 0',
      'tempodb_retention_errors_total 0',
    ])
      expect(text).toContain(`\n${line}\n`);
    await compactor.stop();
  });
});
