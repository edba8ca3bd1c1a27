/** The time range of a request: `start` and `end` in whole seconds since 1970. */
import { formatDuration } from '@tempo-ts/runtime';
import { badRequest, secondsParameter } from './parameters.ts';

/** Whole seconds since 1970; 0 means not given, as in the messages. */
export interface SecondsRange {
  readonly start: number;
  readonly end: number;
}

/** `start` and `end`; refuses an end that is not after the start. */
export function parseSecondsRange(parameters: URLSearchParams): SecondsRange {
  const range = readSecondsRange(parameters);
  checkOrder(range);
  return range;
}

/** `start` and `end`, not yet compared. */
export function readSecondsRange(parameters: URLSearchParams): SecondsRange {
  const start = secondsParameter(parameters, 'start') ?? 0;
  const end = secondsParameter(parameters, 'end') ?? 0;
  return { start, end };
}

/** Refuses an end that is not after the start; a start alone is refused by this, too. */
export function checkOrder({ start, end }: SecondsRange): void {
  if (start === 0 && end === 0) return;
  if (end <= start)
    throw badRequest(`http parameter start must be before end. received start=${start} end=${end}`);
}

/** Where a request without times looks, and how far one with times may reach. */
export interface TimeRangeRules {
  readonly nowUnixMs: number;
  /** Length of the window of a request without times. */
  readonly defaultWindowMs: number;
  /** Times later than this long ago are brought back to it; 0 for no such limit. */
  readonly endCutoffMs: number;
  /** Longest range; 0 for no limit. */
  readonly maxDurationMs: number;
}

/** Later than every trace, for ranges without an end. */
const OPEN_END = 0xffff_ffff;

/**
 * The range that is searched for a requested one.
 *
 * Without times it is the last `defaultWindowMs`, open at the end: senders' clocks may be ahead, and
 * the current second is not over. With `since` it ends now and starts that long before.
 */
export function resolveTimeRange(
  requested: SecondsRange & { readonly sinceMs?: number | undefined },
  rules: TimeRangeRules,
): SecondsRange {
  const cutoff = Math.ceil((rules.nowUnixMs - rules.endCutoffMs) / 1000);
  const { start, end, sinceMs } = requested;
  if (start === 0 && end === 0) {
    const windowMs = sinceMs ?? rules.defaultWindowMs;
    const from = Math.max(1, Math.floor((rules.nowUnixMs - rules.endCutoffMs - windowMs) / 1000));
    checkLength({ start: from, end: cutoff }, rules.maxDurationMs);
    return { start: from, end: rules.endCutoffMs > 0 ? cutoff : OPEN_END };
  }
  if (start === 0 || end === 0)
    throw badRequest(
      'error parsing date range: only one of start and end provided: must provide both or neither',
    );
  checkLength(requested, rules.maxDurationMs);
  return { start, end: rules.endCutoffMs > 0 ? Math.min(end, cutoff) : end };
}

function checkLength({ start, end }: SecondsRange, maxDurationMs: number): void {
  if (maxDurationMs > 0 && (end - start) * 1000 > maxDurationMs)
    throw badRequest(
      `range specified by start and end exceeds ${formatDuration(maxDurationMs)}. received start=${start} end=${end}`,
    );
}
