/**
 * OTLP over HTTP, protobuf and JSON (https://opentelemetry.io/docs/specs/otlp/#otlphttp). Answers are
 * those of the OpenTelemetry collector's receiver, which is what Tempo listens with.
 */
import type { OtlpHttpConfig } from '@tempo-ts/config';
import { InvalidOtlpError, otlpJsonToProtobuf } from '@tempo-ts/otlp';
import { IngestError, type SpanSink } from '@tempo-ts/ports';
import type { Timers } from '@tempo-ts/runtime';
import {
  answerToError,
  HttpServer,
  NO_REQUEST_METRICS,
  requestSignal,
  TENANT_HEADER,
  type BoundAddress,
  type HttpServerLimits,
  type Request,
  type Response,
} from '@tempo-ts/server';
import { crossOrigin } from './cross-origin.ts';
import { CONTENT_ENCODINGS, decompressBody } from './decompress-body.ts';
import { endpointOf } from './endpoint.ts';
import type { HeldBytes } from './inflight-bytes.ts';
import { readBody } from './read-body.ts';
import type { Receiver, ReceiverEnvironment } from './receiver.ts';
import { receiverTls } from './receiver-tls.ts';
import { rpcStatusBytes, rpcStatusJson } from './rpc-status.ts';
import { NO_GENERATE_METRICS, SpanReceipt } from './span-receipt.ts';

/** 20 MiB. */
const DEFAULT_MAX_BODY_BYTES = 20 * 1024 * 1024;
/** The collector's "no limit" would let a client hold a connection for ever without asking for anything. */
const DEFAULT_READ_TIMEOUT_MS = 300_000;
const DEFAULT_HEADER_TIMEOUT_MS = 60_000;
const DEFAULT_WRITE_TIMEOUT_MS = 300_000;
const DEFAULT_IDLE_TIMEOUT_MS = 60_000;
/** How long a sender may go on with a request that was refused before its end. */
const LINGER_MS = 2_000;

/** How a content type is read and answered. */
interface Encoding {
  readonly contentType: string;
  /** The body as a serialized ExportTraceServiceRequest. */
  readonly toProtobuf: (body: Uint8Array) => Uint8Array;
  /** An ExportTraceServiceResponse with an empty partial success: everything was taken. */
  readonly success: Uint8Array;
  readonly error: (answer: ReturnType<typeof answerToError>) => Uint8Array;
}

const PROTOBUF: Encoding = {
  contentType: 'application/x-protobuf',
  toProtobuf: (body) => body,
  success: Uint8Array.of(0x0a, 0x00),
  error: rpcStatusBytes,
};
const JSON_ENCODING: Encoding = {
  contentType: 'application/json',
  toProtobuf: otlpJsonToProtobuf,
  success: Buffer.from('{"partialSuccess":{}}'),
  error: (answer) => Buffer.from(rpcStatusJson(answer)),
};

/** Listens for OTLP/HTTP as configured. */
export class OtlpHttpReceiver implements Receiver {
  readonly name: string;
  readonly #id: string;
  readonly #config: OtlpHttpConfig;
  readonly #environment: ReceiverEnvironment;
  readonly #maxBodyBytes: number;
  readonly #contentEncodings: readonly string[];
  #server: HttpServer | undefined;
  #address: BoundAddress | undefined;

  /** @param id of the receiver in the configuration: `otlp`, `otlp/internal`. */
  constructor(id: string, config: OtlpHttpConfig, environment: ReceiverEnvironment) {
    this.name = `${id}/http`;
    this.#id = id;
    this.#config = config;
    this.#environment = environment;
    this.#maxBodyBytes = config.max_request_body_size || DEFAULT_MAX_BODY_BYTES;
    this.#contentEncodings = config.compression_algorithms ?? CONTENT_ENCODINGS;
  }

  get address(): BoundAddress | undefined {
    return this.#address;
  }

  async start(sink: SpanSink): Promise<void> {
    const { logger, clock, timers, tenants, metrics, readFile } = this.#environment;
    const config = this.#config;
    const configKey = `distributor.receivers.${this.#id}.protocols.http`;
    const tls = receiverTls(this.#config.tls, `${configKey}.tls`, readFile);
    const receipt = new SpanReceipt(sink, {
      receiver: 'otlp/otlp_receiver',
      transport: 'http',
      tenants,
      metrics,
    });
    const server = new HttpServer({
      limits: httpLimits(config),
      ...(tls ? { tls } : {}),
      metrics: NO_REQUEST_METRICS,
      logger,
      clock,
      timers,
    });
    server.router.use((_request, response, next) => {
      for (const [name, value] of Object.entries(config.response_headers))
        response.setHeader(name, value.reveal());
      if (!config.keep_alives_enabled) response.setHeader('Connection', 'close');
      next();
    });
    if (config.cors) server.router.use(...crossOrigin(config.cors, logger));
    server.router.all(config.traces_url_path, (request, response) =>
      this.#export(receipt, request, response),
    );
    this.#address = await server.listen(endpointOf(config.endpoint, `${configKey}.endpoint`));
    this.#server = server;
  }

  async stop(): Promise<void> {
    await this.#server?.stop(this.#environment.gracefulStopMs);
  }

  async #export(receipt: SpanReceipt, request: Request, response: Response): Promise<void> {
    if (request.method !== 'POST') {
      refuse(response, 405, '405 method not allowed, supported: [POST]');
      return;
    }
    const encoding = encodingOf(request);
    if (!encoding) {
      const supported = `[${JSON_ENCODING.contentType}, ${PROTOBUF.contentType}]`;
      refuse(response, 415, `415 unsupported media type, supported: ${supported}`);
      return;
    }
    const held = this.#environment.inflight.begin();
    try {
      const spans = encoding.toProtobuf(await this.#plainBody(request, held));
      await receipt.take({
        request: spans,
        tenantHeader: headerOf(request, TENANT_HEADER),
        skipMetricsGeneration: headerOf(request, NO_GENERATE_METRICS) !== undefined,
        signal: requestSignal(request, response),
      });
      send(response, 200, encoding.contentType, encoding.success);
    } catch (error) {
      answerError(error, encoding, request, response, this.#environment.timers);
    } finally {
      held.release();
    }
  }

  async #plainBody(request: Request, held: HeldBytes): Promise<Uint8Array> {
    const maxBytes = this.#maxBodyBytes;
    const body = await readBody(request, {
      maxBytes,
      onBytes: (byteLength) => held.grow(byteLength),
    });
    const plain = await decompressBody(body, headerOf(request, 'Content-Encoding'), {
      maxBytes,
      accepted: this.#contentEncodings,
    });
    if (plain !== body) held.grow(plain.length);
    return plain;
  }
}

/** By content type, without its parameters. */
function encodingOf(request: Request): Encoding | undefined {
  const type = (headerOf(request, 'Content-Type') ?? '').split(';', 1)[0]!.trim().toLowerCase();
  return [PROTOBUF, JSON_ENCODING].find(({ contentType }) => contentType === type);
}

function answerError(
  error: unknown,
  encoding: Encoding,
  request: Request,
  response: Response,
  timers: Timers,
): void {
  const known =
    error instanceof InvalidOtlpError ? new IngestError('invalid', error.message) : error;
  const answer = answerToError(known, 'ingest');
  if (answer.retryAfterMs !== undefined)
    response.setHeader('Retry-After', String(Math.ceil(answer.retryAfterMs / 1000)));
  const body = encoding.error(answer);
  if (request.complete) send(response, answer.httpStatus, encoding.contentType, body);
  else sendEarly(request, response, timers, [answer.httpStatus, encoding.contentType, body]);
}

/**
 * Answers a request that has not been read to its end and closes the connection. Were it closed at
 * once, the sender, still writing, would often see a broken connection instead of the answer.
 */
function sendEarly(
  request: Request,
  response: Response,
  timers: Timers,
  [status, contentType, body]: readonly [number, string, Uint8Array],
): void {
  head(response, status, contentType, body.length);
  response.setHeader('Connection', 'close');
  response.write(body);
  const end = () => {
    timer.stop();
    response.end();
  };
  const timer = timers.after(LINGER_MS, end);
  request.once('close', end).resume();
}

function headerOf(request: Request, name: string): string | undefined {
  const value = request.headers[name.toLowerCase()];
  return Array.isArray(value) ? value.join(',') : value;
}

function refuse(response: Response, status: number, text: string): void {
  send(response, status, 'text/plain', Buffer.from(text));
}

function send(response: Response, status: number, contentType: string, body: Uint8Array): void {
  head(response, status, contentType, body.length);
  response.end(body);
}

function head(response: Response, status: number, contentType: string, byteLength: number): void {
  response.statusCode = status;
  response.setHeader('Content-Type', contentType);
  response.setHeader('Content-Length', byteLength);
}

function httpLimits(config: OtlpHttpConfig): HttpServerLimits {
  return {
    readTimeoutMs: config.read_timeout || DEFAULT_READ_TIMEOUT_MS,
    readHeaderTimeoutMs: config.read_header_timeout || DEFAULT_HEADER_TIMEOUT_MS,
    writeTimeoutMs: config.write_timeout || DEFAULT_WRITE_TIMEOUT_MS,
    idleTimeoutMs: config.idle_timeout || DEFAULT_IDLE_TIMEOUT_MS,
  };
}
