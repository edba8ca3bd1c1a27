/** Runs a search over a source: decides batch by batch, builds answers for the newest traces alone. */
import { create } from '@bufbuild/protobuf';
import { tempopb } from '@tempo-ts/contracts';
import type { SpanBatch } from '@tempo-ts/span-batch';
import { BatchView } from './batch-view.ts';
import { NewestTraces } from './newest-traces.ts';
import { dropOutside } from './overlapping-traces.ts';
import type { SearchPlan, TraceMatches } from './search-plan.ts';
import { traceMetadata } from './search-result.ts';
import type { SpansetSource } from './spanset-source.ts';

/**
 * The newest matching traces, newest first, then by trace id. Same data, same answer, in whatever
 * batches it comes. `metrics` counts traces and spans looked at; bytes and jobs are the caller's.
 *
 * Rejects with the signal's reason once it is aborted, and with QueryError when the query fails on
 * the data.
 */
export async function executeSearch(
  plan: SearchPlan,
  source: SpansetSource,
  signal: AbortSignal,
): Promise<tempopb.SearchResponse> {
  const run = new SearchRun(plan);
  if (!plan.isEmpty) {
    const candidates = (batch: SpanBatch) => run.candidates(batch);
    for await (const batch of source.fetch({ ...plan.fetch, candidates, signal })) {
      signal.throwIfAborted();
      run.add(batch);
    }
  }
  return run.response();
}

interface Decided {
  readonly batch: SpanBatch;
  readonly view: BatchView;
  readonly matches: TraceMatches;
  /** The rows that may belong to the answer. */
  readonly rows: readonly number[];
}

class SearchRun {
  readonly #plan: SearchPlan;
  readonly #newest: NewestTraces;
  readonly #metrics = create(tempopb.SearchMetricsSchema);
  /** The last batch decided on. */
  #decided: Decided | undefined;
  /** Batches are counted where they are seen whole: as candidates, if the source asks for those. */
  #isCountedAsCandidates = false;

  constructor(plan: SearchPlan) {
    this.#plan = plan;
    this.#newest = new NewestTraces(plan.options.limit);
  }

  /**
   * Of whole traces the answer is exact, and only the newest are asked for: the source need not read
   * what is shown of all the others.
   */
  candidates(batch: SpanBatch): Uint8Array {
    const rows = new Uint8Array(batch.traces.count);
    if (!batch.isAssembled) return this.#plan.fetch.candidates?.(batch) ?? rows.fill(1);
    this.#isCountedAsCandidates = true;
    this.#count(batch);
    this.#decided = this.#decide(batch);
    for (const row of this.#decided.rows) rows[row] = 1;
    return rows;
  }

  add(batch: SpanBatch): void {
    if (!this.#isCountedAsCandidates) this.#count(batch);
    const decided = this.#decided?.batch === batch ? this.#decided : this.#decide(batch);
    this.#decided = undefined;
    const { view, matches, rows } = decided;
    for (const row of rows) this.#newest.add(traceMetadata(view, row, matches.spanSets(row)));
  }

  response(): tempopb.SearchResponse {
    const traces = this.#newest.sorted();
    return create(tempopb.SearchResponseSchema, { traces, metrics: this.#metrics });
  }

  #decide(batch: SpanBatch): Decided {
    const view = new BatchView(batch);
    const matches = this.#plan.match(view);
    const inTime = dropOutside(batch.traces, this.#plan.options, matches.traces);
    return { batch, view, matches, rows: this.#newest.chooseRows(batch.traces, inTime) };
  }

  #count(batch: SpanBatch): void {
    this.#metrics.inspectedTraces += batch.traces.count;
    this.#metrics.inspectedSpans += BigInt(batch.spans.count);
  }
}
