/**
 * The port through which the engine reads spans. Recent data and stored blocks implement it; the
 * engine knows nothing of where batches come from.
 */
import type { BatchColumn, SpanBatch } from '@tempo-ts/span-batch';

/** What the engine wants to read. */
export interface FetchRequest {
  /**
   * Every column the engine may access, for `candidates` as well as for evaluation. A named column
   * (`span.column:x`) that the data does not have is left out silently: the engine looks for the
   * name in the attribute table as well.
   */
  readonly columns: ReadonlySet<BatchColumn>;
  /**
   * Whole seconds since 1970, both or none. A trace takes part, with all its spans, when
   * `trace.start <= end && trace.end >= start`.
   */
  readonly startUnixSeconds?: number;
  readonly endUnixSeconds?: number;
  /**
   * One byte per row of `batch.traces`: 1 when the trace, or a trace this row is a piece of, may
   * match. Works on assembled and on unassembled batches, reads only `columns`, and errs on the
   * side of 1. Absent: every trace may match.
   *
   * Rows of an assembled batch MUST be whole traces, as `fetch` would yield them: there the engine may
   * decide for good, and ask for no more traces than it will answer with.
   *
   * A source MAY leave out traces none of whose pieces is a candidate, and MUST keep every piece of
   * a trace as soon as one of its pieces is one.
   */
  readonly candidates?: (batch: SpanBatch) => Uint8Array;
  readonly signal: AbortSignal;
}

/** Spans to search. */
export interface SpansetSource {
  /**
   * The traces of the time range as assembled batches (`isAssembled`), each holding whole traces as
   * far as this source knows them. No trace comes twice from one fetch. Batches come in any order,
   * one at a time: the next one is read when the engine asks for it.
   *
   * Rejects with the signal's reason once it is aborted.
   */
  fetch(request: FetchRequest): AsyncIterable<SpanBatch>;
}
