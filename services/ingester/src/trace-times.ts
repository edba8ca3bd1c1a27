/** Which traces overlap the time range of a query, in exact nanoseconds. */
import { compareUint64, type SpanBatch } from '@tempo-ts/span-batch';
import type { FetchRequest } from '@tempo-ts/traceql-engine';
import type { RowOfBatch } from './assemble-rows.ts';

const NANOS_PER_SECOND = 1_000_000_000n;

/** Unsigned nanoseconds as words: at least `first`, less than `end`. */
export interface NanoRange {
  readonly firstLow: number;
  readonly firstHigh: number;
  readonly endLow: number;
  readonly endHigh: number;
}

/** The range a fetch asks for; undefined when it is open. */
export function rangeOf(
  request: Pick<FetchRequest, 'startUnixSeconds' | 'endUnixSeconds'>,
): NanoRange | undefined {
  const { startUnixSeconds, endUnixSeconds } = request;
  if (startUnixSeconds === undefined || endUnixSeconds === undefined) return undefined;
  const first = BigInt(startUnixSeconds) * NANOS_PER_SECOND;
  const end = (BigInt(endUnixSeconds) + 1n) * NANOS_PER_SECOND;
  return {
    firstLow: lowWordOf(first),
    firstHigh: lowWordOf(first >> 32n),
    endLow: lowWordOf(end),
    endHigh: lowWordOf(end >> 32n),
  };
}

/** Whether a trace, given as all its pieces, begins before the range's end and ends in or after it. */
export function overlaps(pieces: readonly RowOfBatch[], range: NanoRange): boolean {
  // A start of 0 counts as unset, unless no piece has another one.
  let startsBefore = false;
  let hasStart = false;
  let endsAfter = false;
  for (const { batch, row } of pieces) {
    const { words } = batch.traces.startUnixNanos;
    const low = words[row * 2]!;
    const high = words[row * 2 + 1]!;
    if ((low | high) !== 0) {
      hasStart = true;
      startsBefore ||= compareUint64(low, high, range.endLow, range.endHigh) < 0;
    }
    endsAfter ||= endsInOrAfter(batch, row, range);
  }
  return endsAfter && (startsBefore || !hasStart);
}

function endsInOrAfter(batch: SpanBatch, row: number, range: NanoRange): boolean {
  const { words } = batch.traces.endUnixNanos;
  const low = words[row * 2]!;
  const high = words[row * 2 + 1]!;
  return compareUint64(low, high, range.firstLow, range.firstHigh) >= 0;
}

function lowWordOf(value: bigint): number {
  return Number(BigInt.asIntN(32, value));
}
