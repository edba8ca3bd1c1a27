/** From the `server` block to what the HTTP and gRPC shells ask for. */
import type { TempoConfig } from '@tempo-ts/config';
import type { GrpcServerLimits, HttpServerLimits, ListenerSettings } from '@tempo-ts/server';

/** Where and how the HTTP API listens. */
export function httpListener(config: TempoConfig): ListenerSettings<HttpServerLimits> {
  const { server } = config;
  return {
    host: server.http_listen_address,
    port: server.http_listen_port,
    limits: {
      readTimeoutMs: server.http_server_read_timeout,
      writeTimeoutMs: server.http_server_write_timeout,
      idleTimeoutMs: server.http_server_idle_timeout,
      ...unlessZero('readHeaderTimeoutMs', server.http_server_read_header_timeout),
      ...unlessZero('maxConnections', server.http_listen_conn_limit),
    },
  };
}

/** Where /ready and /metrics are served as well; undefined unless `internal_server.enable` is set. */
export function internalListener(
  config: TempoConfig,
): ListenerSettings<HttpServerLimits> | undefined {
  const { internal_server: internal } = config;
  if (!internal.enable) return undefined;
  return {
    host: internal.http_listen_address,
    port: internal.http_listen_port,
    limits: {
      readTimeoutMs: internal.http_server_read_timeout,
      writeTimeoutMs: internal.http_server_write_timeout,
      idleTimeoutMs: internal.http_server_idle_timeout,
    },
  };
}

/** Where and how the gRPC server listens. */
export function grpcListener(config: TempoConfig): ListenerSettings<GrpcServerLimits> {
  const { server } = config;
  return {
    host: server.grpc_listen_address,
    port: server.grpc_listen_port,
    limits: {
      maxReceivedMessageBytes: server.grpc_server_max_recv_msg_size,
      maxSentMessageBytes: server.grpc_server_max_send_msg_size,
      maxConcurrentStreams: server.grpc_server_max_concurrent_streams,
      keepaliveTimeMs: server.grpc_server_keepalive_time,
      keepaliveTimeoutMs: server.grpc_server_keepalive_timeout,
      ...unlessForever('maxConnectionAgeMs', server.grpc_server_max_connection_age),
      ...unlessForever('maxConnectionAgeGraceMs', server.grpc_server_max_connection_age_grace),
      ...unlessForever('maxConnectionIdleMs', server.grpc_server_max_connection_idle),
      ...unlessZero('maxConnections', server.grpc_listen_conn_limit),
    },
  };
}

/** Longer than timers can be set to (24.8 days); Tempo's defaults mean "never" by it. */
const FOREVER_MS = 2 ** 31 - 1;

function unlessZero<Key extends string>(key: Key, value: number): { readonly [K in Key]?: number } {
  return value === 0 ? {} : ({ [key]: value } as { readonly [K in Key]?: number });
}

function unlessForever<Key extends string>(
  key: Key,
  value: number,
): { readonly [K in Key]?: number } {
  return value > FOREVER_MS ? {} : unlessZero(key, value);
}
