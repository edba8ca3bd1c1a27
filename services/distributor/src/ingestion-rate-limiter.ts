/**
 * How many bytes a tenant may send: a token bucket of `burst_size_bytes` that fills with
 * `rate_limit_bytes` per second. With the strategy `global` the rate is divided by the number of
 * distributors, the burst is not.
 */
import { IngestError, type TenantId } from '@tempo-ts/ports';
import type { Clock } from '@tempo-ts/runtime';
import type { IngestionLimits } from './config.ts';

/** How long a bucket keeps the limits it read. */
const LIMITS_PERIOD_MS = 10_000;

/** From this many buckets on, full ones are dropped: a new bucket is full as well. */
const SWEEP_FROM_BUCKETS = 1024;

export interface RateLimiterOptions {
  readonly clock: Clock;
  readonly limits: (tenant: TenantId) => IngestionLimits;
  /** Healthy distributors, this one included. */
  readonly distributorCount: () => number;
}

interface Bucket {
  tokens: number;
  filledMs: number;
  limits: IngestionLimits;
  limitsReadMs: number;
}

export class IngestionRateLimiter {
  readonly #options: RateLimiterOptions;
  readonly #buckets = new Map<TenantId, Bucket>();
  #sweepFrom = SWEEP_FROM_BUCKETS;

  constructor(options: RateLimiterOptions) {
    this.#options = options;
  }

  /**
   * Takes `byteLength` from the tenant's bucket; undefined when they were there, else what the sender
   * is told. A request larger than the burst never passes. `retryAfterMs` goes into refusals that
   * waiting can cure.
   */
  take(
    tenant: TenantId,
    byteLength: number,
    retryAfterMs: number | undefined,
  ): IngestError | undefined {
    const bucket = this.#bucket(tenant);
    if (byteLength <= bucket.tokens) {
      bucket.tokens -= byteLength;
      return undefined;
    }
    const burst = bucket.limits.burst_size_bytes;
    if (byteLength > burst)
      return new IngestError(
        'exhausted',
        `RATE_LIMITED: batch size (${byteLength} bytes) exceeds ingestion limit (${this.#describe(bucket)}) ` +
          `while adding ${byteLength} bytes for user ${tenant}. ` +
          'consider sending smaller batches or increasing ingestion.burst_size_bytes',
      );
    return new IngestError(
      'exhausted',
      `RATE_LIMITED: ingestion rate limit (${this.#describe(bucket)}) exceeded ` +
        `while adding ${byteLength} bytes for user ${tenant}. ` +
        'consider sending less or increasing ingestion.rate_limit_bytes',
      retryAfterMs === undefined ? {} : { retryAfterMs },
    );
  }

  #bucket(tenant: TenantId): Bucket {
    const nowMs = this.#options.clock.monotonicMs();
    const known = this.#buckets.get(tenant);
    if (known) {
      this.#fill(known, nowMs);
      if (nowMs - known.limitsReadMs >= LIMITS_PERIOD_MS) {
        known.limits = this.#options.limits(tenant);
        known.limitsReadMs = nowMs;
        known.tokens = Math.min(known.tokens, known.limits.burst_size_bytes);
      }
      return known;
    }
    if (this.#buckets.size >= this.#sweepFrom) this.#sweep(nowMs);
    const limits = this.#options.limits(tenant);
    const tokens = limits.burst_size_bytes;
    const bucket = { tokens, filledMs: nowMs, limits, limitsReadMs: nowMs };
    this.#buckets.set(tenant, bucket);
    return bucket;
  }

  #fill(bucket: Bucket, nowMs: number): void {
    const elapsedSeconds = (nowMs - bucket.filledMs) / 1000;
    bucket.filledMs = nowMs;
    const filled = bucket.tokens + elapsedSeconds * this.#localRate(bucket.limits);
    bucket.tokens = Math.min(filled, bucket.limits.burst_size_bytes);
  }

  #sweep(nowMs: number): void {
    for (const [tenant, bucket] of this.#buckets) {
      this.#fill(bucket, nowMs);
      if (bucket.tokens >= bucket.limits.burst_size_bytes) this.#buckets.delete(tenant);
    }
    this.#sweepFrom = Math.max(SWEEP_FROM_BUCKETS, this.#buckets.size * 2);
  }

  #localRate(limits: IngestionLimits): number {
    if (limits.rate_strategy !== 'global') return limits.rate_limit_bytes;
    return limits.rate_limit_bytes / Math.max(1, this.#options.distributorCount());
  }

  #describe({ limits }: Bucket): string {
    const local = Math.floor(this.#localRate(limits));
    const global = limits.rate_strategy === 'global' ? limits.rate_limit_bytes : 0;
    return `local: ${local} bytes/s, global: ${global} bytes/s, burst: ${limits.burst_size_bytes} bytes`;
  }
}
