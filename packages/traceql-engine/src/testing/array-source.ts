/** Batches in memory as a source, for tests. */
import { compareUint64, highWord, lowWord, type SpanBatch } from '@tempo-ts/span-batch';
import type { FetchRequest, SpansetSource } from '../spanset-source.ts';

/**
 * Yields assembled batches as they are, those without a candidate left out. The time range leaves out
 * nothing: a batch is yielded whole or, when none of its traces overlaps, not at all.
 */
export function arraySource(batches: readonly SpanBatch[]): SpansetSource {
  return {
    // eslint-disable-next-line typescript/require-await -- the port is asynchronous
    async *fetch(request) {
      for (const batch of batches) {
        request.signal.throwIfAborted();
        if (!overlaps(batch, request)) continue;
        if (request.candidates?.(batch).includes(1) === false) continue;
        yield batch;
      }
    },
  };
}

const NANOS_PER_SECOND = 1_000_000_000n;

function overlaps(batch: SpanBatch, request: FetchRequest): boolean {
  const { startUnixSeconds, endUnixSeconds } = request;
  if (startUnixSeconds === undefined || endUnixSeconds === undefined) return true;
  const [startLow, startHigh] = words(BigInt(startUnixSeconds) * NANOS_PER_SECOND);
  const [endLow, endHigh] = words((BigInt(endUnixSeconds) + 1n) * NANOS_PER_SECOND);
  const { startUnixNanos: starts, endUnixNanos: ends, count } = batch.traces;
  for (let trace = 0; trace < count; trace += 1) {
    const startsInTime =
      compareUint64(lowWord(starts, trace), highWord(starts, trace), endLow, endHigh) < 0;
    const endsInTime =
      compareUint64(lowWord(ends, trace), highWord(ends, trace), startLow, startHigh) >= 0;
    if (startsInTime && endsInTime) return true;
  }
  return false;
}

function words(value: bigint): [low: number, high: number] {
  return [Number(value & 0xffffffffn), Number(value >> 32n)];
}
