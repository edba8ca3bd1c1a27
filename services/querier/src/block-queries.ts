/** Answers from stored blocks: what a block worker does. */
import { setImmediate } from 'node:timers/promises';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import {
  BlockCache,
  blockSpansetSource,
  findTraceById,
  openBlock,
  type OpenBlock,
} from '@tempo-ts/block';
import { tempopb } from '@tempo-ts/contracts';
import type { ObjectStore } from '@tempo-ts/object-store';
import { combineTraces } from '@tempo-ts/otlp';
import type { BlockRef, FoundTrace } from '@tempo-ts/ports';
import type { CallHandlers, Reply } from '@tempo-ts/runtime';
import {
  collectTagNames,
  collectTagValues,
  executeMetrics,
  executeSearch,
  planFromRequest,
  planMetrics,
  type SpansetSource,
} from '@tempo-ts/traceql-engine';
import type { BlockCalls } from './block-calls.ts';
import { BLOCKS_AT_ONCE } from './limits.ts';

/** Handlers over the blocks of `store`; parts of blocks that are read again are kept. */
export function blockQueries(
  store: Promise<ObjectStore>,
  options: { readonly cacheBytes: number },
): CallHandlers<BlockCalls> {
  const cache = new BlockCache({ capacityBytes: options.cacheBytes });
  const open = async (ref: BlockRef, signal: AbortSignal) =>
    openBlock({ ref, store: await store, cache, signal });
  return {
    async find({ blocks, traceId }, signal) {
      const found = await inBlocks(blocks, async (ref) =>
        findTraceById(await open(ref, signal), traceId, signal),
      );
      return { value: joinFound(found) };
    },
    async search({ block: ref, rowGroups, request }, signal) {
      const plan = planFromRequest(fromBinary(tempopb.SearchRequestSchema, request));
      const block = await open(ref, signal);
      const source = takingTurns(blockSpansetSource(block, { rowGroups }));
      const response = await executeSearch(plan, source, signal);
      response.metrics!.inspectedBytes = BigInt(block.inspected.bytes);
      return bytesReply(toBinary(tempopb.SearchResponseSchema, response));
    },
    async tags({ block: ref, request, maxBytes }, signal) {
      const message = fromBinary(tempopb.SearchTagsRequestSchema, request);
      const block = await open(ref, signal);
      const source = takingTurns(blockSpansetSource(block));
      const response = await collectTagNames(message, source, { maxBytes }, signal);
      response.metrics = metadataMetrics(block);
      return bytesReply(toBinary(tempopb.SearchTagsV2ResponseSchema, response));
    },
    async tagValues({ block: ref, request, maxBytes }, signal) {
      const message = fromBinary(tempopb.SearchTagValuesRequestSchema, request);
      const block = await open(ref, signal);
      const source = takingTurns(blockSpansetSource(block));
      const response = await collectTagValues(message, source, { maxBytes }, signal);
      response.metrics = metadataMetrics(block);
      return bytesReply(toBinary(tempopb.SearchTagValuesV2ResponseSchema, response));
    },
    async queryRange({ block: ref, rowGroups, request }, signal) {
      const plan = planMetrics(fromBinary(tempopb.QueryRangeRequestSchema, request));
      const block = await open(ref, signal);
      const source = takingTurns(blockSpansetSource(block, { rowGroups }));
      const partial = await executeMetrics(plan, source, signal);
      return { value: { ...partial, inspectedBytes: block.inspected.bytes } };
    },
  };
}

function metadataMetrics({ inspected }: OpenBlock): tempopb.MetadataMetrics {
  return create(tempopb.MetadataMetricsSchema, { inspectedBytes: BigInt(inspected.bytes) });
}

/** Between batches the thread hears of cancelled and of new calls. */
export function takingTurns(source: SpansetSource): SpansetSource {
  return {
    async *fetch(request) {
      for await (const batch of source.fetch(request)) {
        yield batch;
        await setImmediate();
        request.signal.throwIfAborted();
      }
    },
  };
}

/** Runs `task` for every block, some at a time; results are in the order of the blocks. */
async function inBlocks<T>(
  blocks: readonly BlockRef[],
  task: (ref: BlockRef) => Promise<T>,
): Promise<T[]> {
  const results: T[] = [];
  for (let start = 0; start < blocks.length; start += BLOCKS_AT_ONCE)
    results.push(...(await Promise.all(blocks.slice(start, start + BLOCKS_AT_ONCE).map(task))));
  return results;
}

function joinFound(found: readonly FoundTrace[]): FoundTrace {
  const parts = found.map(({ trace }) => trace).filter((trace) => trace !== undefined);
  return {
    trace: parts.length > 0 ? combineTraces(parts) : undefined,
    inspectedBytes: found.reduce((sum, { inspectedBytes }) => sum + inspectedBytes, 0),
  };
}

/** The bytes are handed over, not copied. */
function bytesReply(value: Uint8Array): Reply<Uint8Array> {
  return value.byteLength === value.buffer.byteLength && value.buffer instanceof ArrayBuffer
    ? { value, transfer: [value.buffer] }
    : { value };
}
