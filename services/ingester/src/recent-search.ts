/**
 * Answers from everything recent: the rows in the head worker, and complete local blocks that the
 * query does not read itself. Which of the two holds a span is decided in one step on the main
 * thread, in the order in which the head worker sees it, so a block that changes hands is neither
 * missed nor read twice.
 */
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { tempopb } from '@tempo-ts/contracts';
import { combineTraces } from '@tempo-ts/otlp';
import type {
  BlockRef,
  FindRecentTrace,
  FoundTrace,
  PartialSeries,
  PlannedBlocks,
  QueryRangeRecent,
  RecentTraces,
  SearchRecent,
  TagsRecent,
  TagValuesRecent,
  TenantId,
} from '@tempo-ts/ports';
import {
  combinePartialSeries,
  combineSearchResponses,
  combineTagNames,
  combineTagValues,
} from '@tempo-ts/traceql-engine';
import type { BlockClient } from './block-client.ts';
import type { LimitsOf } from './config.ts';
import type { HeadClient } from './head-client.ts';
import type { IngesterBounds } from './limits.ts';
import type { LocalBlocks } from './local-blocks.ts';

/** Tempo's default when a request names no limit. */
const DEFAULT_SEARCH_LIMIT = 20;

const NANOS_PER_SECOND = 1_000_000_000n;

export interface RecentSearchOptions {
  readonly head: HeadClient;
  readonly blocks: BlockClient;
  readonly localBlocks: LocalBlocks;
  readonly limitsOf: LimitsOf;
  readonly bounds: IngesterBounds;
  /** Resolves when all acknowledged spans of the tenant can be found. */
  readonly whenReplayed: (tenant: TenantId, signal: AbortSignal) => Promise<void>;
}

export class RecentSearch implements RecentTraces {
  readonly #options: RecentSearchOptions;
  #running = 0;

  constructor(options: RecentSearchOptions) {
    this.#options = options;
  }

  async findTrace(request: FindRecentTrace, signal: AbortSignal): Promise<FoundTrace> {
    const { tenant, traceId } = request;
    return this.#run(tenant, signal, async () => {
      const blocks = this.#localBlocks(tenant, request.plannedBlocks);
      const inHead = this.#options.head.call('find', { tenant, traceId }, signal);
      const inBlocks =
        blocks.length === 0
          ? { traces: [], inspectedBytes: 0 }
          : this.#options.blocks.read('find', { blocks, traceId }, signal);
      const [head, local] = await Promise.all([inHead, inBlocks]);
      const parts = head.trace ? [...local.traces, head.trace] : local.traces;
      return {
        trace: parts.length === 0 ? undefined : combineTraces(parts),
        inspectedBytes: head.inspectedBytes + local.inspectedBytes,
      };
    });
  }

  async search(request: SearchRecent, signal: AbortSignal): Promise<tempopb.SearchResponse> {
    const { tenant, search } = request;
    return this.#run(tenant, signal, async () => {
      const range = { startUnixSeconds: search.start, endUnixSeconds: search.end };
      const blocks = this.#localBlocks(tenant, request.plannedBlocks, range);
      const bytes = toBinary(tempopb.SearchRequestSchema, search);
      const answers = await this.#answers('search', { tenant, request: bytes }, blocks, signal);
      const responses = answers.map((answer) => fromBinary(tempopb.SearchResponseSchema, answer));
      if (responses.length === 1) return responses[0]!;
      return combineSearchResponses(responses, { limit: search.Limit || DEFAULT_SEARCH_LIMIT });
    });
  }

  async searchTags(
    request: TagsRecent,
    signal: AbortSignal,
  ): Promise<tempopb.SearchTagsV2Response> {
    const { tenant, tags } = request;
    return this.#run(tenant, signal, async () => {
      const range = { startUnixSeconds: tags.start, endUnixSeconds: tags.end };
      const blocks = this.#localBlocks(tenant, request.plannedBlocks, range);
      const bytes = toBinary(tempopb.SearchTagsRequestSchema, tags);
      const maxBytes = this.#maxBytes(tenant);
      const query = { tenant, request: bytes, maxBytes };
      const answers = await this.#answers('tags', query, blocks, signal);
      return combineTagNames(
        answers.map((answer) => fromBinary(tempopb.SearchTagsV2ResponseSchema, answer)),
      );
    });
  }

  async searchTagValues(
    request: TagValuesRecent,
    signal: AbortSignal,
  ): Promise<tempopb.SearchTagValuesV2Response> {
    const { tenant, tagValues } = request;
    return this.#run(tenant, signal, async () => {
      const range = { startUnixSeconds: tagValues.start, endUnixSeconds: tagValues.end };
      const blocks = this.#localBlocks(tenant, request.plannedBlocks, range);
      const bytes = toBinary(tempopb.SearchTagValuesRequestSchema, tagValues);
      const maxBytes = this.#maxBytes(tenant);
      const query = { tenant, request: bytes, maxBytes };
      const answers = await this.#answers('tagValues', query, blocks, signal);
      return combineTagValues(
        answers.map((answer) => fromBinary(tempopb.SearchTagValuesV2ResponseSchema, answer)),
      );
    });
  }

  async queryRange(request: QueryRangeRecent, signal: AbortSignal): Promise<PartialSeries> {
    const { tenant, metrics } = request;
    return this.#run(tenant, signal, async () => {
      const range = {
        startUnixSeconds: Number(metrics.start / NANOS_PER_SECOND),
        endUnixSeconds: Number(metrics.end / NANOS_PER_SECOND) + 1,
      };
      const blocks = this.#localBlocks(tenant, request.plannedBlocks, range);
      const query = { tenant, request: toBinary(tempopb.QueryRangeRequestSchema, metrics) };
      const inHead = this.#options.head.call('queryRange', query, signal);
      const inBlocks =
        blocks.length === 0
          ? []
          : this.#options.blocks.read('queryRange', { ...query, blocks }, signal);
      const [head, local] = await Promise.all([inHead, inBlocks]);
      return combinePartialSeries(metrics, [head, ...local]);
    });
  }

  async #run<T>(tenant: TenantId, signal: AbortSignal, query: () => Promise<T>): Promise<T> {
    const { maxQueries } = this.#options.bounds;
    if (this.#running >= maxQueries)
      throw new Error(`${this.#running} queries run on recent data, limit ${maxQueries}`);
    this.#running += 1;
    try {
      await this.#options.whenReplayed(tenant, signal);
      return await query();
    } finally {
      this.#running -= 1;
    }
  }

  /** Asks the head worker and, when there are local blocks to read, the block reader. */
  async #answers(
    method: 'search' | 'tags' | 'tagValues',
    request: {
      readonly tenant: TenantId;
      readonly request: Uint8Array;
      readonly maxBytes?: number;
    },
    blocks: readonly BlockRef[],
    signal: AbortSignal,
  ): Promise<readonly Uint8Array[]> {
    const query = { ...request, maxBytes: request.maxBytes ?? 0 };
    const inHead = this.#options.head.call(method, query, signal);
    const inBlocks =
      blocks.length === 0 ? [] : this.#options.blocks.read(method, { ...query, blocks }, signal);
    const [head, local] = await Promise.all([inHead, inBlocks]);
    return [head, ...local];
  }

  /** Complete blocks the query does not read itself; with a range, those that may overlap it. */
  #localBlocks(
    tenant: TenantId,
    plannedBlocks: PlannedBlocks,
    range?: { readonly startUnixSeconds: number; readonly endUnixSeconds: number },
  ): BlockRef[] {
    const hasRange = range !== undefined && range.endUnixSeconds > 0;
    return this.#options.localBlocks
      .of(tenant)
      .map(({ ref }) => ref)
      .filter(({ blockId }) => !plannedBlocks.has(blockId))
      .filter(
        ({ startUnixMs, endUnixMs }) =>
          !hasRange ||
          (startUnixMs <= range.endUnixSeconds * 1000 + 999 &&
            endUnixMs >= range.startUnixSeconds * 1000),
      );
  }

  #maxBytes(tenant: TenantId): number {
    return this.#options.limitsOf(tenant).maxBytesPerTagValuesQuery;
  }
}
