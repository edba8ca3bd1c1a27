/**
 * Reads the traces of a block as span batches. The wanted column chunks of a row group are fetched
 * together; a column is decoded when it is first looked at. Large row groups come in several batches.
 */
import type { RowSpan } from '@tempo-ts/parquet';
import type { RowGroupRange } from '@tempo-ts/ports';
import type { BatchColumn, SpanBatch } from '@tempo-ts/span-batch';
import { describing, type OpenBlock } from './open-block.ts';
import { planRead } from './vparquet4/column-paths.ts';
import { columnsToBatch } from './vparquet4/columns-to-batch.ts';
import type { BatchSource } from './vparquet4/leaf-reader.ts';
import { RowGroupMemory } from './vparquet4/row-group-memory.ts';
import { traceRuns } from './vparquet4/trace-runs.ts';

export interface FetchSpanBatchesOptions {
  /** `resource.column:*` and `span.column:*` ask for all named columns. */
  readonly columns: ReadonlySet<BatchColumn>;
  /** All row groups when absent. */
  readonly rowGroups?: RowGroupRange;
  /** A batch ends before it would exceed this; a larger trace has a batch of its own. */
  readonly maxSpansPerBatch?: number;
  readonly signal?: AbortSignal;
}

/** Tempo's row groups hold up to two million spans; decoding that at once would take gigabytes. */
const DEFAULT_MAX_SPANS = 250_000;

/** Fetched columns of some traces of a row group, from which batches can be made. */
export interface TraceRun {
  readonly source: BatchSource;
  /** Rows of the row group; undefined for all. */
  readonly rows: RowSpan | undefined;
}

/**
 * The traces of the row groups, in order of their ids, whole, as assembled batches whose `columns`
 * can be looked at; others throw AssertionError. Bytes read are added to `block.inspected`.
 *
 * @throws CorruptBlockError also later, when a damaged column is first looked at.
 */
export async function* fetchSpanBatches(
  block: OpenBlock,
  options: FetchSpanBatchesOptions,
): AsyncGenerator<SpanBatch> {
  for await (const { source, rows } of fetchTraceRuns(block, options))
    yield await describing(block.ref.blockId, async () =>
      columnsToBatch(source, rows ? [rows] : undefined),
    );
}

/** As {@link fetchSpanBatches}, before anything is decoded into a batch. */
export async function* fetchTraceRuns(
  block: OpenBlock,
  options: FetchSpanBatchesOptions,
): AsyncGenerator<TraceRun> {
  const { file, ref } = block;
  const first = options.rowGroups?.first ?? 0;
  const count = options.rowGroups?.count ?? file.rowGroups.length;
  const end = Math.min(file.rowGroups.length, first + count);
  for (let rowGroup = first; rowGroup < end; rowGroup++) {
    options.signal?.throwIfAborted();
    const source = await fetchRowGroup(block, rowGroup, options.columns, options.signal);
    const maxSpans = options.maxSpansPerBatch ?? DEFAULT_MAX_SPANS;
    const runs = await describing(ref.blockId, async () => traceRuns(source, maxSpans));
    for (const rows of runs) yield { source, rows };
  }
}

/**
 * Fetches the chunks of `columns` of one row group. They are kept for the next query, unless
 * `keepsColumns` is false: columns that are read for a few traces are not worth it.
 */
export function fetchRowGroup(
  block: OpenBlock,
  rowGroup: number,
  columns: ReadonlySet<BatchColumn>,
  signal?: AbortSignal,
  options: { readonly keepsColumns?: boolean } = {},
): Promise<BatchSource> {
  const { file, ref, cache } = block;
  return describing(ref.blockId, async () => {
    const plan = planRead(columns, ref.dedicatedColumns, file.rowGroups[rowGroup]!);
    const memory = new RowGroupMemory(
      cache,
      `${ref.tenant}/${ref.blockId}/${rowGroup}`,
      block.inspected,
    );
    const keeper = options.keepsColumns === false ? undefined : memory;
    const fetched = await file.fetchColumns(rowGroup, plan.paths, signal, keeper);
    return { blockId: ref.blockId, fetched, plan, columns, memory };
  });
}
