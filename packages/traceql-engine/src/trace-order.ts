/** The order of traces in an answer. */
import type { tempopb } from '@tempo-ts/contracts';

/** Newest first, then by trace id. */
export function compareNewest(
  left: Pick<tempopb.TraceSearchMetadata, 'startTimeUnixNano' | 'traceID'>,
  right: Pick<tempopb.TraceSearchMetadata, 'startTimeUnixNano' | 'traceID'>,
): number {
  if (left.startTimeUnixNano !== right.startTimeUnixNano)
    return left.startTimeUnixNano > right.startTimeUnixNano ? -1 : 1;
  // Ids are printed without leading zeros: the longer one is the larger.
  if (left.traceID.length !== right.traceID.length)
    return left.traceID.length - right.traceID.length;
  return left.traceID < right.traceID ? -1 : left.traceID > right.traceID ? 1 : 0;
}
