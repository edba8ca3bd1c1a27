/**
 * The time range that a block says it covers. Tempo clamps span times to the time of their arrival
 * when they are further from it than `ingestion_time_range_slack` (clocks of senders are wrong, and
 * retention goes by the end of a block). We clamp the end likewise, but keep a start in the past:
 * a range that is too wide costs a look into the block, one that is too narrow hides spans.
 */

/** Whole seconds since 1970, both inclusive. */
export interface TimeRange {
  readonly startUnixSeconds: number;
  readonly endUnixSeconds: number;
}

/** The range of spans that arrived at `nowMs`, and whether it lay outside the slack. */
export function clampToSlack(
  spans: TimeRange,
  nowMs: number,
  slackMs: number,
): { readonly range: TimeRange; readonly isOutsideSlack: boolean } {
  const now = Math.floor(nowMs / 1000);
  const slack = Math.floor(slackMs / 1000);
  const { startUnixSeconds: start, endUnixSeconds: end } = spans;
  const isLate = start < now - slack;
  const isEndOutside = end < now - slack || end > now + slack || end < start;
  const clampedEnd = isEndOutside ? now : end;
  const range = {
    startUnixSeconds: start > 0 ? Math.min(start, clampedEnd) : Math.min(now, clampedEnd),
    endUnixSeconds: clampedEnd,
  };
  return { range, isOutsideSlack: isLate || isEndOutside };
}

/** The smallest range that covers both. */
export function widen(range: TimeRange | undefined, other: TimeRange): TimeRange {
  if (!range) return other;
  return {
    startUnixSeconds: Math.min(range.startUnixSeconds, other.startUnixSeconds),
    endUnixSeconds: Math.max(range.endUnixSeconds, other.endUnixSeconds),
  };
}
