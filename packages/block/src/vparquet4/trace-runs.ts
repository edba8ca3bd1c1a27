/** Cuts a row group into runs of traces with a bounded number of spans. */
import type { RowSpan } from '@tempo-ts/parquet';
import type { BatchSource } from './leaf-reader.ts';

/** The runs of a row group, in order; `[undefined]` when it is one run. */
export function traceRuns(source: BatchSource, maxSpans: number): (RowSpan | undefined)[] {
  const { rowCount } = source.fetched;
  const structure = source.fetched.scan(source.plan.spanStructure);
  if (structure.entryCount <= maxSpans) return [undefined];
  const repetition = structure.repetitionLevels!;
  const runs: RowSpan[] = [];
  let runStart = 0;
  let runEntry = 0;
  let row = -1;
  let rowEntry = 0;
  for (let entry = 0; entry <= structure.entryCount; entry++) {
    if (entry < structure.entryCount && repetition[entry] !== 0) continue;
    // The row that ends here does not fit any more: the run ends before it.
    if (entry - runEntry > maxSpans && row > runStart) {
      runs.push({ start: runStart, end: row });
      runStart = row;
      runEntry = rowEntry;
    }
    row += 1;
    rowEntry = entry;
  }
  runs.push({ start: runStart, end: rowCount });
  return runs;
}
