/** From the `server` block to what the HTTP and gRPC shells ask for. */
import type { TempoConfig } from '@tempo-ts/config';
import type {
  GrpcServerLimits,
  HttpServerLimits,
  ListenerSettings,
  ReadFileBytes,
} from '@tempo-ts/server';
import { listenerTls } from './tls-settings.ts';

/** Where and how the HTTP API listens. Throws ListenError when its certificate cannot be used. */
export function httpListener(
  { server }: TempoConfig,
  readFile: ReadFileBytes,
): ListenerSettings<HttpServerLimits> {
  return {
    ...plainHttpListener(server),
    ...unlessUndefined('tls', listenerTls(server, 'http_tls_config', readFile)),
  };
}

/** Where /ready and /metrics are served as well; undefined unless `internal_server.enable` is set. */
export function internalListener({
  internal_server: internal,
}: TempoConfig): ListenerSettings<HttpServerLimits> | undefined {
  return internal.enable ? plainHttpListener(internal) : undefined;
}

function plainHttpListener(
  server: TempoConfig['server'] | TempoConfig['internal_server'],
): ListenerSettings<HttpServerLimits> {
  return {
    host: server.http_listen_address,
    port: server.http_listen_port,
    network: server.http_listen_network,
    limits: {
      readTimeoutMs: server.http_server_read_timeout,
      writeTimeoutMs: server.http_server_write_timeout,
      idleTimeoutMs: server.http_server_idle_timeout,
      ...unlessZero('readHeaderTimeoutMs', server.http_server_read_header_timeout),
      ...unlessZero('maxConnections', server.http_listen_conn_limit),
    },
  };
}

/** Where and how the gRPC server listens. Throws ListenError when its certificate cannot be used. */
export function grpcListener(
  { server }: TempoConfig,
  readFile: ReadFileBytes,
): ListenerSettings<GrpcServerLimits> {
  return {
    ...unlessUndefined('tls', listenerTls(server, 'grpc_tls_config', readFile)),
    host: server.grpc_listen_address,
    port: server.grpc_listen_port,
    network: server.grpc_listen_network || 'tcp',
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

function unlessUndefined<Key extends string, Value>(
  key: Key,
  value: Value | undefined,
): { readonly [K in Key]?: Value } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [K in Key]?: Value });
}

function unlessZero<Key extends string>(key: Key, value: number): { readonly [K in Key]?: number } {
  return value === 0 ? {} : ({ [key]: value } as { readonly [K in Key]?: number });
}

function unlessForever<Key extends string>(
  key: Key,
  value: number,
): { readonly [K in Key]?: number } {
  return value > FOREVER_MS ? {} : unlessZero(key, value);
}
