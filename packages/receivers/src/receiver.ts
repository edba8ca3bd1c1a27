/** What listens for spans and hands them on. */
import type { SpanSink } from '@tempo-ts/ports';
import type { Clock, Timers } from '@tempo-ts/runtime';
import type { BoundAddress, ReadFileBytes, TenantResolver } from '@tempo-ts/server';
import type { Logger, MetricsRegistry } from '@tempo-ts/telemetry';
import type { InflightBytes } from './inflight-bytes.ts';

/** One protocol on one port. Started once, stopped once. */
export interface Receiver {
  /** Id of the receiver and protocol: `otlp/grpc`, `otlp/internal/http`. */
  readonly name: string;
  /** Where it listens, once started. */
  readonly address: BoundAddress | undefined;
  /** Listens and gives what is received to `sink`. Rejects with ListenError. */
  start(sink: SpanSink): Promise<void>;
  /** Takes nothing new, lets what was taken finish (bounded), then closes. */
  stop(): Promise<void>;
}

/** What every receiver needs of the process. */
export interface ReceiverEnvironment {
  readonly tenants: TenantResolver;
  readonly metrics: MetricsRegistry;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly timers: Timers;
  /** Shared by all receivers of the process: how much may be held in memory at once. */
  readonly inflight: InflightBytes;
  /** Reads certificates. */
  readonly readFile: ReadFileBytes;
  /** How long requests may go on after stop() was called. */
  readonly gracefulStopMs: number;
}
