/**
 * Aggregates of `duration`, the usual operand, on the words of its column: no value is made per span.
 * Says the same as the aggregation of values (`aggregate-spansets.ts`).
 */
import { int64ToBigInt, int64ToNumber } from '@tempo-ts/span-batch';
import type { Aggregate } from '@tempo-ts/traceql';
import type { BatchView } from './batch-view.ts';
import type { SetValues, Spansets } from './spansets.ts';

/** Undefined when the operand is another one, or when the sums do not fit into doubles exactly. */
export function aggregateDurations(
  view: BatchView,
  sets: Spansets,
  { operator, operand }: Aggregate,
): SetValues | undefined {
  if (operand?.kind !== 'intrinsic' || operand.name !== 'duration') return undefined;
  return operator === 'min' || operator === 'max'
    ? extremes(view, sets, operator === 'max')
    : sums(view, sets, operator === 'avg');
}

/** The first of the spans with the smallest (largest) duration. */
function extremes(view: BatchView, sets: Spansets, isMax: boolean): SetValues {
  const durations = view.batch.spans.durationNanos;
  const { words } = durations;
  const best = new Int32Array(sets.count).fill(-1);
  for (let span = 0; span < view.spanCount; span += 1) {
    const set = sets.setOf[span]!;
    if (set < 0) continue;
    const known = best[set]!;
    if (known < 0) {
      best[set] = span;
      continue;
    }
    const order =
      words[2 * span + 1]! - words[2 * known + 1]! ||
      (words[2 * span]! >>> 0) - (words[2 * known]! >>> 0);
    if (isMax ? order > 0 : order < 0) best[set] = span;
  }
  return (set) =>
    best[set]! < 0 ? undefined : { type: 'duration', value: int64ToBigInt(durations, best[set]!) };
}

function sums(view: BatchView, sets: Spansets, isAverage: boolean): SetValues | undefined {
  const durations = view.batch.spans.durationNanos;
  const totals = new Float64Array(sets.count);
  const counts = new Int32Array(sets.count);
  for (let span = 0; span < view.spanCount; span += 1) {
    const set = sets.setOf[span]!;
    if (set < 0) continue;
    const value = int64ToNumber(durations, span);
    const total = totals[set]! + value;
    if (Math.abs(value) > Number.MAX_SAFE_INTEGER || Math.abs(total) > Number.MAX_SAFE_INTEGER)
      return undefined;
    totals[set] = total;
    counts[set] = counts[set]! + 1;
  }
  return (set) => {
    const count = counts[set]!;
    if (count === 0) return undefined;
    const sum = BigInt(totals[set]!);
    return { type: 'duration', value: isAverage ? sum / BigInt(count) : sum };
  };
}
