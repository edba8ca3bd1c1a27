/**
 * `distributor.receivers`: what listens for spans, with the YAML of the OpenTelemetry collector. A
 * protocol named without a value (`http:`) is enabled with its defaults. A receiver may be
 * configured several times with a name behind its kind: `otlp/internal`.
 */
import { free, list, mapOf, optional, section } from '../composite-fields.ts';
import { describedBy, type Field, type ValueOf } from '../field.ts';
import { explainUnknownKey } from '../unknown-key.ts';
import { bool, choice, duration, int, secret, text } from '../scalar-fields.ts';
import { describeNode } from '../source-node.ts';
import { sameValue } from '../same-value.ts';
import { receiverTls } from './tls.ts';

const unixSockets = { noEffect: 'receivers listen on TCP' } as const;
const pings = { noEffect: 'pings are always answered' } as const;
const noExtensions = { noEffect: 'there are no collector extensions' } as const;

function listenShape(endpoint: string) {
  return {
    endpoint: text(endpoint, 'Address and port to listen on: `0.0.0.0:4317`, `[::]:4317`.'),
    transport: choice(['tcp', 'tcp4', 'tcp6', 'unix'], 'tcp', 'Network.', unixSockets),
    dialer: free({}, 'Not used by a server.', unixSockets),
    tls: optional(receiverTls()),
    auth: optional(free(undefined, 'Authentication extension.', noExtensions)),
    include_metadata: bool(false, 'Tempo sets this itself.', {
      noEffect: 'the tenant header is always passed on',
    }),
    middlewares: optional(free(undefined, 'Middleware extensions.', noExtensions)),
  };
}

/** A gRPC server of the collector. */
function grpcReceiver(what: string, endpoint: string) {
  return section(`${what} over gRPC.`, {
    ...listenShape(endpoint),
    max_recv_msg_size_mib: int(0, 'Largest message received, in MiB; 0 means 4.'),
    max_concurrent_streams: int(0, 'Most concurrent calls per connection; 0 means no limit.'),
    read_buffer_size: int(524_288, 'Bytes read at once.', {
      noEffect: 'Node.js chooses its own buffers',
    }),
    write_buffer_size: int(0, 'Bytes written at once.', {
      noEffect: 'Node.js chooses its own buffers',
    }),
    keepalive: optional(
      section('Keep-alive of connections.', {
        server_parameters: optional(
          section('What the server does.', {
            max_connection_idle: duration('0s', 'Idle time after which a connection is closed.'),
            max_connection_age: duration('0s', 'Age at which a connection is closed.'),
            max_connection_age_grace: duration('0s', 'Time given to running calls then.'),
            time: duration('0s', 'Idle time after which the peer is pinged; 0 means 2h.'),
            timeout: duration('0s', 'Time the peer has to answer; 0 means 20s.'),
          }),
          { nullEnables: true },
        ),
        enforcement_policy: optional(
          section(
            'What the server demands.',
            {
              min_time: duration('0s', 'Shortest time between pings of a peer; 0 means 5m.'),
              permit_without_stream: bool(false, 'Peers may ping without a running call.'),
            },
            pings,
          ),
          { nullEnables: true },
        ),
      }),
      { nullEnables: true },
    ),
  });
}

function httpServerShape(endpoint: string) {
  return {
    ...listenShape(endpoint),
    cors: optional(
      section('Which web pages may send spans (cross-origin requests).', {
        allowed_origins: list(
          text('', 'Origin; `*` stands for anything.'),
          [],
          'Origins allowed; empty means none.',
        ),
        allowed_headers: list(
          text('', 'Header name, or `*`.'),
          [],
          'Request headers allowed besides the simple ones.',
        ),
        exposed_headers: list(text('', 'Header name.'), [], 'Answer headers pages may read.'),
        max_age: int(0, 'Seconds a browser may keep the answer to a preflight; 0 sends none.'),
      }),
      { nullEnables: true },
    ),
    max_request_body_size: int(0, 'Largest body after decompression, in bytes; 0 means 20 MiB.'),
    response_headers: mapOf(secret('Value.'), {}, 'Headers added to every answer.'),
    compression_algorithms: optional(
      list(text('', 'Content-Encoding.'), [], 'Content encodings accepted; all when absent.'),
    ),
    read_timeout: duration('0s', 'Longest time to receive a whole request; 0 means no limit.'),
    read_header_timeout: duration('0s', 'Longest time to receive headers; 0 means no limit.'),
    write_timeout: duration('0s', 'Longest time to write an answer; 0 means no limit.'),
    idle_timeout: duration('0s', 'How long an idle connection is kept; 0 means no limit.'),
    keep_alives_enabled: bool(true, 'Keep connections open between requests.'),
  };
}

const onlyTraces = { noEffect: 'only traces are received' } as const;

const otlpReceiver = section('Receives OTLP.', {
  protocols: section('Protocols; only those named here are started.', {
    grpc: optional(grpcReceiver('OTLP', 'localhost:4317'), { nullEnables: true }),
    http: optional(
      section('OTLP over HTTP, protobuf or JSON.', {
        ...httpServerShape('localhost:4318'),
        traces_url_path: text('/v1/traces', 'Path spans are posted to.'),
        metrics_url_path: text('/v1/metrics', 'Path of metrics.', onlyTraces),
        logs_url_path: text('/v1/logs', 'Path of logs.', onlyTraces),
      }),
      { nullEnables: true },
    ),
  }),
});

function udpReceiver(what: string, endpoint: string) {
  return section(what, {
    endpoint: text(endpoint, 'Address and port to listen on.'),
    queue_size: int(1000, 'Packets waiting.'),
    max_packet_size: int(65_000, 'Largest packet, in bytes.'),
    workers: int(10, 'Packets handled at once.'),
    socket_buffer_size: int(0, 'Buffer of the socket in bytes; 0 means that of the system.'),
  });
}

const otherReceivers = { later: 'otherReceivers' } as const;

const jaegerReceiver = section(
  'Receives Jaeger spans.',
  {
    protocols: section('Protocols; only those named here are started.', {
      grpc: optional(grpcReceiver('Jaeger', 'localhost:14250'), { nullEnables: true }),
      thrift_http: optional(section('Thrift over HTTP.', httpServerShape('localhost:14268')), {
        nullEnables: true,
      }),
      thrift_binary: optional(udpReceiver('Thrift binary over UDP.', 'localhost:6832'), {
        nullEnables: true,
      }),
      thrift_compact: optional(udpReceiver('Thrift compact over UDP.', 'localhost:6831'), {
        nullEnables: true,
      }),
    }),
    remote_sampling: optional(free(undefined, 'Ignored by Tempo.')),
  },
  otherReceivers,
);

const zipkinReceiver = section(
  'Receives Zipkin spans.',
  {
    ...httpServerShape('localhost:9411'),
    parse_string_tags: bool(false, 'Make numbers and booleans of string tags that look like them.'),
  },
  otherReceivers,
);

const kafkaReceiver = free(undefined, 'Receives spans from Kafka.', otherReceivers);
const opencensusReceiver = free(undefined, 'Receives OpenCensus spans.', {
  ...otherReceivers,
  deprecated: 'Tempo removed this receiver; send OTLP instead',
});

/** What listens for OTLP. Both protocols are absent unless named. */
export type OtlpReceiverConfig = ValueOf<typeof otlpReceiver>;
export type OtlpGrpcConfig = NonNullable<OtlpReceiverConfig['protocols']['grpc']>;
export type OtlpHttpConfig = NonNullable<OtlpReceiverConfig['protocols']['http']>;
export type JaegerReceiverConfig = ValueOf<typeof jaegerReceiver>;
export type ZipkinReceiverConfig = ValueOf<typeof zipkinReceiver>;

const KINDS = {
  otlp: otlpReceiver,
  jaeger: jaegerReceiver,
  zipkin: zipkinReceiver,
  kafka: kafkaReceiver,
  opencensus: opencensusReceiver,
} satisfies Record<string, Field<unknown>>;

type Kinds = typeof KINDS;

/** Receivers by id, `otlp` or `otlp/name`. */
export type ReceiversConfig = {
  readonly [K in keyof Kinds as K | `${K}/${string}`]?: ValueOf<Kinds[K]>;
};

/** `distributor.receivers`. Empty means {@link DEFAULT_RECEIVERS}. */
export const receiversSchema: Field<ReceiversConfig> = {
  kind: 'section',
  typeName: 'receivers by kind',
  default: {},
  zero: {},
  children: new Map(Object.entries(KINDS)),
  ...describedBy(
    'What listens for spans; a second receiver of a kind is named `otlp/name`. Empty means OTLP over gRPC (and, in Tempo, Jaeger).',
    {},
  ),
  read(node, context, base) {
    if (node.kind === 'null') return base;
    if (node.kind !== 'map') {
      const message = `${describeNode(node)} is given where receivers are expected`;
      context.problem(node.position, 'wrong_type', message);
      return base;
    }
    const receivers: Record<string, unknown> = {};
    for (const entry of node.entries) {
      const field = fieldOf(entry.key);
      const child = context.at(entry.key, context.reported || field?.availability.kind !== 'works');
      child.positions.set(child.path, entry.position);
      if (!field) {
        const place = {
          siblings: Object.keys(KINDS),
          parentPath: context.path,
          pathsByKey: new Map(),
        };
        child.problem(entry.position, 'unknown_key', explainUnknownKey(entry.key, place));
        continue;
      }
      receivers[entry.key] = field.read(entry.value, child, field.default);
      if (field.deprecated !== undefined) child.warnDeprecated(entry.position, field.deprecated);
      else
        child.warnUnavailable({ ...entry.value, position: entry.position }, field.availability, []);
    }
    return receivers as ReceiversConfig;
  },
  write(value, options) {
    const written = Object.entries(value).map(([id, receiver]) => {
      const path = `${options.path}.${id}`;
      return [id, fieldOf(id)?.write(receiver, { path }) ?? null] as const;
    });
    return Object.fromEntries(written);
  },
};

/** The declaration of the kind of receiver `id` names. */
function fieldOf(id: string): Field<unknown> | undefined {
  const kind = id.split('/', 1)[0]!;
  return Object.hasOwn(KINDS, kind) ? KINDS[kind as keyof Kinds] : undefined;
}

/** What an empty `distributor.receivers` stands for. */
export const DEFAULT_RECEIVERS: ReceiversConfig = {
  jaeger: {
    ...jaegerReceiver.default,
    protocols: {
      ...jaegerReceiver.default.protocols,
      grpc: grpcReceiver('Jaeger', 'localhost:14250').default,
      thrift_http: section('', httpServerShape('localhost:14268')).default,
    },
  },
  otlp: {
    ...otlpReceiver.default,
    protocols: { grpc: grpcReceiver('OTLP', 'localhost:4317').default, http: undefined },
  },
};

/** The receivers to start: those configured or, when there are none, Tempo's default ones. */
export function effectiveReceivers(configured: ReceiversConfig): ReceiversConfig {
  return sameValue(configured, {}) ? DEFAULT_RECEIVERS : configured;
}

/** All OTLP receivers to start, with their ids (`otlp`, `otlp/name`). */
export function otlpReceivers(
  configured: ReceiversConfig,
): readonly { readonly id: string; readonly config: OtlpReceiverConfig }[] {
  return Object.entries(effectiveReceivers(configured))
    .filter(([id]) => id.split('/', 1)[0] === 'otlp')
    .map(([id, config]) => ({ id, config: config as OtlpReceiverConfig }));
}
