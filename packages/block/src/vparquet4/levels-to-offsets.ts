/** Rebuilds the offsets of nested lists from repetition and definition levels. */
import type { DecodedColumn } from '@tempo-ts/parquet';
import { CorruptBlockError } from '../errors.ts';

/**
 * Parents at depth `depth - 1` → children at depth `depth`, of `parentCount` parents.
 *
 * All groups of the schema are required, so list number `n` on the way to the leaf raises both levels
 * to `n`: an entry starts a child at depth `n` when its repetition level is at most `n` and its
 * definition level at least `n`.
 *
 * @throws CorruptBlockError when the column has another number of parents.
 */
export function offsetsAtDepth(
  blockId: string,
  column: DecodedColumn,
  depth: number,
  parentCount: number,
): Int32Array {
  const repetition = column.repetitionLevels!;
  const definition = column.definitionLevels!;
  const offsets = new Int32Array(parentCount + 1);
  const count = column.entryCount;
  const parentDepth = depth - 1;
  let parents = 0;
  let children = 0;
  for (let i = 0; i < count; i++) {
    const r = repetition[i]!;
    const d = definition[i]!;
    if (r <= parentDepth && d >= parentDepth) {
      if (parents > parentCount) break;
      offsets[parents++] = children;
    }
    if (r <= depth && d >= depth) children += 1;
  }
  if (parents !== parentCount)
    throw new CorruptBlockError(
      blockId,
      `column "${column.descriptor.path}" belongs to ${parents} parents where there are ${parentCount}`,
    );
  offsets[parentCount] = children;
  return offsets;
}

/** How many elements there are at depth `depth`. */
export function countAtDepth(column: DecodedColumn, depth: number): number {
  const repetition = column.repetitionLevels!;
  const definition = column.definitionLevels!;
  let count = 0;
  for (let i = 0; i < column.entryCount; i++)
    if (repetition[i]! <= depth && definition[i]! >= depth) count += 1;
  return count;
}
