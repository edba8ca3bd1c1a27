/** The object `index`: the largest trace id of each row group, in order. */
import { CorruptBlockError } from './errors.ts';

/** `lastIds` holds 16 bytes per row group. */
export function encodeTraceIdIndex(lastIds: Uint8Array): Uint8Array {
  const rowGroups: string[] = [];
  for (let at = 0; at < lastIds.length; at += 16)
    rowGroups.push(Buffer.from(lastIds.subarray(at, at + 16)).toString('base64'));
  return Buffer.from(JSON.stringify({ rowGroups }));
}

/**
 * Reads an `index` object into 16 bytes per row group.
 *
 * @throws CorruptBlockError naming the block when it is none.
 */
export function decodeTraceIdIndex(blockId: string, bytes: Uint8Array): Uint8Array {
  try {
    const value = JSON.parse(Buffer.from(bytes).toString()) as { rowGroups: readonly string[] };
    const ids = value.rowGroups.map((text) => Buffer.from(text, 'base64'));
    if (ids.some((id) => id.length !== 16)) throw new Error('a trace id does not have 16 bytes');
    return new Uint8Array(Buffer.concat(ids));
  } catch (cause) {
    throw new CorruptBlockError(blockId, 'object "index" is damaged', { cause });
  }
}

/** The first row group whose last id is not before `traceId`; undefined when all are. */
export function findRowGroup(lastIds: Uint8Array, traceId: Uint8Array): number | undefined {
  const count = lastIds.length / 16;
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compareIds(lastIds, middle * 16, traceId, 0) < 0) low = middle + 1;
    else high = middle;
  }
  return low === count ? undefined : low;
}

/** Negative, 0 or positive as the 16 bytes of `a` at `aStart` come before, equal or follow those of `b`. */
export function compareIds(a: Uint8Array, aStart: number, b: Uint8Array, bStart: number): number {
  for (let i = 0; i < 16; i++) {
    const difference = a[aStart + i]! - b[bStart + i]!;
    if (difference !== 0) return difference;
  }
  return 0;
}
