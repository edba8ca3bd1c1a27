/** SIGTERM, /flush and /shutdown lose nothing; the process is ready again within its budget. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { sendUntil, type AcknowledgedSpans } from '../harness/load.ts';
import { get, spanIdsOf } from '../harness/queries.ts';
import { TempoProcess } from '../harness/tempo-process.ts';

async function acknowledgedDuring(tempo: TempoProcess, durationMs: number) {
  const acknowledged: AcknowledgedSpans = new Map();
  const stop = new AbortController();
  const senders = [1, 2].map(() => sendUntil(tempo.otlpHttpUrl, acknowledged, stop.signal));
  await new Promise((resolve) => setTimeout(resolve, durationMs));
  stop.abort();
  await Promise.all(senders);
  return acknowledged;
}

async function expectAll(tempo: TempoProcess, acknowledged: AcknowledgedSpans): Promise<void> {
  for (const [traceId, spanIds] of acknowledged)
    expect([traceId, await spanIdsOf(tempo.url, traceId)]).toEqual([traceId, spanIds.toSorted()]);
}

describe('an orderly restart', () => {
  let tempo: TempoProcess;
  beforeEach(async () => {
    tempo = await TempoProcess.start();
  });
  afterEach(() => tempo?.remove());

  it('keeps what is only in the WAL', async () => {
    const acknowledged = await acknowledgedDuring(tempo, 1_000);
    expect(await tempo.stop()).toBe(0);
    await tempo.restart();
    await expectAll(tempo, acknowledged);
  });

  it('keeps what /flush has written to the object store', async () => {
    const acknowledged = await acknowledgedDuring(tempo, 1_000);
    expect((await fetch(`${tempo.url}/flush`, { method: 'POST' })).status).toBe(204);
    await expectAll(tempo, acknowledged);
    await tempo.stop();
    await tempo.restart();
    await expectAll(tempo, acknowledged);
  });

  it('/shutdown acknowledges, flushes everything and stops taking spans', async () => {
    const acknowledged = await acknowledgedDuring(tempo, 500);
    const answer = await get(`${tempo.url}/shutdown`);
    expect([answer.status, answer.text.trim()]).toEqual([200, 'shutdown job acknowledged']);
    await tempo.stop();
    await tempo.restart();
    await expectAll(tempo, acknowledged);
  });
});
