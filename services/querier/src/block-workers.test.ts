import { describe, expect, it } from '@jest/globals';
import { EventEmitter } from 'node:events';
import type { WorkerHandle } from '@tempo-ts/runtime';
import { createMetricsRegistry, silentLogger } from '@tempo-ts/telemetry';
import { BlockWorkers } from './block-workers.ts';
import { JOBS_PER_WORKER } from './limits.ts';
import { createQuerierMetrics } from './metrics.ts';

interface Call {
  readonly kind: string;
  readonly id: number;
  readonly request: { readonly traceId: Uint8Array };
}

/** A thread that answers when the test says so. */
class FakeWorker extends EventEmitter {
  readonly calls: Call[] = [];
  readonly cancelled: number[] = [];
  isTerminated = false;

  postMessage(message: Call): void {
    if (message.kind === 'call') this.calls.push(message);
    else this.cancelled.push(message.id);
  }

  answer(): void {
    const call = this.calls.shift()!;
    const value = { trace: call.request.traceId, inspectedBytes: 0 };
    this.emit('message', { kind: 'reply', id: call.id, value });
  }

  terminate(): Promise<number> {
    this.isTerminated = true;
    this.emit('exit', 1);
    return Promise.resolve(1);
  }

  unref(): void {}
}

function makePool(options: { size?: number; queueDepth?: number } = {}) {
  const threads: FakeWorker[] = [];
  const registry = createMetricsRegistry();
  const queueDepth = options.queueDepth ?? 10;
  const pool = new BlockWorkers({
    size: options.size ?? 2,
    queueDepth,
    store: { backend: 'local', local: { path: '/nowhere' } },
    logger: silentLogger,
    metrics: createQuerierMetrics(registry, { queueDepth }),
    startWorker: () => {
      const thread = new FakeWorker();
      threads.push(thread);
      return thread as unknown as WorkerHandle;
    },
  });
  const run = (name: number, signal = new AbortController().signal) =>
    pool
      .run('find', { blocks: [], traceId: Uint8Array.of(name) }, { affinity: String(name), signal })
      .then(({ trace }) => trace![0]);
  return { pool, threads, registry, run };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('BlockWorkers', () => {
  it('starts threads when they are needed, up to its size, and spreads the calls', async () => {
    const { pool, threads, run } = makePool({ size: 2 });
    expect(pool.runningCount).toBe(0);
    const results = [1, 2, 3, 4].map((name) => run(name));
    await settled();
    expect(threads.map(({ calls }) => calls.length)).toEqual([JOBS_PER_WORKER, JOBS_PER_WORKER]);
    for (const thread of threads) while (thread.calls.length > 0) thread.answer();
    expect(await Promise.all(results)).toEqual([1, 2, 3, 4]);
  });

  it('sends calls of one affinity to one thread while that is as free as others', async () => {
    const { threads, run } = makePool({ size: 4 });
    for (let i = 0; i < 3; i += 1) {
      const result = run(7);
      await settled();
      threads[0]!.answer();
      await result;
    }
    expect(threads).toHaveLength(1);
  });

  it('lets calls wait in order of arrival when all threads are busy', async () => {
    const { threads, registry, run } = makePool({ size: 1 });
    const order: number[] = [];
    const results = [1, 2, 3, 4].map(async (name) => order.push((await run(name))!));
    await settled();
    expect(await registry.value('tempodb_work_queue_length')).toBe(2);
    for (let i = 0; i < 4; i += 1) {
      threads[0]!.answer();
      await settled();
    }
    await Promise.all(results);
    expect(order).toEqual([1, 2, 3, 4]);
    expect(await registry.value('tempodb_work_queue_length')).toBe(0);
  });

  it('refuses calls when too many wait', async () => {
    const { run } = makePool({ size: 1, queueDepth: 1 });
    const results = [1, 2, 3].map((name) => run(name));
    await expect(run(4)).rejects.toMatchObject({
      name: 'QueryError',
      code: 'exhausted',
      message: 'more than 1 jobs wait for block workers (storage.trace.pool.queue_depth)',
    });
    for (const result of results) result.catch(() => {});
  });

  it('forgets a call that is aborted while it waits, and cancels one that runs', async () => {
    const { threads, run } = makePool({ size: 1 });
    const running = new AbortController();
    const waiting = new AbortController();
    const first = run(1, running.signal);
    const second = run(2);
    const third = run(3, waiting.signal);
    await settled();
    waiting.abort(new Error('changed my mind'));
    await expect(third).rejects.toThrow('changed my mind');
    running.abort(new Error('too slow'));
    await expect(first).rejects.toThrow('too slow');
    expect(threads[0]!.cancelled).toHaveLength(1);
    threads[0]!.calls.shift();
    threads[0]!.answer();
    expect(await second).toBe(2);
    const next = run(4);
    await settled();
    threads[0]!.answer();
    expect(await next).toBe(4);
  });

  it('fails the calls of a thread that ends so that they can be tried again, on a new one', async () => {
    const { threads, registry, run } = makePool({ size: 1 });
    const lost = run(1);
    await settled();
    threads[0]!.emit('error', new Error('out of memory'));
    threads[0]!.emit('exit', 1);
    await expect(lost).rejects.toMatchObject({
      name: 'WorkerGoneError',
      message: 'block worker ended',
    });
    expect(await registry.value('tempo_querier_block_worker_restarts_total')).toBe(1);
    const again = run(1);
    await settled();
    threads[1]!.answer();
    expect(await again).toBe(1);
  });

  it('ends its threads when it is stopped', async () => {
    const { pool, threads, run, registry } = makePool({ size: 1 });
    const lost = run(1);
    await settled();
    await Promise.all([expect(lost).rejects.toThrow('block worker was stopped'), pool.stop()]);
    expect(threads.map(({ isTerminated }) => isTerminated)).toEqual([true]);
    expect(await registry.value('tempo_querier_block_worker_restarts_total')).toBe(0);
    await expect(run(2)).rejects.toThrow('the querier is stopped');
  });
});
