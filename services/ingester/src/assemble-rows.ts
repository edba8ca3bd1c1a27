/** Rows of chunks, gathered trace by trace and put together. */
import {
  assembleTraces,
  traceToOtlp,
  type AssemblyInput,
  type SpanBatch,
} from '@tempo-ts/span-batch';

/** A row of `batch.traces`: a piece of a trace. */
export interface RowOfBatch {
  readonly batch: SpanBatch;
  readonly row: number;
}

/** Collects rows, all those of a trace at a time. */
export class RowCollection {
  #rows = new Map<SpanBatch, number[]>();
  #spanCount = 0;

  /** Spans of the rows collected so far; those that come twice count twice. */
  get spanCount(): number {
    return this.#spanCount;
  }

  add(batch: SpanBatch, row: number): void {
    const rows = this.#rows.get(batch);
    if (rows) rows.push(row);
    else this.#rows.set(batch, [row]);
    this.#spanCount += spanCountOfRow(batch, row);
  }

  /** The collected traces as one batch; the collection is empty afterwards. */
  assemble(): SpanBatch {
    const inputs: AssemblyInput[] = [...this.#rows].map(([batch, rows]) => ({
      batch,
      rows: Int32Array.from(rows),
    }));
    this.#rows = new Map();
    this.#spanCount = 0;
    return assembleTraces(inputs);
  }
}

/** The trace that `rows` are the pieces of, as a serialized Trace. */
export function assembledTraceBytes(rows: readonly RowOfBatch[]): Uint8Array {
  const collection = new RowCollection();
  for (const { batch, row } of rows) collection.add(batch, row);
  return traceToOtlp(collection.assemble(), 0);
}

/** Spans of one row. */
export function spanCountOfRow(batch: SpanBatch, row: number): number {
  return spanStart(batch, row + 1) - spanStart(batch, row);
}

function spanStart(batch: SpanBatch, row: number): number {
  const resourceEntry = batch.traces.resourceOffsets[row]!;
  const scopeEntry = batch.resourceEntries.scopeOffsets[resourceEntry]!;
  return batch.scopeEntries.spanOffsets[scopeEntry]!;
}
