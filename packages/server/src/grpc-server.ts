/**
 * The gRPC shell: grpc-js behind listeners of our own, so that one set of services can be reached
 * on several ports (and on the HTTP port), connections are counted, and a port in use is reported
 * with the setting to change.
 */
import { createServer as createTcpServer, type Server as TcpServer, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createServer as createTlsServer } from 'node:tls';
import {
  Server,
  ServerCredentials,
  type ConnectionInjector,
  type ServerOptions,
  type ServerUnaryCall,
  type ServerWritableStream,
  type ServerDuplexStream,
  type ServerReadableStream,
  type sendUnaryData,
} from '@grpc/grpc-js';
import { grpcServiceDefinition, type GrpcMethod } from '@tempo-ts/contracts';
import type { Clock, Timers } from '@tempo-ts/runtime';
import type { Logger } from '@tempo-ts/telemetry';
import type { CallerSide } from './error-mapping.ts';
import { GRPC_STATUS, GrpcError } from './errors.ts';
import { RunningCall, type CallEnvironment } from './grpc-call.ts';
import { GrpcHealth } from './grpc-health.ts';
import { acceptMessageEncodings, type MessageEncodings } from './grpc-message-encodings.ts';
import type { AnyHandler, GrpcService, RawUnaryMethod } from './grpc-service.ts';
import { listenOn, type BoundAddress, type ListenAddress } from './listen-address.ts';
import { GRPC_METHOD_LABEL, type RequestObserver } from './request-metrics.ts';
import { writeStream } from './write-stream.ts';
import { acceptsClient, serverTlsOptions, type TlsSettings } from './tls-settings.ts';

/** Limits of the gRPC shell; the defaults are Tempo's (`server.grpc_server_*`). */
export interface GrpcServerLimits {
  /** `grpc_server_max_recv_msg_size`, 16 MiB. Applies to the decompressed message. */
  readonly maxReceivedMessageBytes: number;
  /** `grpc_server_max_send_msg_size`, 16 MiB. */
  readonly maxSentMessageBytes: number;
  /** `grpc_server_max_concurrent_streams` per connection, 100; 0 means no limit. */
  readonly maxConcurrentStreams: number;
  /** `grpc_server_keepalive_time`, 2 h: when to ask an idle connection whether it lives. */
  readonly keepaliveTimeMs: number;
  /** `grpc_server_keepalive_timeout`, 20 s. */
  readonly keepaliveTimeoutMs: number;
  /** `grpc_server_max_connection_age`; undefined = for ever. */
  readonly maxConnectionAgeMs?: number;
  /** `grpc_server_max_connection_age_grace`; undefined = for ever. */
  readonly maxConnectionAgeGraceMs?: number;
  /** `grpc_server_max_connection_idle`; undefined = for ever. */
  readonly maxConnectionIdleMs?: number;
  /** Most open connections per listener; further ones are closed at once. Absent: no limit. */
  readonly maxConnections?: number;
}

export const DEFAULT_GRPC_SERVER_LIMITS: GrpcServerLimits = {
  maxReceivedMessageBytes: 16 * 1024 * 1024,
  maxSentMessageBytes: 16 * 1024 * 1024,
  maxConcurrentStreams: 100,
  keepaliveTimeMs: 7_200_000,
  keepaliveTimeoutMs: 20_000,
};

/** The largest number the setting can carry; HTTP/2's own way to say that there is no limit. */
const UNLIMITED_STREAMS = 0xffff_ffff;
/** How much a client may send ahead of what was read; the protocol's 64 KiB stall large batches. */
const FLOW_CONTROL_WINDOW_BYTES = 1024 * 1024;

export interface GrpcServerOptions {
  readonly limits?: Partial<GrpcServerLimits>;
  readonly tls?: TlsSettings;
  readonly metrics: RequestObserver;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly timers: Timers;
  /** Whether callers send spans (`ingest`: our faults are Unavailable) or ask; `query` by default. */
  readonly side?: CallerSide;
  /** Undefined when calls are served, else the text of the Unavailable they get; not for health. */
  readonly refusal?: () => string | undefined;
  /** `server.report_grpc_codes_in_instrumentation_label_enabled`. */
  readonly reportsCodes?: boolean;
  /** How messages may be compressed besides gzip and deflate. */
  readonly messageEncodings?: MessageEncodings;
}

/** A gRPC server. Add services, then listen; listen again for another port. */
export class GrpcServer {
  readonly #server: Server;
  readonly #environment: CallEnvironment;
  readonly #options: GrpcServerOptions;
  readonly #plain: ConnectionInjector;
  readonly #health = new GrpcHealth();
  readonly #refusal: () => string | undefined;
  readonly #tcpServers: TcpServer[] = [];
  readonly #sockets = new Set<Duplex>();
  #onLastClosed: (() => void) | undefined;
  #isStopping = false;

  constructor(options: GrpcServerOptions) {
    this.#options = options;
    const { metrics, logger, clock, side = 'query', reportsCodes = false } = options;
    this.#environment = { metrics, logger, clock, side, reportsCodes };
    this.#refusal = options.refusal ?? (() => undefined);
    this.#server = new Server(serverOptions({ ...DEFAULT_GRPC_SERVER_LIMITS, ...options.limits }));
    this.#plain = this.#server.createConnectionInjector(ServerCredentials.createInsecure());
    this.#addService(this.#health.service, () => undefined);
  }

  /** Adds the methods of a service. */
  addService(service: GrpcService): void {
    this.#addService(service, this.#refusal);
  }

  #addService(service: GrpcService, refusal: () => string | undefined): void {
    const definition = grpcServiceDefinition(service.service);
    for (const [name, method] of Object.entries(definition)) {
      const handler = service.implementation[name];
      if (handler) this.#register(method, handler, refusal);
    }
  }

  /** Adds a method that takes and gives bytes. */
  addRawUnary({ path, handle }: RawUnaryMethod): void {
    const method: GrpcMethod = {
      path,
      requestStream: false,
      responseStream: false,
      requestSerialize: asIs,
      requestDeserialize: asIs,
      responseSerialize: (bytes: Uint8Array) =>
        Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
      responseDeserialize: asIs,
    };
    this.#register(method, handle as AnyHandler, this.#refusal);
  }

  /** Listens on one more address. Rejects with ListenError. */
  async listen(address: ListenAddress): Promise<BoundAddress> {
    const { tls } = this.#options;
    // Encryption ends here, not in grpc-js: that way every setting of it is Node's own.
    const server = tls
      ? createTlsServer({ ...serverTlsOptions(tls), ALPNProtocols: ['h2'], noDelay: true })
          .on('secureConnection', (socket) => {
            if (acceptsClient(socket, tls.clientAuth)) this.#accept(socket);
            else socket.destroy();
          })
          .on('connection', (socket: Socket) => this.#track(socket))
      : createTcpServer({ noDelay: true }, (socket) => this.#accept(socket));
    const { maxConnections } = this.#options.limits ?? {};
    if (maxConnections !== undefined) server.maxConnections = maxConnections;
    const bound = await listenOn(server, address);
    this.#tcpServers.push(server);
    return bound;
  }

  #accept(socket: Socket): void {
    const { metrics } = this.#options;
    metrics.connectionOpened('grpc');
    socket.once('close', () => metrics.connectionClosed('grpc'));
    this.#track(socket);
    socket.on('error', () => socket.destroy());
    this.#plain.injectConnection(socket);
  }

  /** Serves a connection that another listener accepted and found to be HTTP/2 without TLS. */
  injectConnection(socket: Duplex): void {
    this.#track(socket);
    this.#plain.injectConnection(socket);
  }

  /** What the standard health service answers; not serving until told otherwise. */
  setServing(isServing: boolean): void {
    this.#health.setServing(isServing);
  }

  /** Stops accepting, lets running calls finish for `graceMs`, then cuts them off. */
  async stop(graceMs: number): Promise<void> {
    if (this.#isStopping) return;
    this.#isStopping = true;
    this.#health.close();
    const closed = this.#tcpServers.map(
      (server) => new Promise<void>((resolve) => server.close(() => resolve())),
    );
    // Tells clients to go (GOAWAY) and closes each connection after its last call. Its callback is
    // of no use: on Node 24 it comes before running calls have finished.
    this.#server.tryShutdown(() => {});
    await this.#allConnectionsClosed(graceMs);
    this.#server.forceShutdown();
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all(closed);
  }

  /** Resolves when the last connection has closed, or after `graceMs`. */
  #allConnectionsClosed(graceMs: number): Promise<void> {
    if (this.#sockets.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = this.#options.timers.after(graceMs, resolve);
      this.#onLastClosed = () => {
        timer.stop();
        resolve();
      };
    });
  }

  #track(socket: Duplex): void {
    this.#sockets.add(socket);
    socket.once('close', () => {
      this.#sockets.delete(socket);
      if (this.#sockets.size === 0) this.#onLastClosed?.();
    });
  }

  #register(method: GrpcMethod, handler: AnyHandler, refusal: () => string | undefined): void {
    const { path, requestStream, responseStream } = method;
    const kind = requestStream
      ? responseStream
        ? ('bidi' as const)
        : ('clientStream' as const)
      : responseStream
        ? ('serverStream' as const)
        : ('unary' as const);
    const { metrics } = this.#options;
    const serialize = (message: never): Buffer => {
      const bytes = method.responseSerialize(message);
      metrics.sent(GRPC_METHOD_LABEL, path, bytes.length);
      return bytes;
    };
    const deserialize = (bytes: Buffer): never => {
      metrics.received(GRPC_METHOD_LABEL, path, bytes.length);
      return method.requestDeserialize(bytes) as never;
    };
    const handle =
      kind === 'unary' || kind === 'clientStream'
        ? this.#single(path, admitted(handler, refusal), kind)
        : this.#streaming(path, admitted(handler, refusal), kind);
    const { messageEncodings } = this.#options;
    if (messageEncodings) acceptMessageEncodings(handle, messageEncodings);
    const added = this.#server.register(path, handle as never, serialize, deserialize, kind);
    if (!added) throw new Error(`gRPC method ${path} is served twice`);
  }

  #single(path: string, handler: AnyHandler, kind: 'unary' | 'clientStream') {
    return (
      call: ServerUnaryCall<unknown, unknown> | ServerReadableStream<unknown, unknown>,
      respond: sendUnaryData<unknown>,
    ): void => {
      const running = new RunningCall(call, path, this.#environment);
      const request = kind === 'unary' ? (call as ServerUnaryCall<unknown, unknown>).request : call;
      const answer = async () => (handler as Handler)(request, running.context) as Promise<unknown>;
      answer().then(
        (response) => {
          running.succeeded();
          respond(null, response);
        },
        (error: unknown) => respond(running.failed(error)),
      );
    };
  }

  #streaming(path: string, handler: AnyHandler, kind: 'serverStream' | 'bidi') {
    return (
      call: ServerWritableStream<unknown, unknown> | ServerDuplexStream<unknown, unknown>,
    ): void => {
      const running = new RunningCall(call, path, this.#environment);
      const request =
        kind === 'serverStream' ? (call as ServerWritableStream<unknown, unknown>).request : call;
      const responses = async () =>
        writeStream(
          call,
          (handler as Handler)(request, running.context) as AsyncIterable<unknown>,
          running.context.signal,
        );
      responses().then(
        () => {
          running.succeeded();
          call.end();
        },
        (error: unknown) => {
          const status = running.failed(error);
          if (!running.isCancelled)
            call.emit('error', Object.assign(new GrpcError(GRPC_STATUS.unknown, ''), status));
        },
      );
    };
  }
}

/** `handler`, unless calls are refused at the moment. */
function admitted(handler: AnyHandler, refusal: () => string | undefined): AnyHandler {
  return (request, context) => {
    const reason = refusal();
    if (reason !== undefined) throw new GrpcError(GRPC_STATUS.unavailable, reason);
    return handler(request, context);
  };
}

const asIs = (bytes: Buffer) => bytes;

type Handler = (request: unknown, context: RunningCall['context']) => unknown;

function serverOptions(limits: GrpcServerLimits): ServerOptions {
  return {
    'grpc.enable_channelz': 0,
    'grpc.max_receive_message_length': limits.maxReceivedMessageBytes,
    'grpc.max_send_message_length': limits.maxSentMessageBytes,
    'grpc.max_concurrent_streams': limits.maxConcurrentStreams || UNLIMITED_STREAMS,
    'grpc.keepalive_time_ms': limits.keepaliveTimeMs,
    'grpc.keepalive_timeout_ms': limits.keepaliveTimeoutMs,
    'grpc-node.flow_control_window': FLOW_CONTROL_WINDOW_BYTES,
    ...(limits.maxConnectionAgeMs === undefined
      ? {}
      : { 'grpc.max_connection_age_ms': limits.maxConnectionAgeMs }),
    ...(limits.maxConnectionAgeGraceMs === undefined
      ? {}
      : { 'grpc.max_connection_age_grace_ms': limits.maxConnectionAgeGraceMs }),
    ...(limits.maxConnectionIdleMs === undefined
      ? {}
      : { 'grpc.max_connection_idle_ms': limits.maxConnectionIdleMs }),
  };
}
