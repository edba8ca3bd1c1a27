/** A block as the TraceQL engine reads it. */
import type { RowSpan } from '@tempo-ts/parquet';
import type { RowGroupRange } from '@tempo-ts/ports';
import { compareUint64, highWord, lowWord, type SpanBatch } from '@tempo-ts/span-batch';
import type { FetchRequest, SpansetSource } from '@tempo-ts/traceql-engine';
import { fetchTraceRuns, type TraceRun } from './fetch-span-batches.ts';
import { describing, type OpenBlock } from './open-block.ts';
import { columnsToBatch } from './vparquet4/columns-to-batch.ts';

const NANOS_PER_SECOND = 1_000_000_000n;

/**
 * Spans of some row groups of a block; of all when none are given. Traces outside the time range are
 * left out, and so are those that cannot match when that saves decoding: their other columns are
 * never looked at.
 */
export function blockSpansetSource(
  block: OpenBlock,
  options: { readonly rowGroups?: RowGroupRange; readonly maxSpansPerBatch?: number } = {},
): SpansetSource {
  return { fetch: (request) => fetchMatching(block, request, options) };
}

async function* fetchMatching(
  block: OpenBlock,
  request: FetchRequest,
  options: { readonly rowGroups?: RowGroupRange; readonly maxSpansPerBatch?: number },
): AsyncGenerator<SpanBatch> {
  const range = nanosOf(request);
  const columns = range ? new Set([...request.columns, 'trace.times' as const]) : request.columns;
  const runs = fetchTraceRuns(block, { ...options, columns, signal: request.signal });
  for await (const run of runs) {
    request.signal.throwIfAborted();
    const batch = await describing(block.ref.blockId, async () => select(run, request, range));
    if (batch) yield batch;
  }
}

/** The traces of a run that take part; undefined when there are none. */
function select(
  run: TraceRun,
  request: FetchRequest,
  range: NanoRange | undefined,
): SpanBatch | undefined {
  const { source, rows } = run;
  const whole = columnsToBatch(source, rows ? [rows] : undefined);
  const count = whole.traces.count;
  const selected = request.candidates?.(whole).slice() ?? new Uint8Array(count).fill(1);
  const isTimeComplete = range ? keepInRange(whole, range, selected) : true;
  let selectedCount = 0;
  for (let trace = 0; trace < count; trace++) selectedCount += selected[trace]!;
  if (selectedCount === 0) return undefined;
  // What was decoded to decide would be decoded again for a smaller batch.
  if (isTimeComplete && selectedCount * 2 > count) return whole;
  return columnsToBatch(source, runsOf(selected, rows?.start ?? 0));
}

interface NanoRange {
  readonly startLow: number;
  readonly startHigh: number;
  /** Behind the last nanosecond. */
  readonly endLow: number;
  readonly endHigh: number;
}

function nanosOf({ startUnixSeconds, endUnixSeconds }: FetchRequest): NanoRange | undefined {
  if (startUnixSeconds === undefined || endUnixSeconds === undefined) return undefined;
  const start = BigInt(startUnixSeconds) * NANOS_PER_SECOND;
  const end = (BigInt(endUnixSeconds) + 1n) * NANOS_PER_SECOND;
  return {
    startLow: lowOf(start),
    startHigh: highOf(start),
    endLow: lowOf(end),
    endHigh: highOf(end),
  };
}

function lowOf(value: bigint): number {
  return Number(value & 0xffffffffn);
}

function highOf(value: bigint): number {
  return Number(value >> 32n);
}

/** Deselects traces outside the range; true when there are none. */
function keepInRange(batch: SpanBatch, range: NanoRange, selected: Uint8Array): boolean {
  const { startUnixNanos: starts, endUnixNanos: ends, count } = batch.traces;
  let isComplete = true;
  for (let trace = 0; trace < count; trace++) {
    const startsInTime =
      compareUint64(lowWord(starts, trace), highWord(starts, trace), range.endLow, range.endHigh) <
      0;
    const endsInTime =
      compareUint64(lowWord(ends, trace), highWord(ends, trace), range.startLow, range.startHigh) >=
      0;
    if (startsInTime && endsInTime) continue;
    selected[trace] = 0;
    isComplete = false;
  }
  return isComplete;
}

/** Stretches of selected traces, as rows of the row group. */
function runsOf(selected: Uint8Array, firstRow: number): RowSpan[] {
  const runs: RowSpan[] = [];
  for (let start = 0; start < selected.length; start++) {
    if (selected[start] === 0) continue;
    let end = start + 1;
    while (end < selected.length && selected[end] !== 0) end += 1;
    runs.push({ start: firstRow + start, end: firstRow + end });
    start = end;
  }
  return runs;
}
