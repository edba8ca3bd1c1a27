/**
 * A thread for blocks on the local disk: writes them, and reads those that the object store does not
 * have yet.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { createBlock, toBlockRef } from '@tempo-ts/block';
import { LocalObjectStore, type ObjectStore } from '@tempo-ts/object-store';
import { assert, serveCalls, systemClock, systemRandom } from '@tempo-ts/runtime';
import { blockBatches } from './block-batches.ts';
import type { BlockCalls, BlockWorkerSettings, WriteBlockRequest } from './block-calls.ts';
import { localBlockHandlers } from './local-block-queries.ts';

const port = parentPort;
assert(port, 'the block worker runs in a thread');
const { path } = workerData as BlockWorkerSettings;
const opened = LocalObjectStore.open({ path, clock: systemClock, random: systemRandom });

serveCalls<BlockCalls>(port, {
  write: async (request, signal) => ({ value: await write(await opened, request, signal) }),
  ...localBlockHandlers(opened),
});

async function write(store: ObjectStore, request: WriteBlockRequest, signal: AbortSignal) {
  const { tenant, blockId, content, range, dedicatedColumns, batchSpans, config } = request;
  const meta = await createBlock({
    store,
    tenant,
    blockId,
    batches: blockBatches(content, batchSpans),
    startUnixMs: range.startUnixSeconds * 1000,
    endUnixMs: range.endUnixSeconds * 1000,
    dedicatedColumns,
    config,
    signal,
  });
  return toBlockRef(meta);
}
