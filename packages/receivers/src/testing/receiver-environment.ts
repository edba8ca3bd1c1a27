/** What a receiver needs, with real time, a fresh registry and no log. */
import { readFileSync } from 'node:fs';
import { systemClock, systemTimers } from '@tempo-ts/runtime';
import { createTenantResolver } from '@tempo-ts/server';
import { createMetricsRegistry, silentLogger } from '@tempo-ts/telemetry';
import { InflightBytes } from '../inflight-bytes.ts';
import type { ReceiverEnvironment } from '../receiver.ts';

/** An environment; `multitenancyEnabled` and everything else may be given. */
export function receiverEnvironment(
  given: Partial<ReceiverEnvironment> & { readonly multitenancyEnabled?: boolean } = {},
): ReceiverEnvironment {
  const { multitenancyEnabled = false, ...rest } = given;
  return {
    tenants: createTenantResolver({ multitenancyEnabled }),
    metrics: createMetricsRegistry(),
    logger: silentLogger,
    clock: systemClock,
    timers: systemTimers,
    inflight: new InflightBytes(),
    gracefulStopMs: 5_000,
    readFile: readFileSync,
    ...rest,
  };
}
