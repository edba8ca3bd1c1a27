/** Counts the spans of a batch for `compare`: per field, value and side. */
import { printField } from '@tempo-ts/traceql';
import type { BatchView } from '../batch-view.ts';
import { evaluateFilter } from '../evaluate-field.ts';
import { compareFields } from './compare-fields.ts';
import type { CompareTable, Side } from './compare-table.ts';
import { fieldCodes, type FieldCodes } from './field-codes.ts';
import type { MetricsPlan } from './metrics-plan.ts';

const SIDES: readonly Side[] = ['baseline', 'selection'];

/** Cells of one field up to which they are one array. */
const MAX_DENSE_CELLS = 4_000_000;

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
  const rowWidth = 2 * width;
  // Codes are taken in portions, so that memory does not grow with the number of values.
  const portion = Math.max(1, Math.floor(MAX_DENSE_CELLS / rowWidth));
  const totals = new Float64Array(rowWidth);
  for (let first = 1; first < values.length; first += portion) {
    const end = Math.min(values.length, first + portion);
    const cells = new Float64Array((end - first) * rowWidth);
    for (let span = 0; span < intervals.length; span += 1) {
      const interval = intervals[span]!;
      const code = codes[span]!;
      if (interval < 0 || code < first || code >= end) continue;
      const inRow = isSelected[span]! * width + interval;
      const cell = (code - first) * rowWidth + inRow;
      cells[cell] = cells[cell]! + 1;
      totals[inRow] = totals[inRow]! + 1;
    }
    for (let code = first; code < end; code += 1)
      for (const [side, sideName] of SIDES.entries()) {
        const from = (code - first) * rowWidth + side * width;
        if (hasCounts(cells, from, width))
          table.addCounts(sideName, name, values[code], cells, from);
      }
  }
  for (const [side, sideName] of SIDES.entries())
    if (hasCounts(totals, side * width, width))
      table.addCounts(sideName, name, undefined, totals, side * width);
}

function hasCounts(cells: Float64Array, from: number, width: number): boolean {
  for (let i = from; i < from + width; i += 1) if (cells[i] !== 0) return true;
  return false;
}
