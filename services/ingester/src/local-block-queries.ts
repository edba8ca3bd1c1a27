/** Answers from complete local blocks, one after the other: in the block reader's thread. */
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import {
  BlockCache,
  blockSpansetSource,
  findTraceById,
  openBlock,
  type OpenBlock,
} from '@tempo-ts/block';
import { tempopb } from '@tempo-ts/contracts';
import type { ObjectStore } from '@tempo-ts/object-store';
import type { BlockRef } from '@tempo-ts/ports';
import type { CallHandlers } from '@tempo-ts/runtime';
import {
  collectTagNames,
  collectTagValues,
  executeMetrics,
  executeSearch,
  planFromRequest,
  planMetrics,
} from '@tempo-ts/traceql-engine';
import type { BlockCalls } from './block-calls.ts';

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
        const found = await findTraceById(await open(ref, signal), traceId, signal);
        if (found.trace) traces.push(found.trace);
        inspectedBytes += found.inspectedBytes;
      }
      return { value: { traces, inspectedBytes } };
    },
    async search({ blocks, request }, signal) {
      const plan = planFromRequest(fromBinary(tempopb.SearchRequestSchema, request));
      return overBlocks(blocks, async (ref) => {
        const block = await open(ref, signal);
        const response = await executeSearch(plan, blockSpansetSource(block), signal);
        return toBinary(tempopb.SearchResponseSchema, response);
      });
    },
    async tags({ blocks, request, maxBytes }, signal) {
      const message = fromBinary(tempopb.SearchTagsRequestSchema, request);
      return overBlocks(blocks, async (ref) => {
        const source = blockSpansetSource(await open(ref, signal));
        const response = await collectTagNames(message, source, { maxBytes }, signal);
        return toBinary(tempopb.SearchTagsV2ResponseSchema, response);
      });
    },
    async tagValues({ blocks, request, maxBytes }, signal) {
      const message = fromBinary(tempopb.SearchTagValuesRequestSchema, request);
      return overBlocks(blocks, async (ref) => {
        const source = blockSpansetSource(await open(ref, signal));
        const response = await collectTagValues(message, source, { maxBytes }, signal);
        return toBinary(tempopb.SearchTagValuesV2ResponseSchema, response);
      });
    },
    async queryRange({ blocks, request }, signal) {
      const plan = planMetrics(fromBinary(tempopb.QueryRangeRequestSchema, request));
      return overBlocks(blocks, async (ref) => {
        const block = await open(ref, signal);
        const partial = await executeMetrics(plan, blockSpansetSource(block), signal);
        return { ...partial, inspectedBytes: block.inspected.bytes };
      });
    },
  };
}

async function overBlocks<T>(
  blocks: readonly BlockRef[],
  answer: (ref: BlockRef) => Promise<T>,
): Promise<{ value: readonly T[] }> {
  const value: T[] = [];
  for (const ref of blocks) value.push(await answer(ref));
  return { value };
}
