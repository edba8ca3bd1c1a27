import { describe, expect, it } from '@jest/globals';
import { seededRandom, VirtualClock } from '@tempo-ts/runtime/testing';
import { createMetricsRegistry, silentLogger } from '@tempo-ts/telemetry';
import { FlushQueue } from './flush-queue.ts';
import { createIngesterMetrics } from './metrics.ts';

function setUp(options: { concurrency?: number; capacity?: number } = {}) {
  const clock = new VirtualClock();
  const registry = createMetricsRegistry();
  const queue = new FlushQueue({
    concurrency: options.concurrency ?? 2,
    capacity: options.capacity ?? 10,
    backoffMs: { first: 30_000, longest: 120_000 },
    clock,
    timers: clock,
    random: seededRandom(1),
    logger: silentLogger,
    metrics: createIngesterMetrics(registry, {
      memoryUsageBytes: () => 0,
      flushQueueLength: () => 0,
    }),
  });
  return { clock, registry, queue };
}

const never = () => new Promise<void>(() => {});

/** Lets everything that is ready run. */
async function settle(): Promise<void> {
  for (let i = 0; i < 20; i += 1) await Promise.resolve();
}

describe('FlushQueue', () => {
  it('tries for ever, with 30 s to 120 s in between', async () => {
    const { clock, registry, queue } = setUp();
    const startMs = clock.monotonicMs();
    const attemptsMs: number[] = [];
    queue.offer({
      key: 'a',
      name: 'upload',
      run: async () => {
        attemptsMs.push(clock.monotonicMs() - startMs);
        if (attemptsMs.length < 7) throw new Error('no');
      },
    });
    for (let second = 0; second < 900; second += 1) {
      await settle();
      clock.advance(1_000);
    }
    expect(attemptsMs).toHaveLength(7);
    const waits = attemptsMs.slice(1).map((at, i) => at - attemptsMs[i]!);
    for (const [i, longest] of [30_000, 60_000, 120_000, 120_000, 120_000, 120_000].entries()) {
      expect(waits[i]).toBeGreaterThanOrEqual(longest * 0.9 - 1_000);
      expect(waits[i]).toBeLessThanOrEqual(longest + 1_000);
    }
    expect(queue.length).toBe(0);
    expect(await registry.value('tempo_ingester_failed_flushes_total')).toBe(6);
    expect(await registry.value('tempo_ingester_flush_retries_total')).toBe(6);
    expect(await registry.value('tempo_ingester_flush_failed_retries_total')).toBe(5);
  });

  it('runs at most so many at once, in order', async () => {
    const { queue } = setUp({ concurrency: 2 });
    const started: string[] = [];
    const finish: (() => void)[] = [];
    for (const key of ['a', 'b', 'c', 'd'])
      queue.offer({
        key,
        name: 'upload',
        run: () => {
          started.push(key);
          return new Promise((resolve) => finish.push(resolve));
        },
      });
    await settle();
    expect(started).toEqual(['a', 'b']);
    finish[1]!();
    await settle();
    expect(started).toEqual(['a', 'b', 'c']);
  });

  it('takes a key once, and no more than its capacity', () => {
    const { queue } = setUp({ capacity: 2 });
    expect(queue.offer({ key: 'a', name: 'upload', run: never })).toBe(true);
    expect(queue.offer({ key: 'a', name: 'upload', run: never })).toBe(true);
    expect(queue.offer({ key: 'b', name: 'upload', run: never })).toBe(true);
    expect(queue.offer({ key: 'c', name: 'upload', run: never })).toBe(false);
    expect(queue.length).toBe(2);
  });

  it('draining gives waiting operations one more attempt and ends', async () => {
    const { queue } = setUp();
    const attempts = { good: 0, bad: 0 };
    queue.offer({ key: 'good', name: 'upload', run: async () => void (attempts.good += 1) });
    queue.offer({
      key: 'bad',
      name: 'upload',
      run: async () => {
        attempts.bad += 1;
        throw new Error('no');
      },
    });
    await settle();
    await queue.drain();
    expect(attempts).toEqual({ good: 1, bad: 2 });
    expect(queue.length).toBe(0);
  });

  it('stopping aborts what runs and takes nothing more', async () => {
    const { queue, registry } = setUp();
    let reason: unknown;
    queue.offer({
      key: 'a',
      name: 'upload',
      run: (signal) =>
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => {
            reason = (signal.reason as Error).message;
            reject(signal.reason as Error);
          });
        }),
    });
    await settle();
    await queue.stop();
    expect(reason).toBe('the ingester stops');
    expect(queue.offer({ key: 'b', name: 'upload', run: async () => {} })).toBe(false);
    expect(await registry.value('tempo_ingester_failed_flushes_total')).toBe(0);
  });
});
