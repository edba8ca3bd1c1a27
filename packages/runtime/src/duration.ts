/** Durations as Go writes them (`1h30m`, `250ms`), the form of Tempo's configuration and API. */

const UNIT_NANOS: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  μs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
};

/**
 * Milliseconds (fractions allowed) of a Go duration such as `1.5h`, `1h30m`, `-2s` or `0`.
 * With `days`, the Prometheus units `d` (24 h), `w` (7 d) and `y` (365 d) are understood as well.
 * Undefined when `text` is not a duration.
 */
export function parseDurationMs(
  text: string,
  options: { readonly days?: boolean } = {},
): number | undefined {
  const match = /^([+-]?)(.+)$/.exec(text.trim());
  if (!match) return undefined;
  const sign = match[1];
  const body = match[2]!;
  if (body === '0') return 0;
  const part = options.days
    ? /(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h|d|w|y)/y
    : /(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/y;
  let nanos = 0;
  while (part.lastIndex < body.length) {
    const step = part.exec(body);
    if (!step) return undefined;
    nanos += Number(step[1]) * unitNanos(step[2]!);
  }
  return (sign === '-' ? -nanos : nanos) / 1e6;
}

function unitNanos(unit: string): number {
  const days = { d: 1, w: 7, y: 365 }[unit];
  return days === undefined ? UNIT_NANOS[unit]! : days * 24 * UNIT_NANOS['h']!;
}

/** `durationMs` as Go prints it: `168h0m0s`, `1m30s`, `1.5s`, `250ms`, `0s`. */
export function formatDuration(durationMs: number): string {
  if (durationMs === 0) return '0s';
  if (durationMs < 0) return `-${formatDuration(-durationMs)}`;
  if (durationMs < 1e-3) return `${Math.round(durationMs * 1e6)}ns`;
  if (durationMs < 1) return `${trim(durationMs * 1e3)}µs`;
  if (durationMs < 1000) return `${trim(durationMs)}ms`;
  const totalSeconds = durationMs / 1000;
  const hours = Math.floor(totalSeconds / 3600);
  const minutes = Math.floor((totalSeconds % 3600) / 60);
  const seconds = `${trim(totalSeconds % 60)}s`;
  if (hours > 0) return `${hours}h${minutes}m${seconds}`;
  return minutes > 0 ? `${minutes}m${seconds}` : seconds;
}

function trim(value: number): string {
  return String(Number(value.toFixed(9)));
}
