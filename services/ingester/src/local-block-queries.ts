/** Answers from complete local blocks, one after the other: in the block reader's thread. */
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import {
  ALL_BATCH_COLUMNS,
  BlockCache,
  fetchSpanBatches,
  openBlock,
  type OpenBlock,
} from '@tempo-ts/block';
import { tempopb } from '@tempo-ts/contracts';
import type { ObjectStore } from '@tempo-ts/object-store';
import type { BlockRef } from '@tempo-ts/ports';
import { traceToOtlp } from '@tempo-ts/span-batch';
import {
  collectTagNames,
  collectTagValues,
  executeSearch,
  planFromRequest,
} from '@tempo-ts/traceql-engine';
import type { BlockCalls } from './block-calls.ts';
import { blockSpansets } from './block-spansets.ts';
import type { CallHandlers } from './worker-calls.ts';

/** Footers and bloom filters of the few blocks that are not in the object store yet. */
const CACHE_BYTES = 32 * 1024 * 1024;

type Queries = Omit<CallHandlers<BlockCalls>, 'write'>;

/** Handlers over the store of local blocks. */
export function localBlockHandlers(opened: Promise<ObjectStore>): Queries {
  const cache = new BlockCache({ capacityBytes: CACHE_BYTES });
  const open = async (ref: BlockRef, signal: AbortSignal): Promise<OpenBlock> =>
    openBlock({ ref, store: await opened, cache, signal });
  return {
    async find({ blocks, traceId }, signal) {
      const traces: Uint8Array[] = [];
      let inspectedBytes = 0;
      for (const ref of blocks) {
        const block = await open(ref, signal);
        const trace = await findTraceById(block, traceId, signal);
        if (trace) traces.push(trace);
        inspectedBytes += block.inspected.bytes;
      }
      return { value: { traces, inspectedBytes } };
    },
    async search({ blocks, request }, signal) {
      const plan = planFromRequest(fromBinary(tempopb.SearchRequestSchema, request));
      return overBlocks(blocks, async (ref) => {
        const block = await open(ref, signal);
        const response = await executeSearch(plan, blockSpansets(block), signal);
        return toBinary(tempopb.SearchResponseSchema, response);
      });
    },
    async tags({ blocks, request, maxBytes }, signal) {
      const message = fromBinary(tempopb.SearchTagsRequestSchema, request);
      return overBlocks(blocks, async (ref) => {
        const source = blockSpansets(await open(ref, signal));
        const response = await collectTagNames(message, source, { maxBytes }, signal);
        return toBinary(tempopb.SearchTagsV2ResponseSchema, response);
      });
    },
    async tagValues({ blocks, request, maxBytes }, signal) {
      const message = fromBinary(tempopb.SearchTagValuesRequestSchema, request);
      return overBlocks(blocks, async (ref) => {
        const source = blockSpansets(await open(ref, signal));
        const response = await collectTagValues(message, source, { maxBytes }, signal);
        return toBinary(tempopb.SearchTagValuesV2ResponseSchema, response);
      });
    },
  };
}

async function overBlocks(
  blocks: readonly BlockRef[],
  answer: (ref: BlockRef) => Promise<Uint8Array>,
): Promise<{ value: readonly Uint8Array[] }> {
  const value: Uint8Array[] = [];
  for (const ref of blocks) value.push(await answer(ref));
  return { value };
}

async function findTraceById(block: OpenBlock, traceId: Uint8Array, signal: AbortSignal) {
  for await (const batch of fetchSpanBatches(block, { columns: ALL_BATCH_COLUMNS, signal }))
    for (let row = 0; row < batch.traces.count; row += 1)
      if (Buffer.compare(batch.traces.ids.subarray(row * 16, row * 16 + 16), traceId) === 0)
        return traceToOtlp(batch, row);
  return undefined;
}
