/** A distributor with a fake ingester, a virtual clock and metrics to look at. */
import { IngestError, type PieceOutcome, type Pusher, type PushRequest } from '@tempo-ts/ports';
import type { TenantId } from '@tempo-ts/ports';
import { VirtualClock, seededRandom } from '@tempo-ts/runtime/testing';
import {
  createMetricsRegistry,
  type LogFields,
  type Logger,
  type MetricsRegistry,
} from '@tempo-ts/telemetry';
import type { DistributorConfig, IngestionLimits } from '../config.ts';
import { createDistributor, type Distributor, type DistributorOptions } from '../module.ts';

export const TENANT = 'shop' as TenantId;

export const CONFIG: DistributorConfig = {
  log_received_spans: logging(false),
  log_discarded_spans: logging(false),
  metric_received_spans: { enabled: false, root_only: false },
  retry_after_on_resource_exhausted: 0,
  max_attribute_bytes: 2048,
  artificial_delay: 0,
  max_inflight_push_bytes: 64 * 1024 * 1024,
};

export const LIMITS: IngestionLimits = {
  rate_strategy: 'local',
  rate_limit_bytes: 15_000_000,
  burst_size_bytes: 20_000_000,
  max_attribute_bytes: 0,
  retry_info_enabled: true,
};

export function logging(enabled: boolean, more: object = {}) {
  return {
    enabled,
    include_all_attributes: false,
    filter_by_status_error: false,
    log_sampling_fraction: 1,
    ...more,
  };
}

/** Keeps what is pushed; answers what it is told to. */
export class FakePusher implements Pusher {
  readonly requests: PushRequest[] = [];
  /** The outcome of each piece, in order; `accepted` beyond its end. */
  outcomes: PieceOutcome[] = [];
  failure: IngestError | undefined;
  /** While set, pushes wait for it. */
  gate: Promise<void> | undefined;

  async push(request: PushRequest): Promise<readonly PieceOutcome[]> {
    this.requests.push(request);
    if (this.gate) await this.gate;
    if (this.failure) throw this.failure;
    return request.pieces.map((_, position) => this.outcomes[position] ?? 'accepted');
  }
}

export interface Setup {
  readonly distributor: Distributor;
  readonly pusher: FakePusher;
  readonly clock: VirtualClock;
  readonly metrics: MetricsRegistry;
  readonly lines: { message: string; fields: LogFields }[];
  /** Pushes bytes as TENANT. */
  readonly push: (request: Uint8Array) => Promise<void>;
  /** The refusal of a push. */
  readonly refusal: (request: Uint8Array) => Promise<IngestError>;
}

/** A started distributor. */
export async function startDistributor(
  options: {
    readonly config?: Partial<DistributorConfig>;
    readonly limits?: () => Partial<IngestionLimits>;
    readonly more?: Partial<DistributorOptions>;
  } = {},
): Promise<Setup> {
  const pusher = new FakePusher();
  const clock = new VirtualClock();
  const metrics = createMetricsRegistry();
  const lines: { message: string; fields: LogFields }[] = [];
  const distributor = createDistributor({
    config: { ...CONFIG, ...options.config },
    overrides: { limits: () => ({ ingestion: { ...LIMITS, ...options.limits?.() } }) },
    ingester: { name: 'ingester-0', pusher },
    receivers: [],
    clock,
    timers: clock,
    random: seededRandom(1),
    logger: recordingLogger(lines),
    metrics,
    ...options.more,
  });
  await distributor.start();
  const push = (request: Uint8Array) =>
    distributor.push(
      { tenant: TENANT, request, skipMetricsGeneration: false },
      new AbortController().signal,
    );
  const refusal = async (request: Uint8Array) => {
    try {
      await push(request);
    } catch (error) {
      if (error instanceof IngestError) return error;
      throw error;
    }
    throw new Error('was accepted');
  };
  return { distributor, pusher, clock, metrics, lines, push, refusal };
}

function recordingLogger(lines: { message: string; fields: LogFields }[]): Logger {
  const write = (message: string, fields: LogFields = {}) => {
    lines.push({ message, fields });
  };
  const logger: Logger = {
    debug: write,
    info: write,
    warn: write,
    error: write,
    child: () => logger,
  };
  return logger;
}
