import { EventEmitter } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import type { WorkerHandle } from '@tempo-ts/runtime';
import { VirtualClock } from '@tempo-ts/runtime/testing';
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
    timers: new VirtualClock(),
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
  it('makes room as the worker tells of bytes that were indexed', async () => {
    const { client, workers } = setUp(100);
    await client.reserve(100);
    let hasRoom = false;
    const waiting = client.reserve(60).then(() => {
      hasRoom = true;
    });
    workers[0]!.indexed(30);
    await Promise.resolve();
    expect(hasRoom).toBe(false);
    workers[0]!.indexed(40);
    await waiting;
  });

  it('while the worker is down pushes are refused as retryable and calls fail', async () => {
    const { client, workers, crashes } = setUp(100);
    const call = client.call('content', { headId: 1 });
    workers[0]!.emit('error', new Error('out of memory'));
    workers[0]!.emit('exit', 1);
    await expect(call).rejects.toThrow('head worker ended');
    expect(crashes).toEqual(['head worker ended']);
    await expect(client.reserve(1)).rejects.toThrow('the ingester is rebuilding its recent data');
    await expect(client.call('content', { headId: 1 })).rejects.toThrow('rebuilding');
    client.start();
    await client.reserve(100);
  });
});
