import { describe, expect, it } from '@jest/globals';
import { toBlockRef } from '@tempo-ts/block';
import type { TenantId } from '@tempo-ts/ports';
import { Blocklist } from './blocklist.ts';
import { blockMetaOf, TENANT } from './testing/block-meta-of.ts';

const polled = (...numbers: number[]) => ({
  live: numbers.map((number) => blockMetaOf(number)),
  compacted: [],
});
const idsOf = (list: Blocklist, range = {}) =>
  list.blocks(TENANT, range).map((block) => Number(block.blockId.slice(-12)));

describe('Blocklist', () => {
  it('gives the blocks that overlap the range, newest first', () => {
    const list = new Blocklist();
    list.applyPoll(TENANT, list.beginPoll(), polled(3, 1, 2));
    expect(idsOf(list)).toEqual([3, 2, 1]);
    expect(idsOf(list, { startUnixMs: 130_000, endUnixMs: 170_000 })).toEqual([2]);
    expect(idsOf(list, { startUnixMs: 130_000 })).toEqual([3, 2]);
    expect(idsOf(list, { endUnixMs: 130_000 })).toEqual([2, 1]);
    // Times of blocks are cut to seconds.
    expect(idsOf(list, { startUnixMs: 120_999, endUnixMs: 121_000 })).toEqual([2, 1]);
    expect(idsOf(list, { startUnixMs: 241_000 })).toEqual([]);
  });

  it('keeps tenants apart', () => {
    const list = new Blocklist();
    list.applyPoll(TENANT, list.beginPoll(), polled(1));
    expect(list.blocks('t2' as TenantId)).toEqual([]);
    expect(list.tenants()).toEqual([TENANT]);
    expect([list.length(TENANT), list.length('t2' as TenantId)]).toEqual([1, 0]);
  });

  it('has an announced block at once, through a poll that began before, until one says otherwise', async () => {
    const list = new Blocklist();
    list.applyPoll(TENANT, list.beginPoll(), polled(1));
    const early = list.beginPoll();
    await list.announce(toBlockRef(blockMetaOf(2)));
    expect(idsOf(list)).toEqual([2, 1]);
    expect(list.tenantBlocks(TENANT).live.map((meta) => meta.blockId)).toHaveLength(1);
    list.applyPoll(TENANT, early, polled(1));
    expect(idsOf(list)).toEqual([2, 1]);
    list.applyPoll(TENANT, list.beginPoll(), polled(1, 2));
    expect(list.tenantBlocks(TENANT).live).toHaveLength(2);
    list.applyPoll(TENANT, list.beginPoll(), polled(2));
    expect(idsOf(list)).toEqual([2]);
  });

  it('leaves a compacted block out at once, and a poll that began before does not bring it back', () => {
    const list = new Blocklist();
    list.applyPoll(TENANT, list.beginPoll(), polled(1, 2));
    const early = list.beginPoll();
    const block = { meta: blockMetaOf(1), compactedUnixMs: 5 };
    list.markCompacted(block);
    expect(idsOf(list)).toEqual([2]);
    list.applyPoll(TENANT, early, polled(1, 2));
    expect(idsOf(list)).toEqual([2]);
    expect(list.tenantBlocks(TENANT).compacted).toEqual([block]);
    list.forget(TENANT, block.meta.blockId);
    list.applyPoll(TENANT, early, { ...polled(2), compacted: [block] });
    expect(list.tenantBlocks(TENANT).compacted).toEqual([]);
  });

  it('forgets a tenant without blocks', () => {
    const list = new Blocklist();
    list.applyPoll(TENANT, list.beginPoll(), polled(1));
    list.applyPoll(TENANT, list.beginPoll(), polled());
    expect(list.tenants()).toEqual([]);
  });
});
