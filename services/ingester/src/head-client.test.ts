import { EventEmitter } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import type { WorkerHandle } from '@tempo-ts/runtime';
import { HeadClient } from './head-client.ts';
import { DEFAULT_INGESTER_BOUNDS } from './limits.ts';

/** A worker that a test speaks for. */
class FakeWorker extends EventEmitter {
  readonly posted: unknown[] = [];

  postMessage(message: unknown): void {
    this.posted.push(message);
  }

  async terminate(): Promise<number> {
    this.emit('exit', 0);
    return 0;
  }

  unref(): void {}

  indexed(byteLength: number): void {
    const message = { kind: 'indexed', byteLength, unreadablePieces: 0 };
    this.emit('message', { kind: 'post', message });
  }
}

function setUp(maxBytesInFlight: number) {
  const workers: FakeWorker[] = [];
  const crashes: string[] = [];
  const client = new HeadClient({
    bounds: { ...DEFAULT_INGESTER_BOUNDS, maxBytesInFlight },
    onUnreadable: () => {},
    onCrash: (error) => crashes.push(error.message),
    startWorker: () => {
      const worker = new FakeWorker();
      workers.push(worker);
      return worker as unknown as WorkerHandle;
    },
  });
  client.start();
  return { client, workers, crashes };
}

describe('HeadClient', () => {
  it('refuses what would wait too long to be indexed, and takes it when the worker has caught up', () => {
    const { client, workers } = setUp(100);
    client.reserve(60);
    expect(() => client.reserve(41)).toThrow(
      '60 bytes wait to be indexed, limit 100 (maxBytesInFlight)',
    );
    client.reserve(40);
    workers[0]!.indexed(60);
    client.reserve(60);
    expect(client.bytesInFlight).toBe(100);
  });

  it('takes a push above the limit when nothing else waits', () => {
    const { client } = setUp(100);
    client.reserve(1_000);
    expect(() => client.reserve(1)).toThrow('limit 100');
  });

  it('gives bytes back that were not stored', () => {
    const { client } = setUp(100);
    client.reserve(100);
    client.release(100);
    client.reserve(100);
  });

  it('replay waits for room instead of failing', async () => {
    const { client, workers } = setUp(100);
    await client.reserveWhenFree(50);
    let hasRoom = false;
    const waiting = client.reserveWhenFree(40).then(() => {
      hasRoom = true;
    });
    await Promise.resolve();
    expect(hasRoom).toBe(false);
    workers[0]!.indexed(50);
    await waiting;
    expect(client.bytesInFlight).toBe(40);
  });

  it('while the worker is down pushes are refused as retryable and calls fail', async () => {
    const { client, workers, crashes } = setUp(100);
    const call = client.call('content', { headId: 1 });
    workers[0]!.emit('error', new Error('out of memory'));
    workers[0]!.emit('exit', 1);
    await expect(call).rejects.toThrow('head worker ended');
    expect(crashes).toEqual(['head worker ended']);
    expect(() => client.reserve(1)).toThrow('the ingester is rebuilding its recent data');
    await expect(client.call('content', { headId: 1 })).rejects.toThrow('rebuilding');
    client.start();
    client.reserve(100);
  });
});
