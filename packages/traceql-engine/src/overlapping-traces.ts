/** Which traces take part in a search over a time range (spec §8.1). */
import { compareUint64, highWord, lowWord, type TraceTable } from '@tempo-ts/span-batch';

const NANOS_PER_SECOND = 1_000_000_000n;

interface SecondsRange {
  readonly startUnixSeconds?: number;
  readonly endUnixSeconds?: number;
}

/**
 * The traces of `mask` with `trace.start <= end && trace.end >= start`, the end including its whole
 * second; `mask` itself when there is no range.
 */
export function dropOutside(traces: TraceTable, range: SecondsRange, mask: Uint8Array): Uint8Array {
  const { startUnixSeconds, endUnixSeconds } = range;
  if (startUnixSeconds === undefined || endUnixSeconds === undefined) return mask;
  const [startLow, startHigh] = wordsOf(BigInt(startUnixSeconds) * NANOS_PER_SECOND);
  const [behindLow, behindHigh] = wordsOf((BigInt(endUnixSeconds) + 1n) * NANOS_PER_SECOND);
  const { startUnixNanos: starts, endUnixNanos: ends, count } = traces;
  const kept = mask.slice();
  for (let row = 0; row < count; row += 1) {
    if (kept[row] === 0) continue;
    const startsInTime =
      compareUint64(lowWord(starts, row), highWord(starts, row), behindLow, behindHigh) < 0;
    const endsInTime =
      compareUint64(lowWord(ends, row), highWord(ends, row), startLow, startHigh) >= 0;
    if (!startsInTime || !endsInTime) kept[row] = 0;
  }
  return kept;
}

function wordsOf(value: bigint): [low: number, high: number] {
  return [Number(value & 0xffffffffn), Number(value >> 32n)];
}
