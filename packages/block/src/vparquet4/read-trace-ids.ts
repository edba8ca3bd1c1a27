/** The column TraceID as 16 bytes per row. */
import type { DecodedColumn } from '@tempo-ts/parquet';
import { CorruptBlockError } from '../errors.ts';
import { LeafColumns } from './leaf-columns.ts';

/** @throws CorruptBlockError when an id has another length. */
export function readTraceIds(blockId: string, column: DecodedColumn): Uint8Array {
  const count = column.entryCount;
  const { bytes, offsets } = new LeafColumns(blockId).bytes(column, count);
  for (let i = 0; i <= count; i++)
    if (offsets[i] !== i * 16)
      throw new CorruptBlockError(blockId, `a trace id near row ${i} does not have 16 bytes`);
  return bytes.subarray(0, count * 16);
}
