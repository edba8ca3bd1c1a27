import { loadConfig } from '@tempo-ts/config';
import { describe, expect, it } from '@jest/globals';
import { createOverrides } from '@tempo-ts/overrides';
import { VirtualClock } from '@tempo-ts/runtime/testing';
import { createMetricsRegistry, silentLogger } from '@tempo-ts/telemetry';
import type { DistributorConfig, IngestionOverrides } from './config.ts';
import { TENANT } from './testing/distributor-setup.ts';

const noFile = () => {
  throw new Error('there is no file');
};

describe('the configuration of a process', () => {
  it('and the limits of a tenant fit as they are, with the defaults of Tempo', () => {
    const { config } = loadConfig({ args: [], env: {}, readFile: noFile });
    const distributor: DistributorConfig = config.distributor;
    const overrides: IngestionOverrides = createOverrides({
      config: config.overrides,
      timers: new VirtualClock(),
      logger: silentLogger,
      metrics: createMetricsRegistry(),
      readFile: noFile,
    });
    expect(distributor).toMatchObject({
      log_received_spans: { enabled: false, log_sampling_fraction: 1 },
      metric_received_spans: { enabled: false, root_only: false },
      retry_after_on_resource_exhausted: 0,
      max_attribute_bytes: 2048,
      artificial_delay: 0,
    });
    expect(overrides.limits(TENANT).ingestion).toMatchObject({
      rate_strategy: 'local',
      rate_limit_bytes: 15_000_000,
      burst_size_bytes: 20_000_000,
      max_attribute_bytes: 0,
      retry_info_enabled: true,
    });
    expect(overrides.limits(TENANT).ingestion.artificial_delay).toBe(undefined);
  });
});
