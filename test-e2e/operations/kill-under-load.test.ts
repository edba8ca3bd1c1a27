/**
 * I1, I3, I9: a process that is killed at any moment and started again has every acknowledged span,
 * each once. Blocks are cut every second, so that kills hit every stage from WAL to published block.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sendUntil, type AcknowledgedSpans } from '../harness/load.ts';
import { spanIdsOf } from '../harness/queries.ts';
import { TempoProcess } from '../harness/tempo-process.ts';

const ROUNDS = 8;
const LOOKUPS_AT_ONCE = 16;

describe('kill -9 under load', () => {
  let tempo: TempoProcess;
  beforeAll(async () => {
    tempo = await TempoProcess.start({
      ingester: '  max_block_duration: 1s\n  complete_block_timeout: 2s',
    });
  });
  afterAll(() => tempo?.remove());

  it('loses no acknowledged span and shows none twice', async () => {
    const acknowledged: AcknowledgedSpans = new Map();
    for (let round = 0; round < ROUNDS; round++) {
      const stop = new AbortController();
      const senders = [1, 2, 3, 4].map(() =>
        sendUntil(tempo.otlpHttpUrl, acknowledged, stop.signal),
      );
      // An uneven time, so that the kill falls on another stage each round.
      await new Promise((resolve) => setTimeout(resolve, 700 + 530 * round));
      await tempo.kill();
      stop.abort();
      await Promise.all(senders);
      await tempo.restart();
    }
    expect(acknowledged.size).toBeGreaterThan(100);
    const wrong: string[] = [];
    const verify = async ([traceId, spanIds]: [string, string[]]) => {
      const found = (await spanIdsOf(tempo.url, traceId)) ?? [];
      // Spans whose acknowledgement was lost on the way may be there as well, but each only once.
      const isComplete = spanIds.every((id) => found.includes(id));
      const isDistinct = new Set(found).size === found.length;
      if (!isComplete || !isDistinct)
        wrong.push(`${traceId}: sent ${spanIds.join()}, found ${found.join()}`);
    };
    const all = [...acknowledged];
    for (let i = 0; i < all.length; i += LOOKUPS_AT_ONCE)
      await Promise.all(all.slice(i, i + LOOKUPS_AT_ONCE).map(verify));
    expect(wrong).toEqual([]);
  });
});
