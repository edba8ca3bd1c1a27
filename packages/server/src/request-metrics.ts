/** Durations and sizes of requests under the names, labels and buckets of Tempo's dashboards. */
import type { GaugeMetric, HistogramMetric, MetricsRegistry } from '@tempo-ts/telemetry';

/** Seconds; Tempo's own bounds, not a library's default. */
export const REQUEST_DURATION_BUCKETS = [
  0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 1.5, 2.5, 5, 10, 25, 50, 100,
] as const;

const MEBIBYTE = 1024 * 1024;
const MESSAGE_BYTES_BUCKETS = [1, 2.5, 5, 10, 25, 50, 100, 250].map((size) => size * MEBIBYTE);

/** The value of the `method` label of gRPC calls. */
export const GRPC_METHOD_LABEL = 'gRPC';

/** What the shells report; receivers have counters of their own and report nothing here. */
export interface RequestObserver {
  /** A request of this method and route starts. */
  started(method: string, route: string): void;
  /** The same request has ended; `statusCode` is `200`, `499`, or for gRPC `success` … */
  ended(method: string, route: string, statusCode: string, durationMs: number): void;
  /** The size of a request message. */
  received(method: string, route: string, byteLength: number): void;
  /** The size of a response message. */
  sent(method: string, route: string, byteLength: number): void;
  /** A connection was accepted. */
  connectionOpened(protocol: 'http' | 'grpc'): void;
  /** An accepted connection is closed. */
  connectionClosed(protocol: 'http' | 'grpc'): void;
}

/** Observes nothing. */
export const NO_REQUEST_METRICS: RequestObserver = {
  started() {},
  ended() {},
  received() {},
  sent() {},
  connectionOpened() {},
  connectionClosed() {},
};

/**
 * The request metrics of a process. HTTP requests have the verb as `method`, a route slug and a
 * three-digit status; gRPC calls `gRPC`, the full method and `success`, `error` or `cancel`.
 */
export class RequestMetrics implements RequestObserver {
  readonly #duration: HistogramMetric;
  readonly #requestBytes: HistogramMetric;
  readonly #responseBytes: HistogramMetric;
  readonly #inflight: GaugeMetric;
  readonly #connections: GaugeMetric;

  constructor(registry: MetricsRegistry) {
    this.#duration = registry.histogram({
      name: 'tempo_request_duration_seconds',
      help: 'Time (in seconds) spent serving requests.',
      labels: ['method', 'route', 'status_code', 'ws'],
      buckets: REQUEST_DURATION_BUCKETS,
    });
    this.#requestBytes = registry.histogram({
      name: 'tempo_request_message_bytes',
      help: 'Size (in bytes) of messages received in requests.',
      labels: ['method', 'route'],
      buckets: MESSAGE_BYTES_BUCKETS,
    });
    this.#responseBytes = registry.histogram({
      name: 'tempo_response_message_bytes',
      help: 'Size (in bytes) of messages sent in responses.',
      labels: ['method', 'route'],
      buckets: MESSAGE_BYTES_BUCKETS,
    });
    this.#inflight = registry.gauge({
      name: 'tempo_inflight_requests',
      help: 'Requests being served now.',
      labels: ['method', 'route'],
    });
    this.#connections = registry.gauge({
      name: 'tempo_tcp_connections',
      help: 'Accepted TCP connections that are open now.',
      labels: ['protocol'],
    });
    this.#connections.set({ protocol: 'http' }, 0);
    this.#connections.set({ protocol: 'grpc' }, 0);
  }

  started(method: string, route: string): void {
    this.#inflight.inc({ method, route });
  }

  ended(method: string, route: string, statusCode: string, durationMs: number): void {
    this.#inflight.dec({ method, route });
    this.observe(method, route, statusCode, durationMs);
  }

  /** Records a request that no shell of this process served, such as a querier's pulled job. */
  observe(method: string, route: string, statusCode: string, durationMs: number): void {
    const labels = { method, route, status_code: statusCode, ws: 'false' };
    this.#duration.observe(labels, durationMs / 1000);
  }

  received(method: string, route: string, byteLength: number): void {
    this.#requestBytes.observe({ method, route }, byteLength);
  }

  sent(method: string, route: string, byteLength: number): void {
    this.#responseBytes.observe({ method, route }, byteLength);
  }

  connectionOpened(protocol: 'http' | 'grpc'): void {
    this.#connections.inc({ protocol });
  }

  connectionClosed(protocol: 'http' | 'grpc'): void {
    this.#connections.dec({ protocol });
  }
}
