/**
 * Finds one trace in a block: bloom filter shard, then the row group whose last id is not smaller,
 * then the row by its id; only pages that hold the row are decoded.
 */
import { ObjectNotFoundError } from '@tempo-ts/object-store';
import type { FoundTrace } from '@tempo-ts/ports';
import { traceToOtlp, type SpanBatch } from '@tempo-ts/span-batch';
import { bloomKey, indexKey } from './block-keys.ts';
import { CorruptBlockError } from './errors.ts';
import { fetchRowGroup } from './fetch-span-batches.ts';
import { describing, type OpenBlock } from './open-block.ts';
import { bloomMayContain, bloomShardOf } from './trace-id-bloom.ts';
import { compareIds, decodeTraceIdIndex, findRowGroup } from './trace-id-index.ts';
import { ALL_BATCH_COLUMNS } from './vparquet4/column-paths.ts';
import { columnsToBatch } from './vparquet4/columns-to-batch.ts';
import { readTraceIds } from './vparquet4/read-trace-ids.ts';

/** The trace `traceId` (16 bytes) of `block` as a serialized Trace, if the block has it. */
export async function findTraceById(
  block: OpenBlock,
  traceId: Uint8Array,
  signal?: AbortSignal,
): Promise<FoundTrace> {
  const before = block.inspected.bytes;
  const batch = await findTraceBatch(block, traceId, signal);
  const trace = batch && (await describing(block.ref.blockId, async () => traceToOtlp(batch, 0)));
  return { trace, inspectedBytes: block.inspected.bytes - before };
}

/** The trace as a batch with that one row, all columns fetched; undefined when it is not there. */
export async function findTraceBatch(
  block: OpenBlock,
  traceId: Uint8Array,
  signal?: AbortSignal,
): Promise<SpanBatch | undefined> {
  if (!(await mayContain(block, traceId, signal))) return undefined;
  const place = await findRow(block, traceId, signal);
  if (!place) return undefined;
  const source = await fetchRowGroup(block, place.rowGroup, ALL_BATCH_COLUMNS, signal, {
    keepsColumns: false,
  });
  const rows = [{ start: place.row, end: place.row + 1 }];
  return describing(block.ref.blockId, async () => columnsToBatch(source, rows));
}

async function mayContain(
  block: OpenBlock,
  traceId: Uint8Array,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const { ref } = block;
  const number = bloomShardOf(traceId, ref.bloomShardCount);
  const shard = await cachedObject(block, bloomKey(ref, number), signal);
  const answer = bloomMayContain(shard, traceId);
  if (answer === undefined)
    throw new CorruptBlockError(ref.blockId, `object "bloom-${number}" is damaged`);
  return answer;
}

async function findRow(
  block: OpenBlock,
  traceId: Uint8Array,
  signal: AbortSignal | undefined,
): Promise<{ readonly rowGroup: number; readonly row: number } | undefined> {
  const lastIds = await readIndex(block, signal);
  if (lastIds) {
    const rowGroup = findRowGroup(lastIds, traceId);
    if (rowGroup === undefined) return undefined;
    const row = findId(await readIds(block, rowGroup, signal), traceId);
    return row === undefined ? undefined : { rowGroup, row };
  }
  for (let rowGroup = 0; rowGroup < block.file.rowGroups.length; rowGroup++) {
    const row = findId(await readIds(block, rowGroup, signal), traceId);
    if (row !== undefined) return { rowGroup, row };
  }
  return undefined;
}

/** Last ids of the row groups; undefined when the block has no such object. */
async function readIndex(
  block: OpenBlock,
  signal: AbortSignal | undefined,
): Promise<Uint8Array | undefined> {
  const { ref } = block;
  const bytes = await cachedObject(block, indexKey(ref), signal).catch((error) => {
    if (error instanceof ObjectNotFoundError) return undefined;
    throw error;
  });
  if (!bytes) return undefined;
  const lastIds = decodeTraceIdIndex(ref.blockId, bytes);
  if (lastIds.length !== block.file.rowGroups.length * 16)
    throw new CorruptBlockError(
      ref.blockId,
      `object "index" has ${lastIds.length / 16} row groups, data.parquet ${block.file.rowGroups.length}`,
    );
  return lastIds;
}

function readIds(
  block: OpenBlock,
  rowGroup: number,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  const { blockId } = block.ref;
  return describing(blockId, async () =>
    readTraceIds(blockId, await block.file.readColumn(rowGroup, 'TraceID', signal)),
  );
}

/** Ids ascend, so a search by halves finds the row. */
function findId(ids: Uint8Array, traceId: Uint8Array): number | undefined {
  let low = 0;
  let high = ids.length / 16;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compareIds(ids, middle * 16, traceId, 0) < 0) low = middle + 1;
    else high = middle;
  }
  const isFound = low * 16 < ids.length && compareIds(ids, low * 16, traceId, 0) === 0;
  return isFound ? low : undefined;
}

function cachedObject(
  block: OpenBlock,
  key: string,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  return block.cache.get(`object:${key}`, async () => {
    const value = await block.store.get(key, signal);
    block.inspected.bytes += value.length;
    return { value, sizeBytes: value.length };
  });
}
