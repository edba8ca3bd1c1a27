import { describe, expect, it } from '@jest/globals';
import { EventEmitter } from 'node:events';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { serveCalls, WorkerCalls, type WorkerHandle } from './worker-calls.ts';

// A type, not an interface: it must fit the index signature of Calls.
// oxlint-disable-next-line typescript/consistent-type-definitions
type TestCalls = {
  readonly double: { readonly request: number; readonly reply: number };
  readonly wait: { readonly request: string; readonly reply: string };
  readonly fail: { readonly request: string; readonly reply: never };
};

class OddError extends Error {
  override readonly name = 'OddError';
}

/** A worker that is the other end of a channel in this thread. */
class ChannelWorker extends EventEmitter {
  readonly port: MessagePort;
  readonly #own: MessagePort;

  constructor() {
    super();
    const { port1, port2 } = new MessageChannel();
    this.#own = port1;
    this.port = port2;
    port1.on('message', (message) => this.emit('message', message));
  }

  postMessage(message: unknown): void {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a port, not a window
    this.#own.postMessage(message);
  }

  terminate(): Promise<number> {
    this.#own.close();
    this.emit('exit', 1);
    return Promise.resolve(1);
  }

  unref(): void {}
}

function connect(options: { onCrash?: (error: Error) => void } = {}) {
  const worker = new ChannelWorker();
  const aborted: string[] = [];
  serveCalls<TestCalls>(worker.port, {
    double: async (value) => ({ value: 2 * value }),
    wait: (name, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          aborted.push(name);
          reject(new Error('aborted'));
        });
      }),
    fail: async (message) => {
      throw new OddError(message);
    },
  });
  const calls = new WorkerCalls<TestCalls>(worker as unknown as WorkerHandle, {
    name: 'test worker',
    ...options,
    restoreError: ({ name, message }) => (name === 'OddError' ? new OddError(message) : undefined),
  });
  return { worker, calls, aborted };
}

describe('WorkerCalls', () => {
  it('gives every call its own answer', async () => {
    const { calls, worker } = connect();
    expect(await Promise.all([1, 2, 3].map((value) => calls.call('double', value)))).toEqual([
      2, 4, 6,
    ]);
    await worker.terminate();
  });

  it('rejects with the error of the handler, in its own class again', async () => {
    const { calls, worker } = connect();
    const error = await calls.call('fail', 'no').catch((caught: unknown) => caught);
    expect([(error as Error).constructor === OddError, (error as Error).message]).toEqual([
      true,
      'no',
    ]);
    await worker.terminate();
  });

  it('tells the worker of an aborted call', async () => {
    const { calls, worker, aborted } = connect();
    const controller = new AbortController();
    const call = calls.call('wait', 'a', { signal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(call).rejects.toThrow('enough');
    await calls.call('double', 1);
    expect(aborted).toEqual(['a']);
    expect(calls.pendingCount).toBe(0);
    await worker.terminate();
  });

  it('rejects what is under way, and what comes later, when the worker ends', async () => {
    const crashes: string[] = [];
    const { calls, worker } = connect({ onCrash: ({ message }) => crashes.push(message) });
    const call = calls.call('wait', 'a');
    await Promise.all([
      expect(call).rejects.toMatchObject({ name: 'WorkerGoneError', message: 'test worker ended' }),
      worker.terminate(),
    ]);
    await expect(calls.call('double', 1)).rejects.toThrow('test worker ended');
    expect(crashes).toEqual(['test worker ended']);
  });

  it('is not crashed when it was closed', async () => {
    const crashes: string[] = [];
    const { calls } = connect({ onCrash: ({ message }) => crashes.push(message) });
    await calls.close();
    expect(crashes).toEqual([]);
  });
});
