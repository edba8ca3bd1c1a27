/** Clients of other components: connection pool, gRPC settings, back-off. */
import { bool, byteSize, choice, duration, float, int, text } from '../scalar-fields.ts';
import { section } from '../composite-fields.ts';
import type { FieldOptions } from '../field.ts';
import { tlsClientShape } from './tls.ts';

/** Waiting times between repeated attempts. */
export function backoff(
  minText: string,
  maxText: string,
  maxRetries: number,
  what: string,
  options: FieldOptions = {},
) {
  return section(
    `Waiting times between repeated ${what}.`,
    {
      min_period: duration(minText, 'Shortest wait.'),
      max_period: duration(maxText, 'Longest wait.'),
      max_retries: int(maxRetries, 'Attempts before giving up; 0 means no limit.'),
    },
    options,
  );
}

export interface GrpcClientDefaults {
  readonly maxSendBytes: number;
  readonly backoffMax: string;
  readonly backoffRetries: number;
  readonly windowBytes: number;
  readonly connectTimeout: string;
  readonly connectBase: string;
  readonly connectMax: string;
}

/** What most gRPC clients of Tempo start with. */
export const GRPC_CLIENT_DEFAULTS: GrpcClientDefaults = {
  maxSendBytes: 104_857_600,
  backoffMax: '10s',
  backoffRetries: 10,
  windowBytes: 65_535,
  connectTimeout: '5s',
  connectBase: '1s',
  connectMax: '5s',
};

/** Settings of a gRPC client. */
export function grpcClient(defaults: GrpcClientDefaults) {
  return section('gRPC settings of the client.', {
    max_recv_msg_size: int(104_857_600, 'Largest message received, in bytes.'),
    max_send_msg_size: int(defaults.maxSendBytes, 'Largest message sent, in bytes.'),
    grpc_compression: choice(['snappy', 'gzip', 'zstd', ''], 'snappy', 'Compression of messages.'),
    rate_limit: float(0, 'Most calls per second; 0 means no limit.'),
    rate_limit_burst: int(0, 'Calls that may exceed the rate at once.'),
    backoff_on_ratelimits: bool(false, 'Wait and repeat when the rate limit is hit.'),
    backoff_config: backoff('100ms', defaults.backoffMax, defaults.backoffRetries, 'calls'),
    initial_stream_window_size: byteSize(defaults.windowBytes, 'HTTP/2 window per call.'),
    initial_connection_window_size: byteSize(defaults.windowBytes, 'HTTP/2 window per connection.'),
    tls_enabled: bool(false, 'Encrypt the connection.', { later: 'tls' }),
    ...tlsClientShape(),
    connect_timeout: duration(defaults.connectTimeout, 'Longest time to connect.'),
    connect_backoff_base_delay: duration(defaults.connectBase, 'First wait before reconnecting.'),
    connect_backoff_max_delay: duration(defaults.connectMax, 'Longest wait before reconnecting.'),
    cluster_validation: section('Names the cluster in requests.', {
      label: text('', 'Name of the cluster.'),
    }),
  });
}

/** A pool of clients of one kind of component. */
export function componentClient(component: string) {
  return section(
    `Connections to ${component}.`,
    {
      pool_config: section('Health checks of pooled connections.', {
        checkinterval: duration('15s', 'Time between checks.'),
        healthcheckenabled: bool(true, 'Check connections.'),
        healthchecktimeout: duration('1s', 'Longest wait for the answer to a check.'),
        healthcheckgraceperiod: duration('0s', 'How long a failing connection is kept.'),
        maxconcurrenthealthchecks: int(0, 'Most checks at once; 0 means no limit.'),
      }),
      remote_timeout: duration('5s', 'Longest duration of a call.'),
      grpc_client_config: grpcClient(GRPC_CLIENT_DEFAULTS),
    },
    { later: 'separateProcesses' },
  );
}
