/** All heads of all tenants, and what the head worker can do with them. */
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { tempopb } from '@tempo-ts/contracts';
import type { TenantId } from '@tempo-ts/ports';
import { assert, type CallHandlers } from '@tempo-ts/runtime';
import type { DedicatedColumn } from '@tempo-ts/span-batch';
import {
  collectTagNames,
  collectTagValues,
  executeMetrics,
  executeSearch,
  planFromRequest,
  planMetrics,
  type SpansetSource,
} from '@tempo-ts/traceql-engine';
import { assembledTraceBytes, type RowOfBatch } from './assemble-rows.ts';
import { CarriedRows } from './carried-rows.ts';
import { Head, type AppendResult, type HeadSnapshot } from './head.ts';
import type { HeadCalls, HeadContent } from './head-calls.ts';
import { recentSpansets, rowsOfTrace, type Pause } from './recent-spansets.ts';

export interface HeadSetOptions {
  readonly chunkSpans: number;
  readonly searchBatchSpans: number;
  readonly seed: number;
  readonly pause: Pause;
}

export class HeadSet {
  readonly #options: HeadSetOptions;
  readonly #heads = new Map<number, Head>();
  /** Heads of each tenant, oldest first. */
  readonly #ofTenant = new Map<TenantId, Head[]>();

  constructor(options: HeadSetOptions) {
    this.#options = options;
  }

  open(head: {
    readonly tenant: TenantId;
    readonly headId: number;
    readonly dedicatedColumns: readonly DedicatedColumn[];
  }): void {
    const { tenant, headId, dedicatedColumns } = head;
    const { chunkSpans, seed } = this.#options;
    const opened = new Head({ headId, dedicatedColumns, chunkSpans, seed });
    this.#heads.set(headId, opened);
    this.#ofTenant.set(tenant, [...(this.#ofTenant.get(tenant) ?? []), opened]);
  }

  /** Memory that the columns of all heads take. */
  get memoryBytes(): number {
    let bytes = 0;
    for (const head of this.#heads.values()) bytes += head.memoryBytes;
    return bytes;
  }

  append(headId: number, payload: Uint8Array, isCarried: boolean): AppendResult {
    return this.#get(headId).append(payload, isCarried);
  }

  /** Forgets a head. */
  release(headId: number): void {
    this.#heads.delete(headId);
    for (const [tenant, heads] of this.#ofTenant) {
      const rest = heads.filter((head) => head.headId !== headId);
      if (rest.length === 0) this.#ofTenant.delete(tenant);
      else if (rest.length < heads.length) this.#ofTenant.set(tenant, rest);
    }
  }

  handlers(): CallHandlers<HeadCalls> {
    return {
      cut: async (request) => ({ value: await this.#cut(request) }),
      content: async ({ headId }) => ({ value: contentOf(this.#get(headId).snapshot()) }),
      find: async ({ tenant, traceId }) => ({
        value: findTrace(rowsOfTrace(this.#snapshots(tenant), traceId)),
      }),
      search: async ({ tenant, request }, signal) => {
        const source = this.#source(tenant);
        const plan = planFromRequest(fromBinary(tempopb.SearchRequestSchema, request));
        const response = await executeSearch(plan, source, signal);
        return { value: toBinary(tempopb.SearchResponseSchema, response) };
      },
      tags: async ({ tenant, request, maxBytes }, signal) => {
        const source = this.#source(tenant);
        const message = fromBinary(tempopb.SearchTagsRequestSchema, request);
        const response = await collectTagNames(message, source, { maxBytes }, signal);
        return { value: toBinary(tempopb.SearchTagsV2ResponseSchema, response) };
      },
      tagValues: async ({ tenant, request, maxBytes }, signal) => {
        const source = this.#source(tenant);
        const message = fromBinary(tempopb.SearchTagValuesRequestSchema, request);
        const response = await collectTagValues(message, source, { maxBytes }, signal);
        return { value: toBinary(tempopb.SearchTagValuesV2ResponseSchema, response) };
      },
      queryRange: async ({ tenant, request }, signal) => {
        const source = this.#source(tenant);
        const plan = planMetrics(fromBinary(tempopb.QueryRangeRequestSchema, request));
        return { value: await executeMetrics(plan, source, signal) };
      },
    };
  }

  /**
   * Rows are added to the next head trace by trace; only when all are there are they left out of the
   * old one, so a query in between sees them twice and puts them together, and never misses one.
   */
  async #cut(request: HeadCalls['cut']['request']): Promise<readonly Uint8Array[]> {
    const head = this.#get(request.headId);
    const next = this.#get(request.nextHeadId);
    const traces = head.tracesToCarryOn(request.liveIds);
    const snapshot = head.snapshot();
    const carried = new CarriedRows((payload) => next.append(payload, true));
    const id = new Uint8Array(16);
    for (const trace of traces) {
      snapshot.index.copyId(trace, id, 0);
      carried.add(id, rowsOfTrace([snapshot], id));
      await this.#options.pause();
    }
    carried.finish();
    head.leaveOut(traces);
    return carried.payloads;
  }

  #get(headId: number): Head {
    const head = this.#heads.get(headId);
    assert(head, `head ${headId} is open`);
    return head;
  }

  #snapshots(tenant: TenantId): HeadSnapshot[] {
    return (this.#ofTenant.get(tenant) ?? []).map((head) => head.snapshot());
  }

  /** Taken at once: what is posted later does not take part. */
  #source(tenant: TenantId): SpansetSource {
    const { searchBatchSpans, pause } = this.#options;
    return recentSpansets(this.#snapshots(tenant), { batchSpans: searchBatchSpans, pause });
  }
}

function findTrace(rows: readonly RowOfBatch[]): HeadCalls['find']['reply'] {
  if (rows.length === 0) return { trace: undefined, inspectedBytes: 0 };
  const trace = assembledTraceBytes(rows);
  return { trace, inspectedBytes: trace.length };
}

function contentOf(snapshot: HeadSnapshot): HeadContent {
  const { chunks, index, carriedOn } = snapshot;
  let rowCount = 0;
  const excluded = chunks.map(({ batch, firstRow }) => {
    const rows = new Uint8Array(batch.traces.count);
    for (let row = 0; row < rows.length; row += 1) {
      if (carriedOn?.[index.traceOfRow(firstRow + row)]) rows[row] = 1;
      else rowCount += 1;
    }
    return rows;
  });
  return { chunks: chunks.map(({ batch }) => batch), excluded, rowCount };
}
