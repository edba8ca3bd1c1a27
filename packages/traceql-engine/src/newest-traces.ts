/** Keeps the newest traces of a search. */
import type { tempopb } from '@tempo-ts/contracts';
import { type TraceTable, uint64ToNumber } from '@tempo-ts/span-batch';
import { combineTraceMetadata } from './combine-search-results.ts';
import { compareUint64Rows } from './int64.ts';
import { compareNewest } from './trace-order.ts';

/** At most `2 * limit` traces are held at any time. */
export class NewestTraces {
  readonly #limit: number;
  #kept = new Map<string, tempopb.TraceSearchMetadata>();
  /** Traces that start before this are not among the newest. */
  #oldestStart = 0n;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The rows among `matching` that may belong to the result, so that only those are built. */
  chooseRows(traces: TraceTable, matching: Uint8Array): readonly number[] {
    if (this.#kept.size >= this.#limit) this.#shrink();
    const { startUnixNanos, ids } = traces;
    // Doubles round, but never past each other: no row that belongs to the result is left out.
    const oldest = Number(this.#oldestStart);
    const rows: number[] = [];
    const starts: number[] = [];
    for (let row = matching.indexOf(1); row >= 0; row = matching.indexOf(1, row + 1)) {
      const start = uint64ToNumber(startUnixNanos, row);
      if (start < oldest) continue;
      rows.push(row);
      starts.push(start);
    }
    if (rows.length <= this.#limit) return rows;
    const least = nthLargest(starts, this.#limit);
    return rows
      .filter((_, i) => starts[i]! >= least)
      .toSorted(
        (left, right) =>
          compareUint64Rows(startUnixNanos, right, left) ||
          Buffer.compare(idAt(ids, left), idAt(ids, right)),
      )
      .slice(0, this.#limit);
  }

  /** Adds a trace; one that is there already gets what is new. */
  add(trace: tempopb.TraceSearchMetadata): void {
    const known = this.#kept.get(trace.traceID);
    this.#kept.set(trace.traceID, known ? combineTraceMetadata(known, trace) : trace);
    if (this.#kept.size >= 2 * this.#limit) this.#shrink();
  }

  /** The newest `limit` traces. */
  sorted(): tempopb.TraceSearchMetadata[] {
    return [...this.#kept.values()].toSorted(compareNewest).slice(0, this.#limit);
  }

  #shrink(): void {
    const newest = this.sorted();
    this.#kept = new Map(newest.map((trace) => [trace.traceID, trace]));
    this.#oldestStart = newest.at(-1)?.startTimeUnixNano ?? 0n;
  }
}

/** The `n`th largest of at least `n` values. */
function nthLargest(values: readonly number[], n: number): number {
  return Float64Array.from(values).toSorted()[values.length - n]!;
}

function idAt(ids: Uint8Array, row: number): Uint8Array {
  return ids.subarray(16 * row, 16 * row + 16);
}
