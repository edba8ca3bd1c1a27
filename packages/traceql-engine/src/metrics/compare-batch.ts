/** Counts the spans of a batch for `compare`: per field, value and side. */
import { printField } from '@tempo-ts/traceql';
import type { BatchView } from '../batch-view.ts';
import { evaluateFilter } from '../evaluate-field.ts';
import { compareFields } from './compare-fields.ts';
import type { CompareTable, Side } from './compare-table.ts';
import { fieldCodes, type FieldCodes } from './field-codes.ts';
import type { MetricsPlan } from './metrics-plan.ts';

const SIDES: readonly Side[] = ['baseline', 'selection'];

/** Adds the observed spans (those with a bucket) to the table. */
export function compareBatch(
  plan: MetricsPlan,
  view: BatchView,
  intervals: Int32Array,
  table: CompareTable,
): void {
  const observed = intervals.map((interval) => (interval < 0 ? 0 : 1));
  if (!observed.includes(1)) return;
  const isSelected = selectedSpans(plan, view, Uint8Array.from(observed));
  for (const field of compareFields(view)) {
    const codes = fieldCodes(view, field, { intervals, arrayValue: 'nil' });
    addField(printField(field), codes, {
      intervals,
      isSelected,
      width: plan.grid.intervals,
      table,
    });
  }
}

/** One byte per span: 1 in the selection. */
function selectedSpans(plan: MetricsPlan, view: BatchView, observed: Uint8Array): Uint8Array {
  const { metrics, selection } = plan;
  const found = evaluateFilter(view, selection!, observed).slice();
  if (metrics.kind !== 'metrics-compare' || !metrics.hasRange) return found;
  const { startUnixNano, endUnixNano } = metrics;
  const { words } = view.batch.spans.startUnixNanos;
  for (let span = 0; span < found.length; span += 1) {
    if (found[span] === 0) continue;
    const nanos = (BigInt(words[2 * span + 1]! >>> 0) << 32n) | BigInt(words[2 * span]! >>> 0);
    if (nanos <= startUnixNano || nanos > endUnixNano) found[span] = 0;
  }
  return found;
}

interface Observation {
  readonly intervals: Int32Array;
  readonly isSelected: Uint8Array;
  readonly width: number;
  readonly table: CompareTable;
}

function addField(name: string, { codes, values }: FieldCodes, observation: Observation): void {
  const { intervals, isSelected, width, table } = observation;
  const sums = new Int32Array(SIDES.length * values.length);
  const totals = new Float64Array(SIDES.length * width);
  for (let span = 0; span < intervals.length; span += 1) {
    const code = codes[span]!;
    if (intervals[span]! < 0 || code === 0) continue;
    const side = isSelected[span]!;
    const sum = side * values.length + code;
    sums[sum] = sums[sum]! + 1;
    const total = side * width + intervals[span]!;
    totals[total] = totals[total]! + 1;
  }
  for (const [side, sideName] of SIDES.entries()) {
    if (!hasCounts(totals, side * width, width)) continue;
    table.addCounts(sideName, name, undefined, totals, side * width);
    const ofSide = sums.subarray(side * values.length, (side + 1) * values.length);
    const { kept, missing } = frequentCodes(ofSide, table.maxValues);
    if (missing > 0) table.addMissing(sideName, name, missing);
    const cells = cellsOf(side, codes, kept, values.length, observation);
    for (const [row, code] of kept.entries())
      table.addCounts(sideName, name, values[code], cells, row * width);
  }
}

/** The codes with the most spans, and how many spans one of the others has at most. */
function frequentCodes(sums: Int32Array, maxCount: number) {
  const met: number[] = [];
  for (let code = 1; code < sums.length; code += 1) if (sums[code]! > 0) met.push(code);
  if (met.length <= maxCount) return { kept: met, missing: 0 };
  const least = Int32Array.from(met, (code) => sums[code]!).toSorted()[met.length - maxCount]!;
  const above = met.filter((code) => sums[code]! > least);
  const equal = met.filter((code) => sums[code] === least);
  const kept = [...above, ...equal.slice(0, maxCount - above.length)];
  const rest = met.length - kept.length;
  return { kept, missing: rest === 0 ? 0 : least };
}

/** Spans of the codes on one side, per bucket of time. */
function cellsOf(
  side: number,
  codes: Int32Array,
  kept: readonly number[],
  codeCount: number,
  { intervals, isSelected, width }: Observation,
): Float64Array {
  const rowOfCode = new Int32Array(codeCount).fill(-1);
  for (const [row, code] of kept.entries()) rowOfCode[code] = row;
  const cells = new Float64Array(kept.length * width);
  for (let span = 0; span < intervals.length; span += 1) {
    const interval = intervals[span]!;
    if (interval < 0 || isSelected[span] !== side) continue;
    const row = rowOfCode[codes[span]!]!;
    if (row < 0) continue;
    const cell = row * width + interval;
    cells[cell] = cells[cell]! + 1;
  }
  return cells;
}

function hasCounts(cells: Float64Array, from: number, width: number): boolean {
  for (let i = from; i < from + width; i += 1) if (cells[i] !== 0) return true;
  return false;
}
