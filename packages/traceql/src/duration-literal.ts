/** Duration literals (SPEC L6) and how durations are printed (SPEC P5). */

const CALENDAR = /^(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/;
/** Nanoseconds of y, w, d, h, m, s, ms: the units of the calendar form in their order. */
const CALENDAR_NANOS = [
  31_536_000_000_000_000n,
  604_800_000_000_000n,
  86_400_000_000_000n,
  3_600_000_000_000n,
  60_000_000_000n,
  1_000_000_000n,
  1_000_000n,
];
const CLOCK_NANOS: ReadonlyMap<string, bigint> = new Map([
  ['ns', 1n],
  ['us', 1_000n],
  ['µs', 1_000n],
  ['ms', 1_000_000n],
  ['s', 1_000_000_000n],
  ['m', 60_000_000_000n],
  ['h', 3_600_000_000_000n],
]);
const MAX_INT64 = 9_223_372_036_854_775_807n;

/**
 * Nanoseconds of `text`: `1w2d` (whole numbers, each of y w d h m s ms at most once and in that
 * order) or `1.5h`, `1h30m` (decimals, ns us µs ms s m h in any order). Undefined when it is neither
 * or does not fit 64 bits.
 */
export function parseDurationLiteral(text: string): bigint | undefined {
  const nanos = parseCalendar(text) ?? parseClock(text);
  return nanos === undefined || nanos > MAX_INT64 ? undefined : nanos;
}

function parseCalendar(text: string): bigint | undefined {
  const match = CALENDAR.exec(text);
  if (!match || text === '') return undefined;
  return CALENDAR_NANOS.reduce(
    (sum, unitNanos, index) => sum + BigInt(match[index + 1] ?? 0) * unitNanos,
    0n,
  );
}

function parseClock(text: string): bigint | undefined {
  const part = /(?:(\d+)(?:\.(\d*))?|\.(\d+))(ns|us|µs|ms|s|m|h)/y;
  let nanos = 0n;
  while (part.lastIndex < text.length) {
    const match = part.exec(text);
    if (!match) return undefined;
    const unitNanos = CLOCK_NANOS.get(match[4]!)!;
    // More digits than 18 cannot change a whole nanosecond of an hour.
    const fraction = (match[2] ?? match[3] ?? '').slice(0, 18);
    nanos += BigInt(match[1] ?? 0) * unitNanos;
    if (fraction) nanos += (BigInt(fraction) * unitNanos) / 10n ** BigInt(fraction.length);
  }
  return part.lastIndex === 0 ? undefined : nanos;
}

/** `nanos` as Go prints a duration: `0s`, `1.5µs`, `250ms`, `1m0s`, `26h0m0s`. */
export function formatDurationNanos(nanos: bigint): string {
  if (nanos < 0n) return `-${formatDurationNanos(-nanos)}`;
  if (nanos === 0n) return '0s';
  if (nanos < 1_000n) return `${nanos}ns`;
  if (nanos < 1_000_000n) return `${decimal(nanos, 1_000n)}µs`;
  if (nanos < 1_000_000_000n) return `${decimal(nanos, 1_000_000n)}ms`;
  const minutes = nanos / 60_000_000_000n;
  const seconds = `${decimal(nanos % 60_000_000_000n, 1_000_000_000n)}s`;
  if (minutes === 0n) return seconds;
  const hours = minutes / 60n;
  return hours === 0n ? `${minutes}m${seconds}` : `${hours}h${minutes % 60n}m${seconds}`;
}

function decimal(nanos: bigint, unitNanos: bigint): string {
  const digits = unitNanos.toString().length - 1;
  const fraction = (nanos % unitNanos).toString().padStart(digits, '0').replace(/0+$/, '');
  return fraction ? `${nanos / unitNanos}.${fraction}` : String(nanos / unitNanos);
}
