/**
 * OTLP over gRPC (https://opentelemetry.io/docs/specs/otlp/#otlpgrpc). The request is never decoded
 * into objects: its bytes go to the sink as they came.
 */
import type { OtlpGrpcConfig } from '@tempo-ts/config';
import type { SpanSink } from '@tempo-ts/ports';
import {
  answerToError,
  GrpcError,
  GrpcServer,
  NO_REQUEST_METRICS,
  type BoundAddress,
  type GrpcCallContext,
  type GrpcServerLimits,
} from '@tempo-ts/server';
import { GRPC_MESSAGE_ENCODINGS } from './decompress-body.ts';
import { endpointOf } from './endpoint.ts';
import type { Receiver, ReceiverEnvironment } from './receiver.ts';
import { receiverTls } from './receiver-tls.ts';
import { rpcStatusBytes } from './rpc-status.ts';
import { NO_GENERATE_METRICS, SpanReceipt } from './span-receipt.ts';

const EXPORT = '/opentelemetry.proto.collector.trace.v1.TraceService/Export';

/** An ExportTraceServiceResponse without a partial success. */
const ALL_TAKEN = new Uint8Array(0);

const MEBIBYTE = 1024 * 1024;
const DEFAULT_MAX_MESSAGE_MIB = 4;

/** Listens for OTLP/gRPC as configured. */
export class OtlpGrpcReceiver implements Receiver {
  readonly name: string;
  readonly #id: string;
  readonly #config: OtlpGrpcConfig;
  readonly #environment: ReceiverEnvironment;
  #server: GrpcServer | undefined;
  #address: BoundAddress | undefined;

  /** @param id of the receiver in the configuration: `otlp`, `otlp/internal`. */
  constructor(id: string, config: OtlpGrpcConfig, environment: ReceiverEnvironment) {
    this.name = `${id}/grpc`;
    this.#id = id;
    this.#config = config;
    this.#environment = environment;
  }

  get address(): BoundAddress | undefined {
    return this.#address;
  }

  async start(sink: SpanSink): Promise<void> {
    const { logger, clock, timers, tenants, metrics, readFile } = this.#environment;
    const configKey = `distributor.receivers.${this.#id}.protocols.grpc`;
    const tls = receiverTls(this.#config.tls, `${configKey}.tls`, readFile);
    const receipt = new SpanReceipt(sink, {
      receiver: 'otlp/otlp_receiver',
      transport: 'grpc',
      tenants,
      metrics,
    });
    const server = new GrpcServer({
      limits: grpcLimits(this.#config),
      ...(tls ? { tls } : {}),
      metrics: NO_REQUEST_METRICS,
      side: 'ingest',
      messageEncodings: GRPC_MESSAGE_ENCODINGS,
      logger,
      clock,
      timers,
    });
    server.addRawUnary({
      path: EXPORT,
      handle: (request, context) => this.#export(receipt, request, context),
    });
    this.#address = await server.listen(endpointOf(this.#config.endpoint, `${configKey}.endpoint`));
    server.setServing(true);
    this.#server = server;
  }

  async stop(): Promise<void> {
    await this.#server?.stop(this.#environment.gracefulStopMs);
  }

  async #export(
    receipt: SpanReceipt,
    request: Uint8Array,
    context: GrpcCallContext,
  ): Promise<Uint8Array> {
    const held = this.#environment.inflight.begin();
    try {
      held.grow(request.length);
      await receipt.take({
        request,
        tenantHeader: context.tenantHeader,
        skipMetricsGeneration: context.metadata(NO_GENERATE_METRICS) !== undefined,
        signal: context.signal,
      });
      return ALL_TAKEN;
    } catch (error) {
      throw withRetryInfo(error);
    } finally {
      held.release();
    }
  }
}

/** The same answer as a gRPC error that carries RetryInfo, when it says when to try again. */
function withRetryInfo(error: unknown): unknown {
  const answer = answerToError(error, 'ingest');
  if (answer.retryAfterMs === undefined) return error;
  const statusDetails = rpcStatusBytes(answer);
  return new GrpcError(answer.grpcCode, answer.message, { statusDetails, cause: error });
}

/** The collector's names and zeros as limits of the gRPC shell. */
function grpcLimits(config: OtlpGrpcConfig): Partial<GrpcServerLimits> {
  const maxMib = config.max_recv_msg_size_mib;
  const parameters = config.keepalive?.server_parameters;
  const limits: { -readonly [K in keyof GrpcServerLimits]?: GrpcServerLimits[K] } = {
    maxReceivedMessageBytes: (maxMib > 0 ? maxMib : DEFAULT_MAX_MESSAGE_MIB) * MEBIBYTE,
    maxConcurrentStreams: config.max_concurrent_streams,
  };
  if (parameters?.time) limits.keepaliveTimeMs = parameters.time;
  if (parameters?.timeout) limits.keepaliveTimeoutMs = parameters.timeout;
  if (parameters?.max_connection_age) limits.maxConnectionAgeMs = parameters.max_connection_age;
  if (parameters?.max_connection_age_grace)
    limits.maxConnectionAgeGraceMs = parameters.max_connection_age_grace;
  if (parameters?.max_connection_idle) limits.maxConnectionIdleMs = parameters.max_connection_idle;
  return limits;
}
