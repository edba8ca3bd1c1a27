/** OTLP without an SDK: requests built by hand, sent over both protocols, with the whole answer. */
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { DurationSchema } from '@bufbuild/protobuf/wkt';
import { Client, credentials, Metadata, type ServiceError } from '@grpc/grpc-js';
import { rpc, trace, traceService } from '@tempo-ts/contracts';

/** One span of a request; random ids and the present time unless given. */
export interface SpanInput {
  readonly traceId?: Uint8Array;
  readonly spanId?: Uint8Array;
  readonly name?: string;
  readonly attributes?: Readonly<Record<string, string>>;
}

/** A request of one resource with `service.name`. */
export function exportRequest(
  spans: readonly SpanInput[],
  serviceName = 'e2e',
): Uint8Array<ArrayBuffer> {
  const nowNano = BigInt(Date.now()) * 1_000_000n;
  const request = create(traceService.ExportTraceServiceRequestSchema, {
    resourceSpans: [
      {
        resource: { attributes: [stringAttribute('service.name', serviceName)] },
        scopeSpans: [
          {
            spans: spans.map((span) => ({
              traceId: span.traceId ?? randomId(16),
              spanId: span.spanId ?? randomId(8),
              name: span.name ?? 'work',
              kind: trace.Span_SpanKind.INTERNAL,
              startTimeUnixNano: nowNano,
              endTimeUnixNano: nowNano + 1_000_000n,
              attributes: Object.entries(span.attributes ?? {}).map(([key, value]) =>
                stringAttribute(key, value),
              ),
            })),
          },
        ],
      },
    ],
  });
  return new Uint8Array(toBinary(traceService.ExportTraceServiceRequestSchema, request));
}

function stringAttribute(key: string, value: string) {
  return { key, value: { value: { case: 'stringValue' as const, value } } };
}

/** Random bytes. */
export function randomId(length: number): Uint8Array<ArrayBuffer> {
  return crypto.getRandomValues(new Uint8Array(length));
}

/** Lower-case hex. */
export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

/** An answer of the OTLP/HTTP port. */
export interface HttpAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: Buffer;
  readonly headers: Headers;
}

/** POSTs `body` to /v1/traces as protobuf; `headers` may say otherwise. */
export async function postSpans(
  otlpHttpUrl: string,
  body: Uint8Array<ArrayBuffer> | ReadableStream | string,
  headers: Readonly<Record<string, string>> = {},
): Promise<HttpAnswer> {
  const response = await fetch(`${otlpHttpUrl}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-protobuf', ...headers },
    body,
    // A body without a known length can only be sent while the answer may come.
    ...(body instanceof ReadableStream ? { duplex: 'half' as const } : {}),
  });
  return {
    status: response.status,
    contentType: response.headers.get('content-type') ?? '',
    body: Buffer.from(await response.arrayBuffer()),
    headers: response.headers,
  };
}

/** A protobuf body of an error as its code and message. */
export function statusOf(body: Uint8Array): { readonly code: number; readonly message: string } {
  const { code, message } = fromBinary(rpc.StatusSchema, body);
  return { code, message };
}

/** The wait a google.rpc.Status asks for, in milliseconds. */
export function retryDelayMs(status: Uint8Array): number | undefined {
  for (const detail of fromBinary(rpc.StatusSchema, status).details) {
    if (!detail.typeUrl.endsWith('google.rpc.RetryInfo')) continue;
    const { retryDelay } = fromBinary(rpc.RetryInfoSchema, detail.value);
    const delay = create(DurationSchema, retryDelay ?? {});
    return Number(delay.seconds) * 1000 + delay.nanos / 1e6;
  }
  return undefined;
}

/** An answer of the OTLP/gRPC port; code 0 is success. */
export interface GrpcAnswer {
  readonly code: number;
  readonly message: string;
  /** Serialized google.rpc.Status, when there is one. */
  readonly status: Uint8Array | undefined;
}

const asIs = (bytes: Uint8Array) => Buffer.from(bytes);

/** Calls Export with these bytes as the message. */
export function exportSpans(
  port: number,
  message: Uint8Array,
  metadata: Readonly<Record<string, string>> = {},
): Promise<GrpcAnswer> {
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), {
    'grpc.max_send_message_length': -1,
  });
  const headers = new Metadata();
  for (const [key, value] of Object.entries(metadata)) headers.set(key, value);
  return new Promise((resolve) => {
    client.makeUnaryRequest(
      '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
      asIs,
      asIs,
      message,
      headers,
      (error: ServiceError | null) => {
        client.close();
        const [status] = error?.metadata.get('grpc-status-details-bin') ?? [];
        resolve({
          code: error?.code ?? 0,
          message: error?.details ?? '',
          status: status instanceof Uint8Array ? status : undefined,
        });
      },
    );
  });
}
