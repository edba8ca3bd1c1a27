/** `server` and `internal_server`: what listens for HTTP and gRPC. */
import type { Field } from '../field.ts';
import {
  bool,
  choice,
  commaList,
  duration,
  int,
  regularExpression,
  text,
} from '../scalar-fields.ts';
import { section, withDefaults } from '../composite-fields.ts';
import { serverTls } from './tls.ts';

const goRuntime = {
  noEffect: 'tunes the Go gRPC server; there is no counterpart in Node.js',
} as const;

const pings = { noEffect: 'pings are always answered' } as const;

/** A duration that never ends; what Tempo writes for it. */
const FOREVER = '2562047h47m16.854775807s';

const clusterValidation = section(
  'Refuses requests meant for another cluster.',
  {
    label: text('', 'Name of this cluster.'),
    additional_labels: commaList([], 'Further names accepted.'),
    grpc: section('For gRPC requests.', {
      enabled: bool(false, 'Check gRPC requests.'),
      soft_validation: bool(false, 'Log only, refuse nothing.'),
    }),
    http: section('For HTTP requests.', {
      enabled: bool(false, 'Check HTTP requests.'),
      soft_validation: bool(false, 'Log only, refuse nothing.'),
      excluded_paths: commaList([], 'Paths that are not checked.'),
      excluded_user_agents: commaList([], 'User agents that are not checked.'),
    }),
  },
  { later: 'separateProcesses' },
);

const serverShape = {
  http_listen_network: choice(
    ['tcp', 'tcp4', 'tcp6'],
    'tcp',
    'Network of the HTTP listener: tcp4 and tcp6 leave the other one out.',
  ),
  http_listen_address: text('', 'Address the HTTP server binds to; empty means all.'),
  http_listen_port: int(3200, 'Port of the HTTP API.', { max: 65_535 }),
  http_listen_conn_limit: int(0, 'Most open HTTP connections; 0 means no limit.'),
  grpc_listen_network: choice(
    ['tcp', 'tcp4', 'tcp6', ''],
    'tcp',
    'Network of the gRPC listener: tcp4 and tcp6 leave the other one out.',
  ),
  grpc_listen_address: text('', 'Address the gRPC server binds to; empty means all.'),
  grpc_listen_port: int(9095, 'Port of the gRPC server.', { max: 65_535 }),
  grpc_listen_conn_limit: int(0, 'Most open gRPC connections; 0 means no limit.'),
  grpc_collect_max_streams_by_conn: bool(true, 'Collect the streams per connection.', goRuntime),
  proxy_protocol_enabled: bool(false, 'Expect the PROXY protocol before each connection.', {
    later: 'separateProcesses',
  }),
  tls_cipher_suites: text(
    '',
    'Cipher suites allowed, joined by commas; empty means those of Node.js.',
  ),
  tls_min_version: choice(
    ['', 'VersionTLS10', 'VersionTLS11', 'VersionTLS12', 'VersionTLS13'],
    '',
    'Oldest TLS version spoken; empty means VersionTLS12.',
  ),
  http_tls_config: serverTls('HTTP'),
  grpc_tls_config: serverTls('gRPC'),
  register_instrumentation: bool(true, 'Serve /metrics on the API port.'),
  report_grpc_codes_in_instrumentation_label_enabled: bool(
    false,
    'Put gRPC code names instead of success/error into the status_code label.',
  ),
  graceful_shutdown_timeout: duration('30s', 'Longest wait for running requests at shutdown.'),
  http_server_read_timeout: duration('30s', 'Longest time to receive a whole request.'),
  http_server_read_header_timeout: duration(
    '0s',
    'Longest time to receive headers; 0 means as the request.',
  ),
  http_server_write_timeout: duration('30s', 'Longest time to write an answer.'),
  http_server_idle_timeout: duration('2m', 'How long an idle connection is kept.'),
  http_log_closed_connections_without_response_enabled: bool(
    false,
    'Log connections closed before an answer was written.',
    goRuntime,
  ),
  grpc_server_max_recv_msg_size: int(16_777_216, 'Largest gRPC message received, in bytes.'),
  grpc_server_max_send_msg_size: int(16_777_216, 'Largest gRPC message sent, in bytes.'),
  grpc_server_max_concurrent_streams: int(
    100,
    'Most concurrent streams per connection; 0 means no limit.',
  ),
  grpc_server_max_connection_idle: duration(
    FOREVER,
    'Idle time after which a connection is closed.',
  ),
  grpc_server_max_connection_age: duration(FOREVER, 'Age at which a connection is closed.'),
  grpc_server_max_connection_age_grace: duration(FOREVER, 'Time given to running calls then.'),
  grpc_server_keepalive_time: duration('2h', 'Idle time after which the peer is pinged.'),
  grpc_server_keepalive_timeout: duration('20s', 'Time the peer has to answer a ping.'),
  grpc_server_min_time_between_pings: duration(
    '10s',
    'Peers pinging more often are disconnected.',
    pings,
  ),
  grpc_server_ping_without_stream_allowed: bool(
    true,
    'Peers may ping without a running call.',
    pings,
  ),
  grpc_server_num_workers: int(0, 'Goroutines serving calls.', goRuntime),
  grpc_server_stats_tracking_enabled: bool(true, 'Track gRPC statistics.', goRuntime),
  grpc_server_recv_buffer_pools_enabled: bool(false, 'Reuse receive buffers.', goRuntime),
  grpc_server_read_buffer_size: int(32_768, 'Bytes read at once.', goRuntime),
  grpc_server_write_buffer_size: int(32_768, 'Bytes written at once.', goRuntime),
  log_format: choice(['logfmt', 'json'], 'logfmt', 'Form of log lines.'),
  log_level: choice(['debug', 'info', 'warn', 'error'], 'info', 'Least important level logged.'),
  log_source_ips_enabled: bool(false, 'Log the address requests come from.'),
  log_source_ips_full: bool(false, 'Log all addresses of the forwarding headers.'),
  log_source_ips_header: text('', 'Header that holds the address.'),
  log_source_ips_regex: regularExpression('', 'Its first group is the address in the header.'),
  log_request_headers: bool(false, 'Log the headers of requests.'),
  log_request_at_info_level_enabled: bool(false, 'Log requests at level info instead of debug.'),
  log_request_exclude_headers_list: commaList([], 'Headers that are never logged.'),
  trace_request_headers: bool(false, 'Put request headers on spans of self-tracing.', {
    noEffect: 'the process does not trace itself yet',
  }),
  trace_request_exclude_headers_list: commaList([], 'Headers that are never put on spans.', {
    noEffect: 'the process does not trace itself yet',
  }),
  http_path_prefix: text('', 'Prefix of every HTTP path, also of /ready and /metrics.'),
  cluster_validation: clusterValidation,
  create_new_traces: bool(false, 'Start new traces for public requests.', {
    noEffect: 'the process does not trace itself yet',
  }),
};

/** `server`: the HTTP and gRPC servers of the process. */
export const serverSchema = section('The HTTP and gRPC servers of the process.', serverShape);

/** Keys of `internal_server` that do something: it is a plain HTTP server for two pages. */
const INTERNAL_SERVER_KEYS = new Set<string>([
  'http_listen_network',
  'http_listen_address',
  'http_listen_port',
  'http_listen_conn_limit',
  'http_server_read_timeout',
  'http_server_read_header_timeout',
  'http_server_write_timeout',
  'http_server_idle_timeout',
] satisfies (keyof typeof serverShape)[]);

function internalServerShape(): typeof serverShape {
  const availability = {
    kind: 'no_effect',
    why: 'the internal server answers /ready and /metrics over plain HTTP, nothing else',
  } as const;
  const fields: [string, Field<unknown>][] = Object.entries(serverShape);
  return Object.fromEntries(
    fields.map(([key, field]) => [
      key,
      INTERNAL_SERVER_KEYS.has(key) ? field : { ...field, availability },
    ]),
  ) as typeof serverShape;
}

/** `internal_server`: a second HTTP server for /ready and /metrics. */
export const internalServerSchema = withDefaults(
  section('A second HTTP server for /ready and /metrics, without TLS.', {
    ...internalServerShape(),
    enable: bool(false, 'Start the internal server.'),
  }),
  {
    http_listen_port: 3101,
    grpc_listen_network: '',
    grpc_listen_port: 0,
    grpc_collect_max_streams_by_conn: false,
    register_instrumentation: false,
    grpc_server_max_recv_msg_size: 0,
    grpc_server_max_send_msg_size: 0,
    grpc_server_max_concurrent_streams: 0,
    grpc_server_max_connection_idle: 0,
    grpc_server_max_connection_age: 0,
    grpc_server_max_connection_age_grace: 0,
    grpc_server_keepalive_time: 0,
    grpc_server_keepalive_timeout: 0,
    grpc_server_min_time_between_pings: 0,
    grpc_server_ping_without_stream_allowed: false,
    grpc_server_stats_tracking_enabled: false,
    grpc_server_read_buffer_size: 0,
    grpc_server_write_buffer_size: 0,
  },
);
