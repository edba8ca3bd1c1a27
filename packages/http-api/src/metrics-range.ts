/**
 * The time range of a metrics query: from parameters or a message to the buckets that are computed.
 * Times and steps are nanoseconds.
 */
import { formatDuration, parseDurationMs } from '@tempo-ts/runtime';
import { badRequest, durationParameter, integerParameter, textParameter } from './parameters.ts';

/** What a client asked for; what it did not say is left out. */
export interface RequestedMetricsRange {
  readonly start?: bigint | undefined;
  readonly end?: bigint | undefined;
  readonly sinceMs?: number | undefined;
  readonly step?: bigint | undefined;
}

/** Buckets: `start` is before the first one, `end` the end of the last one. */
export interface MetricsRange {
  readonly start: bigint;
  readonly end: bigint;
  readonly step: bigint;
}

export interface MetricsRangeRules {
  readonly nowUnixMs: number;
  /** Ends later than this long ago are brought back to it; 0 for no such limit. */
  readonly endCutoffMs: number;
  /** Longest range; 0 for no limit. */
  readonly maxDurationMs: number;
  /** Most steps; 0 for no limit. */
  readonly maxIntervals: number;
}

/** Length of the range that ends at the end, for a request without a start. */
const DEFAULT_SINCE_MS = 3_600_000;

const NANOS_PER_MS = 1_000_000n;
const SECOND = 1_000_000_000n;
const MINUTE = 60n * SECOND;

/**
 * `start`, `end`, `since` and `step` of a request.
 *
 * @throws QueryError `invalid` naming the value that cannot be read.
 */
export function parseMetricsRange(parameters: URLSearchParams): RequestedMetricsRange {
  return {
    start: timeParameter(parameters, 'start'),
    end: timeParameter(parameters, 'end'),
    sinceMs: durationParameter(parameters, 'since', { days: true }),
    step: stepParameter(parameters),
  };
}

/** `exemplars` and `maxSeries`; 0 when not given. */
export function parseMetricsLimits(parameters: URLSearchParams): {
  readonly exemplars: number;
  readonly maxSeries: number;
} {
  return {
    exemplars: countParameter(parameters, 'exemplars'),
    maxSeries: countParameter(parameters, 'maxSeries'),
  };
}

function countParameter(parameters: URLSearchParams, name: string): number {
  const value = integerParameter(parameters, name) ?? 0;
  if (value < 0 || value > 0xffff_ffff) throw badRequest(`invalid ${name}: must be positive`);
  return value;
}

/** Seconds up to ten characters, nanoseconds beyond; seconds with a fraction; or RFC 3339. */
function timeParameter(parameters: URLSearchParams, name: string): bigint | undefined {
  const text = textParameter(parameters, name);
  if (text === undefined) return undefined;
  if (/^-?\d{1,19}$/.test(text)) return text.length <= 10 ? BigInt(text) * SECOND : BigInt(text);
  if (/^-?(\d+\.?\d*|\.\d+)$/.test(text)) return nanosOf(Number(text) * 1000);
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/.exec(text);
  const ms = match ? Date.parse(match[1]! + match[3]!) : Number.NaN;
  if (Number.isNaN(ms)) throw badRequest(`invalid ${name}: cannot parse "${text}" to a timestamp`);
  return nanosOf(ms) + BigInt((match![2] ?? '').padEnd(9, '0'));
}

function nanosOf(ms: number): bigint {
  return BigInt(Math.round(ms)) * NANOS_PER_MS;
}

function stepParameter(parameters: URLSearchParams): bigint | undefined {
  const text = textParameter(parameters, 'step');
  if (text === undefined) return undefined;
  const ms = /^-?(\d+\.?\d*|\.\d+)$/.test(text) ? Number(text) * 1000 : parseDurationMs(text);
  if (ms === undefined || !(Math.abs(ms) < 1e12))
    throw badRequest(`invalid step: cannot parse "${text}" to a valid duration`);
  return BigInt(Math.round(ms * 1e6));
}

/** The step for a range that comes without one: about 240 of them, a round number each (3.0's rule). */
export function defaultStep(start: bigint, end: bigint): bigint {
  const range = end - start;
  const wanted = range / 240n;
  if (range < MINUTE) {
    const granularity = 50n * NANOS_PER_MS;
    return wanted < granularity ? granularity : floorTo(wanted, granularity);
  }
  const granularities = [60n * MINUTE, 5n * MINUTE, MINUTE, 15n * SECOND, 5n * SECOND, SECOND];
  const granularity = granularities.find((one) => wanted > one);
  return granularity === undefined ? SECOND : floorTo(wanted, granularity);
}

/**
 * The buckets of a range query: whole multiples of the step that cover the range, and one more before
 * it.
 *
 * @throws QueryError `invalid` with Tempo's text.
 */
export function resolveMetricsRange(
  requested: RequestedMetricsRange,
  rules: MetricsRangeRules,
): MetricsRange {
  const { start, end } = resolveTimes(requested, rules);
  if (end < start) throw badRequest('end must be greater than start');
  const step = requested.step ?? defaultStep(start, end);
  checkStep(start, end, step, rules.maxIntervals);
  checkDuration(start, end, rules.maxDurationMs);
  const first = floorTo(start, step) - step;
  const last = floorTo(end + step - 1n, step);
  return { start: first < 0n ? 0n : first, end: last < step ? step : last, step };
}

/**
 * The one bucket of an instant query: the whole range, as it was asked for.
 *
 * @throws QueryError `invalid` with Tempo's text.
 */
export function resolveInstantRange(
  requested: Omit<RequestedMetricsRange, 'step'>,
  rules: MetricsRangeRules,
): MetricsRange {
  const { start, end } = resolveTimes(requested, rules);
  if (end <= start) throw badRequest('end must be greater than start');
  checkDuration(start, end, rules.maxDurationMs);
  return { start, end, step: end - start };
}

function resolveTimes(requested: RequestedMetricsRange, rules: MetricsRangeRules) {
  const cutoff = nanosOf(rules.nowUnixMs - rules.endCutoffMs);
  const wanted = requested.end ?? nanosOf(rules.nowUnixMs);
  const start = requested.start ?? wanted - nanosOf(requested.sinceMs ?? DEFAULT_SINCE_MS);
  if (start < 0n || wanted < 0n) throw badRequest('start and end must not be before 1970');
  // A range that lies behind the cutoff is not turned round by it.
  const isCut = rules.endCutoffMs > 0 && wanted > cutoff && cutoff > start;
  return { start, end: isCut ? cutoff : wanted };
}

function checkStep(start: bigint, end: bigint, step: bigint, maxIntervals: number): void {
  const range = end - start;
  const isTooSmall = maxIntervals > 0 && range > step * BigInt(maxIntervals);
  if (step > 0n && !isTooSmall) return;
  const minimum = maxIntervals > 0 ? range / BigInt(maxIntervals) : 1n;
  throw badRequest(
    `step of ${durationText(step)} is too small, minimum step for given range is ${durationText(minimum)}`,
  );
}

function checkDuration(start: bigint, end: bigint, maxDurationMs: number): void {
  if (maxDurationMs > 0 && end - start > nanosOf(maxDurationMs))
    throw badRequest(
      `metrics query time range exceeds the maximum allowed duration of ${formatDuration(maxDurationMs)}`,
    );
}

function durationText(nanos: bigint): string {
  return formatDuration(Number(nanos) / 1e6);
}

function floorTo(value: bigint, step: bigint): bigint {
  return value - (value % step);
}
