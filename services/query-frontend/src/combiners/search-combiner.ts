/**
 * Joins the answers of a search's jobs into the newest `limit` traces: newest first, then by trace id.
 * Answers are taken in the order of the plan, however they arrive, so that the same data gives the
 * same answer.
 */
import { create } from '@bufbuild/protobuf';
import { tempopb } from '@tempo-ts/contracts';
import { combineTraceMetadata, compareNewest } from '@tempo-ts/traceql-engine';
import type { SearchPlan } from '../sharders/search-sharder.ts';

/** The answer to a search, growing. */
export class SearchCombiner {
  readonly #plan: SearchPlan;
  readonly #limit: number;
  readonly #traces = new Map<string, tempopb.TraceSearchMetadata>();
  /** Answers that came before those of jobs planned earlier. */
  readonly #early = new Map<number, tempopb.SearchResponse>();
  /** Jobs before this one are in. */
  #combined = 0;
  #completedJobs = 0;
  #inspectedTraces = 0;
  #inspectedBytes = 0n;
  #inspectedSpans = 0n;

  constructor(plan: SearchPlan, options: { readonly limit: number }) {
    this.#plan = plan;
    this.#limit = options.limit;
  }

  /** Takes the answer of the job at `index`; true when further answers cannot change the result. */
  add(response: tempopb.SearchResponse, index: number): boolean {
    this.#completedJobs += 1;
    this.#inspectedTraces += response.metrics?.inspectedTraces ?? 0;
    this.#inspectedBytes += response.metrics?.inspectedBytes ?? 0n;
    this.#inspectedSpans += response.metrics?.inspectedSpans ?? 0n;
    this.#early.set(index, response);
    for (;;) {
      const next = this.#early.get(this.#combined);
      if (!next) return false;
      this.#early.delete(this.#combined);
      this.#combined += 1;
      this.#merge(next.traces);
      if (this.#hasEnough()) return true;
    }
  }

  /** The newest traces so far. */
  result(): tempopb.SearchResponse {
    return this.#response(this.#newest());
  }

  /** Those of them that no job which is still out can displace. */
  settled(): tempopb.SearchResponse {
    const boundary = this.#newestPossible();
    return this.#response(this.#newest().filter((trace) => startMs(trace) > boundary));
  }

  #response(traces: tempopb.TraceSearchMetadata[]): tempopb.SearchResponse {
    const { jobs, totalBlocks, totalBlockBytes } = this.#plan;
    return create(tempopb.SearchResponseSchema, {
      traces,
      metrics: {
        inspectedTraces: this.#inspectedTraces,
        inspectedBytes: this.#inspectedBytes,
        inspectedSpans: this.#inspectedSpans,
        totalBlocks,
        totalBlockBytes: BigInt(totalBlockBytes),
        totalJobs: jobs.length,
        completedJobs: this.#completedJobs,
      },
    });
  }

  #merge(traces: readonly tempopb.TraceSearchMetadata[]): void {
    for (const trace of traces) {
      const known = this.#traces.get(trace.traceID);
      this.#traces.set(trace.traceID, known ? combineTraceMetadata(known, trace) : trace);
    }
    // Of traces that are older than `limit` others nothing needs to be kept: pieces that come later
    // only make a trace start earlier.
    if (this.#traces.size <= 2 * this.#limit) return;
    const kept = this.#newest();
    this.#traces.clear();
    for (const trace of kept) this.#traces.set(trace.traceID, trace);
  }

  #newest(): tempopb.TraceSearchMetadata[] {
    return [...this.#traces.values()].toSorted(compareNewest).slice(0, this.#limit);
  }

  /** Start of the newest trace that jobs still out may find. */
  #newestPossible(): number {
    return this.#plan.newestUnixMs[this.#combined] ?? Number.NEGATIVE_INFINITY;
  }

  #hasEnough(): boolean {
    if (this.#combined >= this.#plan.jobs.length) return true;
    if (this.#traces.size < this.#limit) return false;
    const oldest = this.#newest().at(-1)!;
    return startMs(oldest) > this.#newestPossible();
  }
}

function startMs({ startTimeUnixNano }: tempopb.TraceSearchMetadata): number {
  return Number(startTimeUnixNano / 1_000_000n);
}
