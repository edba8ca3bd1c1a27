/** A thread that reads stored blocks: it opens the object store by itself and runs jobs on it. */
import { parentPort, workerData } from 'node:worker_threads';
import { openObjectStore } from '@tempo-ts/object-store';
import { assert, serveCalls, systemClock, systemRandom } from '@tempo-ts/runtime';
import { createMetricsRegistry } from '@tempo-ts/telemetry';
import type { BlockCalls, BlockWorkerSettings } from './block-calls.ts';
import { blockQueries } from './block-queries.ts';

const port = parentPort;
assert(port, 'the block worker runs in a thread');
const { store, cacheBytes } = workerData as BlockWorkerSettings;
const opened = openObjectStore(store, {
  clock: systemClock,
  random: systemRandom,
  // Requests of this thread are not exported; jobs and their bytes are counted by who asks.
  metrics: createMetricsRegistry(),
});
// A store that cannot be opened fails every call; without a call it is no failure.
opened.catch(() => {});
serveCalls<BlockCalls>(port, blockQueries(opened, { cacheBytes }));
