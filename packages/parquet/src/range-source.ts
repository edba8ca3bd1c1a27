/** Where a file's bytes come from, and how the ranges of several columns are asked for together. */
import { Semaphore } from '@tempo-ts/runtime';
import type { FileRange } from './file-metadata.ts';

/** Random access to a file. */
export interface RangeSource {
  readonly sizeBytes: number;
  /** Exactly the bytes of the range, owned by the caller; rejects when they are not there. */
  read(range: FileRange, signal?: AbortSignal): Promise<Uint8Array>;
}

/** Reading what lies between two ranges costs less than another request up to this size. */
const MAX_GAP_BYTES = 64 * 1024;
/** No request asks for more, but for a range that is larger by itself. */
const MAX_REQUEST_BYTES = 16 * 1024 * 1024;
/** Requests of one call that are under way at once. */
const MAX_CONCURRENT_REQUESTS = 8;

/** Requests that cover `ranges`, neighbours joined. */
export function planRequests(ranges: readonly FileRange[]): FileRange[] {
  const sorted = ranges.filter((range) => range.length > 0).toSorted((a, b) => a.offset - b.offset);
  const requests: { offset: number; length: number }[] = [];
  for (const { offset, length } of sorted) {
    const last = requests.at(-1);
    const joined = last ? Math.max(last.offset + last.length, offset + length) - last.offset : 0;
    if (
      last &&
      offset - (last.offset + last.length) <= MAX_GAP_BYTES &&
      joined <= MAX_REQUEST_BYTES
    )
      last.length = joined;
    else requests.push({ offset, length });
  }
  return requests;
}

/** Reads `ranges` with few requests; answers in their order, as views. */
export async function readRanges(
  source: RangeSource,
  ranges: readonly FileRange[],
  signal?: AbortSignal,
): Promise<{ readonly parts: readonly Uint8Array[]; readonly readBytes: number }> {
  const requests = planRequests(ranges);
  const permits = new Semaphore({ permits: MAX_CONCURRENT_REQUESTS });
  const bodies = await Promise.all(
    requests.map((request) => permits.run(() => source.read(request, signal))),
  );
  const parts = ranges.map((range) => {
    if (range.length === 0) return new Uint8Array(0);
    const at = requests.findIndex(
      (request) =>
        request.offset <= range.offset &&
        range.offset + range.length <= request.offset + request.length,
    );
    const start = range.offset - requests[at]!.offset;
    return bodies[at]!.subarray(start, start + range.length);
  });
  return { parts, readBytes: requests.reduce((sum, request) => sum + request.length, 0) };
}
