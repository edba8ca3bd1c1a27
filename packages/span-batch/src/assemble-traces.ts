/**
 * Makes one row per trace out of rows of any batches: pieces in order of arrival when a head is cut or
 * asked, rows of blocks when they are compacted.
 *
 * What is decided at once is which rows belong together and how their spans are ordered
 * (`trace-assembler.ts`); columns are copied when they are first looked at, so that a query on recent
 * data pays for the columns it touches only. `materialize` makes all that are left.
 */
import { gatherBatch } from './assembled-batch.ts';
import { hasColumn, writeResourceContent, writeScopeContent } from './content-key.ts';
import { ContentTable } from './content-table.ts';
import type { BatchColumn, SpanBatch } from './span-batch.ts';
import { stableSort } from './stable-sort.ts';
import { TraceAssembler } from './trace-assembler.ts';
import type { Pieces } from './trace-assembler.ts';
import { compareTraceIdRows, traceIdKey } from './trace-order.ts';
import type { SelectedRows } from './trace-order.ts';

/** Rows of one batch. */
export interface AssemblyInput {
  readonly batch: SpanBatch;
  readonly rows: SelectedRows;
}

export interface AssemblyOptions {
  /**
   * The columns the inputs were fetched with; all when absent. Looking at another column of the answer
   * throws as it does for the inputs. Pieces of a trace in different rows are put together by span id,
   * kind and start: fetch these, and the parent id for nested sets and roots.
   */
  readonly columns?: ReadonlySet<BatchColumn>;
  /** Give every column a dictionary of just its own strings, even where one could be shared. */
  readonly hasCompactDictionaries?: boolean;
}

/**
 * Assembles whole traces, ascending by id. Of a span that several rows have, the one of the earliest
 * input and row is kept. Costs in proportion to the rows taken, not to the size of their batches.
 */
export function assembleTraces(
  inputs: readonly AssemblyInput[],
  options: AssemblyOptions = {},
): SpanBatch {
  const pieces = sortedPieces(inputs);
  const batches = inputs.map(({ batch }) => batch);
  const { columns } = options;
  const resources = new ContentTable(
    batches.map((batch) => ({
      count: batch.resources.count,
      droppedAttributesCounts: hasColumn(columns, 'resource.droppedCounts')
        ? batch.resources.droppedAttributesCounts
        : undefined,
      writeContent: (out, row) => writeResourceContent(out, batch.resources, row, columns),
    })),
  );
  const scopes = new ContentTable(
    batches.map((batch) => ({
      count: batch.scopes.count,
      droppedAttributesCounts: hasColumn(columns, 'scope.droppedCounts')
        ? batch.scopes.droppedAttributesCounts
        : undefined,
      writeContent: (out, row) => writeScopeContent(out, batch.scopes, row, columns),
    })),
  );
  const assembler = new TraceAssembler(batches, resources, scopes);
  const pieceEnds: number[] = [];
  let isEveryTraceTakenOver = batches.every((batch) => batch.isAssembled);
  for (let start = 0; start < pieces.rows.length;) {
    const end = endOfTrace(batches, pieces, start);
    if (assembler.append(pieces, start, end)) isEveryTraceTakenOver = false;
    pieceEnds.push(end);
    start = end;
  }
  return gatherBatch({
    batches,
    pieces,
    pieceEnds,
    assembler,
    resources: resources.build(),
    scopes: scopes.build(),
    isEveryTraceTakenOver,
    isCompact: options.hasCompactDictionaries ?? false,
  });
}

/** All rows by trace id; those of a trace in the order of the inputs and of their rows. */
function sortedPieces(inputs: readonly AssemblyInput[]): Pieces {
  const counts = inputs.map(({ batch, rows }) =>
    rows === 'all' ? batch.traces.count : rows.length,
  );
  const count = counts.reduce((sum, each) => sum + each, 0);
  const inputOf = new Int32Array(count);
  const rowOf = new Int32Array(count);
  const keys = new Float64Array(count);
  let at = 0;
  for (let input = 0; input < inputs.length; input++) {
    const { batch, rows } = inputs[input]!;
    const { ids } = batch.traces;
    for (let i = 0; i < counts[input]!; i++, at++) {
      const row = rows === 'all' ? i : rows[i]!;
      inputOf[at] = input;
      rowOf[at] = row;
      keys[at] = traceIdKey(ids, row);
    }
  }
  const order = Int32Array.from(keys, (_, i) => i);
  stableSort(order, count, keys, (a, b) =>
    compareTraceIdRows(
      inputs[inputOf[a]!]!.batch.traces.ids,
      rowOf[a]!,
      inputs[inputOf[b]!]!.batch.traces.ids,
      rowOf[b]!,
    ),
  );
  return {
    inputs: order.map((piece) => inputOf[piece]!),
    rows: order.map((piece) => rowOf[piece]!),
  };
}

/** Behind the last piece of the trace whose first piece is `start`. */
function endOfTrace(batches: readonly SpanBatch[], pieces: Pieces, start: number): number {
  const { ids } = batches[pieces.inputs[start]!]!.traces;
  let end = start + 1;
  while (
    end < pieces.rows.length &&
    compareTraceIdRows(
      ids,
      pieces.rows[start]!,
      batches[pieces.inputs[end]!]!.traces.ids,
      pieces.rows[end]!,
    ) === 0
  )
    end += 1;
  return end;
}
