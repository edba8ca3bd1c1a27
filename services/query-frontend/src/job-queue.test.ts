import { describe, expect, it } from '@jest/globals';
import type { TenantId } from '@tempo-ts/ports';
import { VirtualClock } from '@tempo-ts/runtime/testing';
import { createMetricsRegistry } from '@tempo-ts/telemetry';
import { JobQueue } from './job-queue.ts';
import { createQueryFrontendMetrics } from './metrics.ts';

const a = 'a' as TenantId;
const b = 'b' as TenantId;
const forever = new AbortController().signal;

/** A queue, and jobs that end when told to. */
function world(options: { readonly capacityPerTenant: number; readonly concurrency: number }) {
  const registry = createMetricsRegistry();
  const metrics = createQueryFrontendMetrics(registry);
  const queue = new JobQueue({ ...options, clock: new VirtualClock(), metrics });
  const started: string[] = [];
  const end = new Map<string, () => void>();
  const run = (tenant: TenantId, name: string, signal = forever) =>
    queue.run(
      tenant,
      () => {
        started.push(name);
        return new Promise<void>((resolve) => end.set(name, resolve));
      },
      signal,
    );
  const finish = async (name: string) => {
    end.get(name)!();
    await settle();
  };
  return { run, finish, started, registry };
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
}

describe('JobQueue', () => {
  it('tenants take turns', async () => {
    const { run, finish, started } = world({ capacityPerTenant: 10, concurrency: 1 });
    for (const name of ['a1', 'a2', 'a3']) void run(a, name);
    for (const name of ['b1', 'b2']) void run(b, name);
    for (const name of ['a1', 'a2', 'b1', 'a3', 'b2']) await finish(name);
    expect(started).toEqual(['a1', 'a2', 'b1', 'a3', 'b2']);
  });

  it('never runs more than the allowed number at once', async () => {
    const { run, finish, started } = world({ capacityPerTenant: 10, concurrency: 2 });
    for (const name of ['1', '2', '3', '4']) void run(a, name);
    await settle();
    expect(started).toEqual(['1', '2']);
    await finish('2');
    expect(started).toEqual(['1', '2', '3']);
  });

  it('refuses what does not fit, and only for that tenant', async () => {
    const { run, registry } = world({ capacityPerTenant: 1, concurrency: 1 });
    void run(a, 'running');
    void run(a, 'waiting');
    await expect(run(a, 'refused')).rejects.toMatchObject({
      code: 'exhausted',
      message: 'job queue full',
    });
    void run(b, 'of another tenant');
    const value = (name: string, labels = {}) =>
      registry.value(`tempo_query_frontend_${name}`, labels);
    expect(await value('discarded_requests_total', { user: 'a' })).toBe(1);
    expect(await value('queue_length', { user: 'a' })).toBe(1);
    expect(await value('queue_length', { user: 'b' })).toBe(1);
  });

  it('a job whose query was cancelled leaves the queue and never runs', async () => {
    const { run, finish, started } = world({ capacityPerTenant: 1, concurrency: 1 });
    void run(a, 'first');
    const controller = new AbortController();
    const cancelled = run(a, 'cancelled', controller.signal);
    controller.abort(new Error('gone'));
    await expect(cancelled).rejects.toThrow('gone');
    void run(a, 'next');
    await finish('first');
    expect(started).toEqual(['first', 'next']);
    await expect(run(a, 'late', controller.signal)).rejects.toThrow('gone');
  });

  it('a job that fails makes room for the next one', async () => {
    const metrics = createQueryFrontendMetrics(createMetricsRegistry());
    const clock = new VirtualClock();
    const queue = new JobQueue({ capacityPerTenant: 5, concurrency: 1, clock, metrics });
    const failing = queue.run(a, () => Promise.reject(new Error('broken')), forever);
    const next = queue.run(a, () => Promise.resolve('done'), forever);
    await expect(failing).rejects.toThrow('broken');
    await expect(next).resolves.toBe('done');
  });
});
