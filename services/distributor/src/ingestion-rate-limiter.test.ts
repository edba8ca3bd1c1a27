import { create } from '@bufbuild/protobuf';
import { trace as otlp } from '@tempo-ts/contracts';
import { describe, expect, it } from '@jest/globals';
import { exportRequestBytes, idBytes, requestOf } from '@tempo-ts/otlp/testing';
import type { TenantId } from '@tempo-ts/ports';
import { VirtualClock } from '@tempo-ts/runtime/testing';
import fc from 'fast-check';
import type { IngestionLimits } from './config.ts';
import { IngestionRateLimiter } from './ingestion-rate-limiter.ts';
import { LIMITS, TENANT, startDistributor } from './testing/distributor-setup.ts';

function limiterOf(limits: () => Partial<IngestionLimits>, distributors = 1) {
  const clock = new VirtualClock();
  const limiter = new IngestionRateLimiter({
    clock,
    limits: () => ({ ...LIMITS, ...limits() }),
    distributorCount: () => distributors,
  });
  const take = (byteLength: number, tenant: TenantId = TENANT) =>
    limiter.take(tenant, byteLength, undefined);
  return { clock, limiter, take };
}

describe('IngestionRateLimiter', () => {
  it('a burst passes at once, then bytes pass at the rate', () => {
    const { clock, take } = limiterOf(() => ({ rate_limit_bytes: 100, burst_size_bytes: 1000 }));
    expect(take(1000)).toBe(undefined);
    expect(take(1)?.message).toBe(
      'RATE_LIMITED: ingestion rate limit (local: 100 bytes/s, global: 0 bytes/s, burst: 1000 bytes) ' +
        'exceeded while adding 1 bytes for user shop. ' +
        'consider sending less or increasing ingestion.rate_limit_bytes',
    );
    clock.advance(2000);
    expect(take(201)?.code).toBe('exhausted');
    expect(take(200)).toBe(undefined);
    clock.advance(3_600_000);
    expect(take(1000)).toBe(undefined);
    expect(take(1)?.code).toBe('exhausted');
  });

  it('a request larger than the burst never passes and says so', () => {
    const { take } = limiterOf(() => ({ rate_limit_bytes: 100, burst_size_bytes: 1000 }));
    expect(take(1001)?.message).toBe(
      'RATE_LIMITED: batch size (1001 bytes) exceeds ingestion limit (local: 100 bytes/s, ' +
        'global: 0 bytes/s, burst: 1000 bytes) while adding 1001 bytes for user shop. ' +
        'consider sending smaller batches or increasing ingestion.burst_size_bytes',
    );
    expect(take(1000)).toBe(undefined);
  });

  it('the strategy global divides the rate by the distributors, not the burst', () => {
    const { clock, take } = limiterOf(
      () => ({ rate_strategy: 'global', rate_limit_bytes: 300, burst_size_bytes: 1000 }),
      3,
    );
    expect(take(1000)).toBe(undefined);
    clock.advance(1000);
    expect(take(101)?.message).toContain(
      '(local: 100 bytes/s, global: 300 bytes/s, burst: 1000 bytes)',
    );
    expect(take(100)).toBe(undefined);
  });

  it('limits are read again after ten seconds', () => {
    let burst = 1000;
    const { clock, take } = limiterOf(() => ({ rate_limit_bytes: 1000, burst_size_bytes: burst }));
    expect(take(1)).toBe(undefined);
    burst = 10;
    clock.advance(9_999);
    expect(take(500)).toBe(undefined);
    clock.advance(1);
    expect(take(11)?.message).toContain('burst: 10 bytes');
    expect(take(10)).toBe(undefined);
  });

  it('no more than burst plus rate times time passes, whatever is sent', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ waitMs: fc.nat(3000), byteLength: fc.nat(1500) }), { maxLength: 40 }),
        (steps) => {
          const { clock, take } = limiterOf(() => ({
            rate_limit_bytes: 200,
            burst_size_bytes: 1000,
          }));
          let passed = 0;
          let elapsedMs = 0;
          for (const step of steps) {
            clock.advance(step.waitMs);
            elapsedMs += step.waitMs;
            if (take(step.byteLength) === undefined) passed += step.byteLength;
            expect(passed).toBeLessThanOrEqual(1000 + (elapsedMs * 200) / 1000 + 1e-6);
          }
        },
      ),
    );
  });

  it('tenants do not share a bucket, and thousands of idle tenants do not make a busy one forget', () => {
    const { take } = limiterOf(() => ({ rate_limit_bytes: 1, burst_size_bytes: 100 }));
    expect(take(100)).toBe(undefined);
    for (let number = 0; number < 5000; number++)
      expect(take(0, `tenant-${number}` as TenantId)).toBe(undefined);
    expect(take(50)?.code).toBe('exhausted');
  });
});

describe('a push over the rate', () => {
  const request = exportRequestBytes(
    requestOf([create(otlp.SpanSchema, { traceId: idBytes(16, 1), spanId: idBytes(8, 1) })]),
  );
  const start = (retryAfterMs: number, retry_info_enabled: boolean) =>
    startDistributor({
      config: { retry_after_on_resource_exhausted: retryAfterMs },
      limits: () => ({
        retry_info_enabled,
        rate_limit_bytes: 1,
        burst_size_bytes: request.length + 1,
      }),
    });

  const retryAfter = async (retryAfterMs: number, enabled: boolean) => {
    const { push, refusal } = await start(retryAfterMs, enabled);
    await push(request);
    return (await refusal(request)).retryAfterMs;
  };

  it('is refused as exhausted and its spans are counted as rate_limited', async () => {
    const { push, refusal, pusher, metrics } = await start(0, true);
    await push(request);
    expect((await refusal(request)).code).toBe('exhausted');
    expect(pusher.requests.length).toBe(1);
    const labels = { reason: 'rate_limited', tenant: TENANT };
    expect(await metrics.value('tempo_discarded_spans_total', labels)).toBe(1);
    expect(await metrics.value('tempo_distributor_spans_rejected_total', labels)).toBe(1);
    expect(await metrics.value('tempo_distributor_spans_received_total')).toBe(1);
    expect(await metrics.value('tempo_distributor_ingress_bytes_total')).toBe(request.length * 2);
  });

  it('tells when to retry only when configured and not switched off for the tenant', async () => {
    expect(await retryAfter(0, true)).toBe(undefined);
    expect(await retryAfter(5000, true)).toBe(5000);
    expect(await retryAfter(5000, false)).toBe(undefined);
  });
});
